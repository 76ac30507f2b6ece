import type { ChatBody, RetryBody } from '../contract/chat.js'
import { outcomeOf, type TurnEvent, type TurnOutcome } from '../contract/event.js'
import { ProblemError } from '../contract/problem.js'
import { createBackoff } from './backoff.js'
import type { Client } from './client.js'
import { createTextCheck } from './text-check.js'

interface FollowOptions {
  /** A client to talk to, made anew after each break (the daemon may have moved or been restarted). */
  connect(): Promise<Client>
  signal?: AbortSignal | undefined
  /** How long to try to get back to a daemon that went away, ms. */
  reconnectMs: number
  /** Called once when the stream broke and is being resumed; without an error it just ended. */
  onBreak?(error: ProblemError | undefined): void
  /** The daemon waits for its database, and the answer with it; or it does not any more. */
  onStall?(stalled: boolean): void
  onEvents(events: readonly TurnEvent[]): void | Promise<void>
}

interface StartOptions<Body> extends FollowOptions {
  sessionId: string
  body: Body
  idempotencyKey: string
}

interface AttachOptions extends FollowOptions {
  turnId: string
  /** The event to go on after; undefined: from the beginning. */
  after?: string | undefined
}

/**
 * Asks and follows the answer to its end, over any number of broken connections: the post is
 * repeated with its idempotency key until the turn has an id, from then on its stream is resumed
 * after the last event that was seen. Throws ProblemError; refusals (4xx) are final.
 */
export function askAndFollow(options: StartOptions<ChatBody>): Promise<TurnOutcome> {
  const { sessionId, body, ...stream } = options
  return follow(options, (client) => client.chat(sessionId, body, stream))
}

/** Has the session's last message answered again and follows that in the same way. */
export function retryAndFollow(options: StartOptions<RetryBody>): Promise<TurnOutcome> {
  const { sessionId, body, ...stream } = options
  return follow(options, (client) => client.retry(sessionId, body, stream))
}

/** Follows a turn that runs already, in the same way. */
export function attachAndFollow(options: AttachOptions): Promise<TurnOutcome> {
  return follow(options, attachTo(options.turnId, options), options.after)
}

/** Opens the stream of a turn, to go on after an event where one has been seen. */
type Open = (client: Client, after: string | undefined) => Promise<AsyncGenerator<TurnEvent[]>>

const attachTo =
  (turnId: string, options: FollowOptions): Open =>
  (client, after) =>
    client.attach(turnId, after, options)

async function follow(options: FollowOptions, begin: Open, after?: string): Promise<TurnOutcome> {
  let open = begin
  let cursor = after
  let deadline: number | undefined
  const backoff = createBackoff()
  // Who comes later has seen the beginning elsewhere.
  const check = after === undefined ? createTextCheck() : undefined
  const expired = (): boolean => deadline !== undefined && performance.now() > deadline
  for (;;) {
    let broke: ProblemError | undefined
    try {
      const client = await options.connect()
      for await (const batch of await open(client, cursor)) {
        deadline = undefined
        backoff.reset()
        for (const event of batch) {
          if (event.event === 'turn.started') open = attachTo(event.data.turn_id, options)
          cursor = event.id ?? cursor
        }
        const { events, again } = check?.admit(batch) ?? { events: batch, again: false }
        if (events.length > 0) await options.onEvents(events)
        if (again) {
          cursor = undefined
          break
        }
        const outcome = outcomeOf(events)
        if (outcome !== undefined) return outcome
      }
    } catch (error) {
      if (!isBreak(error) || options.signal?.aborted || expired()) throw error
      broke = error
    }
    options.signal?.throwIfAborted()
    if (expired()) throw new ProblemError('daemon_unreachable', 'the stream keeps breaking off')
    if (deadline === undefined) options.onBreak?.(broke)
    deadline ??= performance.now() + options.reconnectMs
    await backoff.pause(options.signal)
  }
}

/** What a daemon that comes back, or a little patience, may cure. */
export function isBreak(error: unknown): error is ProblemError {
  if (!(error instanceof ProblemError)) return false
  const curable: readonly string[] = [
    'daemon_unreachable',
    'db_unavailable',
    'shutting_down',
    'rate_limited_client',
  ]
  return curable.includes(error.code)
}
