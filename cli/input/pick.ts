import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Session } from '../../shared/contract/session.js'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** How many candidates an ambiguous name lists. */
const shown = 8

/**
 * The session of an id or of its beginning (as git does with commits). Throws ProblemError
 * `not_found`, or `invalid_request` with the candidates.
 */
export async function pickSession(
  client: Pick<Client, 'getSession' | 'listSessions'>,
  id: string,
): Promise<Session> {
  const wanted = id.toLowerCase()
  if (uuid.test(wanted)) return client.getSession(wanted)
  if (!/^[0-9a-f-]{4,}$/.test(wanted)) {
    throw new ProblemError('invalid_request', `"${id}" is not a session's id`, {
      hint: 'c2a sessions list shows the ids; four characters or more are enough.',
    })
  }
  const matches = (await client.listSessions()).filter((session) => session.id.startsWith(wanted))
  const [only] = matches
  if (only === undefined) throw new ProblemError('not_found', `no session's id begins with "${id}"`)
  if (matches.length === 1) return only
  const list = matches.slice(0, shown).map(({ id, title }) => `${id}  ${title}`)
  throw new ProblemError('invalid_request', `several sessions begin with "${id}"`, {
    hint: list.join('\n     '),
  })
}

/** Exact, then whatever the case, then a unique beginning. Throws `not_found` or `invalid_request` with the candidates. */
export function pickByName<Item extends { name: string }>(
  items: readonly Item[],
  name: string,
  what: string,
): Item {
  const lower = name.trim().toLowerCase()
  const exact = items.find((item) => item.name === name.trim())
  if (exact !== undefined) return exact
  const sameLetters = items.filter((item) => item.name.toLowerCase() === lower)
  const beginning = items.filter((item) => item.name.toLowerCase().startsWith(lower))
  const matches = sameLetters.length > 0 ? sameLetters : beginning
  const [only] = matches
  if (only !== undefined && matches.length === 1) return only
  const names = (list: readonly Item[]): string =>
    list
      .slice(0, shown)
      .map((item) => item.name)
      .join(', ')
  if (only === undefined) {
    throw new ProblemError('not_found', `no ${what} named "${name}"`, {
      hint: items.length === 0 ? `There are no ${what}s yet.` : `The ${what}s are: ${names(items)}`,
    })
  }
  throw new ProblemError('invalid_request', `several ${what}s begin with "${name}"`, {
    hint: names(matches),
  })
}
