import type { Page } from '../../../shared/client/transport.js'
import type { Message } from '../../../shared/contract/message.js'
import type { Deps } from './deps.js'
import { entriesOf } from './page.js'

/** Messages before those that are shown, a page at a time. */
export interface OlderPages {
  /** Where the next one begins; undefined: there is none. */
  cursor: string | undefined
  /** Reads a page of a session, and shows nothing. */
  read(sessionId: string, limit: number): (before: string) => Promise<Page<Message>>
  /** Loads the next one; false: there is none, or others are shown by now. */
  load(limit: number): Promise<boolean>
}

/** `mark` gives what says whether the open session is still shown as it was opened now. */
export function createOlderPages(
  { store, link, transcript, redraw }: Deps,
  mark: () => () => boolean,
): OlderPages {
  let loading: { readonly isCurrent: () => boolean; readonly done: Promise<boolean> } | undefined

  const loadBefore = async (before: string, limit: number): Promise<boolean> => {
    const { session } = store.state
    if (session === undefined) return false
    const isCurrent = mark()
    try {
      const page = await pages.read(session.id, limit)(before)
      if (!isCurrent()) return false
      pages.cursor = page.older
      transcript.prepend(entriesOf(page.items, undefined))
      redraw()
      return true
    } catch (error) {
      // It is asked for with each frame at the top: one refusal is enough.
      if (isCurrent()) pages.cursor = undefined
      throw error
    }
  }

  const pages: OlderPages = {
    cursor: undefined,
    read: (sessionId, limit) => (before) =>
      link.untilDone((client) => client.pageMessages(sessionId, limit, before)),
    load(limit) {
      if (pages.cursor === undefined) return Promise.resolve(false)
      if (loading?.isCurrent()) return loading.done
      const done = loadBefore(pages.cursor, limit).finally(() => {
        if (loading?.done === done) loading = undefined
      })
      loading = { isCurrent: mark(), done }
      return done
    },
  }
  return pages
}
