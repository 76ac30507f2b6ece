import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import { isTerminal, type TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { crashPoint } from '../crash-point.js'
import type { DatabaseWatch } from '../store/database-watch.js'
import type { StoredEvent } from '../store/turns.js'
import type { Attached } from '../turns/attach.js'
import { done, toFrames } from '../turns/frames.js'
import type { AppEnv } from './env.js'
import { problemResponse } from './errors.js'
import { createSseSink, type SseOptions, type SseSink } from './sse.js'

/** The original web client loses a frame that is split over two reads, so its frames fit a packet. */
const oldClientFrameBytes = 1_000

/** What a reader has to take within `stalledMs`, and what one that stands still costs beside its batch. */
const writeChars = 16 * 1024

interface Options extends SseOptions {
  /** The request started the turn, so its failure may be that of the request. */
  starts: boolean
  watch: DatabaseWatch
  /** A client that did not ask for events gets its head after this, even without text. */
  headPatienceMs: number
  onError(error: Error, where: { turn: string; requestId: string }): void
}

/**
 * Streams a turn on the raw response. Who attaches, or accepts events, gets the head at once; any
 * other post waits for the first text, so that a turn that fails at once is an HTTP error.
 */
export async function streamTurn(
  c: Context<AppEnv>,
  attached: Attached,
  options: Options,
): Promise<Response> {
  const where = { requestId: c.get('requestId'), turn: attached.turnId }
  const onError = (error: Error): void => options.onError(error, where)
  const asked = /\btext\/event-stream\b/i.test(c.req.header('accept') ?? '')
  const sink = createSseSink(c, { ...options, wholeFrames: !asked })
  const events = attached.events(sink.signal)
  const maxBytes = asked ? Infinity : oldClientFrameBytes
  if (asked || !options.starts) {
    sink.open()
    return pump(attached.turnId, events, sink, maxBytes, onError)
  }
  const reader = events[Symbol.asyncIterator]()
  const { held, failure } = await firstText(reader, options.headPatienceMs)
  if (failure) return problemResponse(c, { ...failure, request_id: c.get('requestId') })
  sink.open()
  const rest = (async function* () {
    yield held.ready
    if (held.next !== undefined) {
      const next = await held.next
      if (!next.done) yield next.value
    }
    for await (const batch of { [Symbol.asyncIterator]: () => reader }) yield batch
  })()
  return pump(attached.turnId, rest, sink, maxBytes, onError)
}

async function pump(
  turnId: string,
  events: AsyncIterable<readonly StoredEvent[]>,
  sink: SseSink,
  maxBytes: number,
  onError: (error: Error) => void,
): Promise<Response> {
  let last = ''
  try {
    for await (const batch of events) {
      last = batch.at(-1)?.event ?? last
      for (const frames of writesOf(turnId, batch, maxBytes)) await sink.write(frames)
      if (crashPoint) await crashPoint('after-emit')
    }
    // Nothing after the cursor of a turn that has ended: there is no more to come.
    if (!isTerminal(last) && !sink.signal.aborted) await sink.write(done)
  } catch (error) {
    // The head is out: the reader sees the stream end without its terminal event, and resumes.
    onError(error instanceof Error ? error : new Error(String(error)))
  }
  sink.end()
  return RESPONSE_ALREADY_SENT
}

/** By their batch, which readers of one turn share: what stands still is held once, however many wait for it. */
const madeWrites = new WeakMap<readonly StoredEvent[], readonly Uint8Array[]>()

/** The frames of a batch in writes of about `writeChars`: usually one. In bytes, which no socket copies. */
function writesOf(
  turnId: string,
  batch: readonly StoredEvent[],
  maxBytes: number,
): readonly Uint8Array[] {
  const made = maxBytes === Infinity ? madeWrites.get(batch) : undefined
  if (made !== undefined) return made
  const writes: Uint8Array[] = []
  let write = ''
  for (const event of batch) {
    write += toFrames(turnId, event, maxBytes)
    if (write.length < writeChars) continue
    writes.push(Buffer.from(write))
    write = ''
  }
  if (write !== '') writes.push(Buffer.from(write))
  if (maxBytes === Infinity) madeWrites.set(batch, writes)
  return writes
}

const unbegun = new ProblemError('shutting_down', 'the answer was interrupted before it began')

interface Held {
  ready: StoredEvent[]
  /** A read that was still under way when patience ended. */
  next?: Promise<IteratorResult<readonly StoredEvent[]>>
}

/** Reads until there is text, an end, or no more patience. */
async function firstText(
  reader: AsyncIterator<readonly StoredEvent[]>,
  patienceMs: number,
): Promise<{ held: Held; failure?: NonNullable<TurnOutcome['problem']> }> {
  const ready: StoredEvent[] = []
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, patienceMs, 'late')
  })
  try {
    for (;;) {
      const next = reader.next()
      // When patience ends first, it is awaited later: until then its failure is nobody's.
      next.catch(() => undefined)
      const read = await Promise.race([next, patience])
      if (read === 'late') return { held: { ready, next } }
      if (read.done) return { held: { ready } }
      ready.push(...read.value)
      if (ready.some(({ event }) => event === 'delta' || event === 'reasoning')) {
        return { held: { ready } }
      }
      const end = ready.find(({ event }) => isTerminal(event))
      if (end === undefined) continue
      const { problem, status }: TurnOutcome = JSON.parse(end.data)
      const failure = problem ?? (status === 'interrupted' ? unbegun.toProblem() : undefined)
      return failure ? { held: { ready }, failure } : { held: { ready } }
    }
  } finally {
    clearTimeout(timer)
  }
}
