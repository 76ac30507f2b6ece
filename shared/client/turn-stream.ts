import type { IncomingMessage } from 'node:http'
import { type EventName, isTerminal, stalledComment, type TurnEvent } from '../contract/event.js'
import type { SseEvent } from '../sse.js'
import { damaged, readSse } from './read-sse.js'

const names: Record<Exclude<EventName, 'delta'>, true> = {
  'turn.started': true,
  phase: true,
  reasoning: true,
  usage: true,
  warning: true,
  'turn.done': true,
  'turn.stopped': true,
  'turn.failed': true,
  'turn.interrupted': true,
}

function isEventName(name: string): name is keyof typeof names {
  return Object.hasOwn(names, name)
}

/** Undefined for `[DONE]` and for events of a newer daemon. Throws where a frame is not what it was. */
function toTurnEvent({ event, data, id }: SseEvent): TurnEvent | undefined {
  const tag = id === undefined ? {} : { id }
  if (event !== undefined) {
    // The daemon is our own: its JSON is what the contract says.
    return isEventName(event) ? ({ event, data: toObject(data), ...tag } as TurnEvent) : undefined
  }
  if (data === '[DONE]') return undefined
  const chunk: { choices?: { delta?: { content?: string } }[] } = toObject(data)
  const text = chunk.choices?.[0]?.delta?.content
  return text === undefined ? undefined : { event: 'delta', data: { text }, ...tag }
}

function toObject(json: string): object {
  const value: unknown = JSON.parse(json)
  if (typeof value === 'object' && value !== null) return value
  throw new TypeError('not an object')
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

  const takeFrame = (frame: SseEvent): TurnEvent[] => {
    if (frame.id === undefined) {
      pieces.push(...toList(toTurnEvent(frame)))
      return []
    }
    const begun = pieces
    pieces = []
    const id = parseId(frame.id)
    if (turn !== '' && id.turn !== turn) throw new Error(`an event of another turn (${frame.id})`)
    turn = id.turn
    if (id.n <= last) return []
    if (id.n !== last + 1) throw new Error(`after event ${last} comes ${frame.id}`)
    const whole = [...begun, ...toList(toTurnEvent(frame))]
    last = id.n
    return whole
  }

  return (batch: readonly SseEvent[]): { events: TurnEvent[]; damage?: string } => {
    const events: TurnEvent[] = []
    try {
      for (const frame of batch) {
        events.push(...takeFrame(frame))
        if (isTerminal(events.at(-1)?.event ?? '')) break
      }
      return { events }
    } catch (error) {
      return { events, damage: error instanceof Error ? error.message : String(error) }
    }
  }
}

function toList(event: TurnEvent | undefined): TurnEvent[] {
  return event === undefined ? [] : [event]
}

/** `<turn>:<n>`, or only `<n>`. A text that is neither has the number NaN, which comes after nothing. */
function parseId(id: string): { turn: string; n: number } {
  const colon = id.lastIndexOf(':')
  return { turn: colon === -1 ? '' : id.slice(0, colon), n: Number(id.slice(colon + 1)) }
}
