import type { ChatBody } from '../contract/chat.js'
import { isTerminal, type TurnEvent, type TurnOutcome } from '../contract/event.js'
import { ProblemError } from '../contract/problem.js'
import type { Client } from './client.js'

interface FollowOptions {
  /** A client to talk to, made anew after each break (the daemon may have moved or been restarted). */
  connect(): Promise<Client>
  signal?: AbortSignal | undefined
  /** How long to try to get back to a daemon that went away, ms. */
  reconnectMs: number
  /** Called once when the stream broke and is being resumed; without an error it just ended. */
  onBreak?(error: ProblemError | undefined): void
  onEvents(events: readonly TurnEvent[]): void | Promise<void>
}

interface AskOptions extends FollowOptions {
  sessionId: string
  body: ChatBody
  idempotencyKey: string
}

interface AttachOptions extends FollowOptions {
  turnId: string
  /** The event to go on after; undefined: from the beginning. */
  after?: string | undefined
}

const firstDelayMs = 100
const maxDelayMs = 5_000

/**
 * Asks and follows the answer to its end, over any number of broken connections: the post is
 * repeated with its idempotency key until the turn has an id, from then on its stream is resumed
 * after the last event that was seen. Throws ProblemError; refusals (4xx) are final.
 */
export function askAndFollow(options: AskOptions): Promise<TurnOutcome> {
  const { sessionId, body, idempotencyKey, signal } = options
  const ask = (client: Client) => client.chat(sessionId, body, { idempotencyKey, signal })
  return follow(options, ask)
}

/** Follows a turn that runs already, in the same way. */
export function attachAndFollow(options: AttachOptions): Promise<TurnOutcome> {
  const { turnId, after, signal } = options
  return follow(options, (client) => client.attach(turnId, after, { signal }), turnId, after)
}

async function follow(
  options: FollowOptions,
  begin: (client: Client) => Promise<AsyncGenerator<TurnEvent[]>>,
  knownTurn?: string,
  after?: string,
): Promise<TurnOutcome> {
  let turnId = knownTurn
  let cursor = after
  let deadline: number | undefined
  let delay = firstDelayMs
  const expired = (): boolean => deadline !== undefined && performance.now() > deadline
  for (;;) {
    let broke: ProblemError | undefined
    try {
      const client = await options.connect()
      const { signal } = options
      const stream =
        turnId === undefined ? await begin(client) : await client.attach(turnId, cursor, { signal })
      for await (const events of stream) {
        deadline = undefined
        delay = firstDelayMs
        for (const event of events) {
          if (event.event === 'turn.started') turnId = event.data.turn_id
          cursor = event.id ?? cursor
        }
        await options.onEvents(events)
        const last = events.at(-1)
        if (last !== undefined && isTerminal(last.event)) return last.data as TurnOutcome
      }
    } catch (error) {
      if (!isBreak(error) || options.signal?.aborted || expired()) throw error
      broke = error
    }
    options.signal?.throwIfAborted()
    if (expired()) throw new ProblemError('daemon_unreachable', 'the stream keeps breaking off')
    if (deadline === undefined) options.onBreak?.(broke)
    deadline ??= performance.now() + options.reconnectMs
    await pause(Math.random() * delay, options.signal)
    delay = Math.min(delay * 2, maxDelayMs)
  }
}

/** What a daemon that comes back may cure. */
function isBreak(error: unknown): error is ProblemError {
  if (!(error instanceof ProblemError)) return false
  const curable: readonly string[] = ['daemon_unreachable', 'db_unavailable', 'shutting_down']
  return curable.includes(error.code)
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
