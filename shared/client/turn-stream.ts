import type { IncomingMessage } from 'node:http'
import { type EventName, isTerminal, stalledComment, type TurnEvent } from '../contract/event.js'
import { maxEventLength, type SseEvent } from '../sse.js'
import { readData, readGood } from './frame-data.js'
import { damaged, readSse } from './read-sse.js'

/** The named events, with the texts that each has. */
const texts: Readonly<Record<Exclude<EventName, 'delta'>, readonly string[]>> = {
  'turn.started': ['turn_id'],
  phase: ['phase', 'message_id'],
  reasoning: ['text'],
  usage: [],
  warning: ['detail'],
  'turn.done': ['status'],
  'turn.stopped': ['status'],
  'turn.failed': ['status'],
  'turn.interrupted': ['status'],
}

function isEventName(name: string): name is Exclude<EventName, 'delta'> {
  return Object.hasOwn(texts, name)
}

/** Undefined for `[DONE]` and for events of a newer daemon. Throws where a frame is not what it was. */
function toTurnEvent({ event, data, id }: SseEvent): TurnEvent | undefined {
  const tag = id === undefined ? {} : { id }
  if (event !== undefined) {
    if (!isEventName(event)) return undefined
    const read = readData(data, texts[event])
    if (isTerminal(event)) checkLengths(read['messages'])
    return { event, data: read, ...tag } as TurnEvent
  }
  if (data === '[DONE]') return undefined
  const chunk: { choices?: { delta?: { content?: unknown } }[] } = readData(data)
  const text = chunk.choices?.[0]?.delta?.content
  if (text === undefined) return undefined
  if (typeof text !== 'string') throw new TypeError('no text')
  return { event: 'delta', data: { text }, ...tag }
}

function checkLengths(messages: unknown): void {
  const isSound = (one: { length?: unknown } | null) => typeof one?.length === 'number'
  if (!Array.isArray(messages) || !messages.every(isSound)) throw new TypeError('no lengths')
}

/**
 * The events of a turn's stream after the event `after`, in batches as they arrive: each once, in
 * order, whatever comes down the line. Ends after the terminal event, or earlier when the connection
 * breaks; throws ProblemError `daemon_unreachable` where an event is missing or damaged. Whoever did
 * not see a terminal event may resume. `onStall` is called when the daemon begins to wait for its
 * database, and when it does not any more, or the stream has ended.
 */
export async function* readTurnStream(
  response: IncomingMessage,
  after?: string,
  onStall?: (stalled: boolean) => void,
): AsyncGenerator<TurnEvent[]> {
  const take = createTaker(after)
  let stalled = false
  const setStalled = (value: boolean): void => {
    if (value !== stalled) onStall?.(value)
    stalled = value
  }
  try {
    for await (const batch of readSse(response, (text) => setStalled(text === stalledComment))) {
      const { events, damage } = take(batch)
      if (events.length > 0) yield events
      if (events.some(({ event }) => isTerminal(event))) return
      if (damage !== undefined) throw damaged(damage)
    }
  } finally {
    setStalled(false)
  }
}

/** Takes frames up to the first that cannot be the next one. */
function createTaker(after: string | undefined) {
  let { turn, n: last } = after === undefined ? { turn: '', n: 0 } : parseId(after)
  /** Pieces of an event, of which only the last has the id: before that they are nothing. */
  let pieces: TurnEvent[] = []
  let held = 0

  const takeFrame = (frame: SseEvent): TurnEvent[] => {
    if (frame.id === undefined) {
      held += frame.data.length
      if (held > maxEventLength) throw new Error('an event does not end')
      pieces.push(...toList(toTurnEvent(frame)))
      return []
    }
    const begun = pieces
    pieces = []
    held = 0
    const id = parseId(frame.id)
    if (turn !== '' && id.turn !== turn) throw new Error(`an event of another turn (${frame.id})`)
    turn = id.turn
    if (id.n <= last) return []
    if (id.n !== last + 1) throw new Error(`after event ${last} comes ${frame.id}`)
    const whole = [...begun, ...toList(toTurnEvent(frame))]
    last = id.n
    return whole
  }

  return (batch: readonly SseEvent[]) =>
    readGood(batch, takeFrame, ({ event }) => isTerminal(event))
}

function toList(event: TurnEvent | undefined): TurnEvent[] {
  return event === undefined ? [] : [event]
}

/** `<turn>:<n>`, or only `<n>`. A text that is neither has the number NaN, which comes after nothing. */
function parseId(id: string): { turn: string; n: number } {
  const colon = id.lastIndexOf(':')
  return { turn: colon === -1 ? '' : id.slice(0, colon), n: Number(id.slice(colon + 1)) }
}
