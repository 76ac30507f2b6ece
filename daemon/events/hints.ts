import { z } from 'zod'
import type { Hint } from '../../shared/contract/hint.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Listener } from '../store/listener.js'
import type { GatewayWatch } from './gateway-watch.js'
import { createInbox, type Inbox } from './inbox.js'

/** What has changed, for every open client of this process. */
export interface Hints {
  /**
   * The hints for one owner from this call on, in batches, until `signal` aborts or the daemon ends.
   * Throws ProblemError `shutting_down`.
   */
  follow(owner: string, signal: AbortSignal): AsyncGenerator<Hint[]>
  /** Ends every stream. */
  close(): void
}

interface Options {
  listener: Listener
  /** How often clients have to look for themselves while nothing is heard, ms. */
  pollMs: number
  /** Each client is told how the gateway stands, too. */
  gateway: GatewayWatch
}

/** As sql/004_changes.sql makes it. */
const Change = z.union([
  z.object({
    event: z.enum(['session.changed', 'session.deleted']),
    id: z.guid(),
    owner: z.string(),
  }),
  z.object({ event: z.enum(['role.changed', 'role.deleted']), id: z.guid() }),
  z.object({
    event: z.literal('turn.changed'),
    id: z.guid(),
    owner: z.string(),
    session_id: z.guid(),
  }),
])

export function createHints({ listener, pollMs, gateway }: Options): Hints {
  const inboxes = new Map<Inbox, string>()
  let closed = false

  const resetAll = (): void => {
    for (const inbox of inboxes.keys()) inbox.reset()
  }
  const deliver = (payload: string): void => {
    const change = read(payload)
    if (change === undefined) return resetAll()
    const hint = toHint(change)
    for (const [inbox, owner] of inboxes) {
      if (!('owner' in change) || change.owner === owner) inbox.put(hint)
    }
  }
  listener.onNotification(({ channel, payload }) => {
    if (channel === 'c2a_change') deliver(payload)
  })
  listener.onConnect(resetAll)
  const poll = setInterval(() => {
    if (!listener.isConnected()) resetAll()
  }, pollMs)
  poll.unref()

  return {
    follow(owner, signal) {
      if (closed) throw new ProblemError('shutting_down', 'the daemon is shutting down')
      const inbox = createInbox()
      inboxes.set(inbox, owner)
      const unwatch = gateway.follow((reachable) => {
        inbox.put({ event: 'gateway.changed', data: { reachable } })
      })
      const leave = (): void => {
        unwatch()
        inboxes.delete(inbox)
        inbox.close()
      }
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
      return inbox.batches()
    },
    close() {
      closed = true
      clearInterval(poll)
      gateway.close()
      for (const inbox of inboxes.keys()) inbox.close()
      inboxes.clear()
    },
  }
}

/** Undefined: anything may have changed, or nobody can tell what. */
function read(payload: string): z.infer<typeof Change> | undefined {
  try {
    return Change.safeParse(JSON.parse(payload)).data
  } catch {
    return undefined
  }
}

function toHint(change: z.infer<typeof Change>): Hint {
  const { event, id } = change
  return event === 'turn.changed'
    ? { event, data: { id, session_id: change.session_id } }
    : { event, data: { id } }
}
