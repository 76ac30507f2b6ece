import type { Session } from '../../../shared/contract/session.js'
import { readCost } from '../../session/read-cost.js'
import type { State } from '../state/state.js'
import type { Deps } from './deps.js'

/** Keeps what the open session has used up, and what was spent today, as the daemon counts it, whoever asked in it. */
export interface SessionUsage {
  /** Called with each new state. */
  look(state: State): void
}

export function createSessionUsage({ store, link }: Pick<Deps, 'store' | 'link'>): SessionUsage {
  /** The session as it was when it was read last. */
  let seen: Session | undefined

  const read = async (session: Session): Promise<void> => {
    try {
      const cost = await link.untilDone((client) => readCost(client, session.id))
      if (seen === session) store.dispatch({ type: 'session-counted', id: session.id, ...cost })
    } catch {
      // Gone, or left: nobody wants to know any more.
    }
  }
  return {
    look({ session }) {
      if (session === undefined || session === seen) return
      const isSame = session.id === seen?.id
      // A turn is counted when it has ended.
      const isRead = session.live_turn_id !== null || session.updated_at === seen?.updated_at
      if (isSame && isRead) return
      seen = session
      void read(session)
    },
  }
}
