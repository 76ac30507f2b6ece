import type { SearchHit } from '../../../shared/contract/search.js'
import type { Session } from '../../../shared/contract/session.js'
import { idOf } from '../transcript/entry.js'
import type { Deps } from './deps.js'
import { isNotFound } from './not-found.js'
import type { Sessions } from './sessions.js'
import { showVariant } from './variants.js'

const onTheWay = 'Reading back to it…'
const olderShown = 'This is an older answer; the session goes on with the newer one.'
const olderFound = 'It was found in an older answer, which this one has replaced.'

/** Opens what a search found: its session, with the message in view and marked. Throws ProblemError. */
export async function openHit(
  { sessions, ...deps }: Deps & { readonly sessions: Sessions },
  hit: SearchHit,
): Promise<void> {
  const { store, transcript, redraw } = deps
  const say = (hint: string): void => store.dispatch({ type: 'hint', hint })
  const session = await sessionOf(deps, hit.session_id)
  if (session === undefined) return say('This session is not there any more.')
  const isOpen = (): boolean => store.state.session?.id === session.id
  const { message_id, variant_of, snippet, matches } = hit
  const id = variant_of ?? message_id
  if (id === null) return isOpen() ? undefined : sessions.open(session)
  await sessions.openAt(session, id, () => say(onTheWay))
  if (store.state.hint === onTheWay) store.dispatch({ type: 'hint', hint: undefined })
  // Who opened another one meanwhile is not interested any more.
  if (!isOpen()) return
  const words = matches.map(([from, to]) => snippet.slice(from, to))
  if (message_id !== null && (variant_of !== null || isOlderShown(deps, id))) {
    const isShown = await showVariant(deps, { id: message_id, newestId: id })
    if (!isOpen()) return
    if (variant_of !== null) say(isShown ? olderShown : olderFound)
  }
  if (!transcript.mark({ id, words })) return say('This message is not there any more.')
  redraw()
}

function isOlderShown({ transcript }: Deps, id: string): boolean {
  const entry = transcript.entries().find((one) => idOf(one) === id)
  return entry?.kind === 'message' && entry.variant !== undefined
}

async function sessionOf({ store, link }: Deps, id: string): Promise<Session | undefined> {
  const known = store.state.sessions.find((session) => session.id === id)
  if (known !== undefined) return known
  try {
    return await link.untilDone((client) => client.getSession(id))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
