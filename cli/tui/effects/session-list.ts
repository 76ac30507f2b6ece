import { listedSessions } from '../../session/start-chat.js'
import type { Deps } from './deps.js'

export interface SessionList {
  /** Reads the list; what is shown then is not older than the call. */
  refresh(): Promise<void>
  /** Something was changed here: a list on its way is older than that and is read again. */
  changed(): void
}

/** The daemon's list of sessions, read by one request at a time. */
export function createSessionList({ store, link }: Deps): SessionList {
  let reading: Promise<void> | undefined
  let isStale = false

  const read = async (): Promise<void> => {
    try {
      while (isStale) {
        isStale = false
        const sessions = await link.untilDone((client) => client.listSessions(listedSessions))
        if (!isStale) store.dispatch({ type: 'sessions-listed', sessions })
      }
    } finally {
      reading = undefined
    }
  }
  return {
    refresh() {
      isStale = true
      reading ??= read()
      return reading
    },
    changed() {
      isStale = true
    },
  }
}
