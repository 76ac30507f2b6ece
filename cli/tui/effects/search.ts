import { ProblemError } from '../../../shared/contract/problem.js'
import { maxSearchLength } from '../../../shared/limits.js'
import { inChatWords } from '../../output/chat-words.js'
import { isSameQuery, type Query, queryOf } from '../state/search.js'
import type { Deps } from './deps.js'

/** Looks for what stands in the search, by one request at a time. */
export interface Search {
  /**
   * The search may have changed: what it lacks is asked for, when the answer before has come. That is
   * what was found for its words, or the next page when its marker is near the end.
   */
  look(): void
}

interface Ask {
  readonly query: Query
  readonly cursor?: string
}

/** An answer that takes longer is said to be on its way, ms. */
const patienceMs = 200
/** So many hits before the last one the next page is asked for. */
const ahead = 5
/** The connection is to blame, and not what was asked. */
const away: readonly string[] = ['daemon_unreachable', 'shutting_down']

export function createSearch({ store, link }: Deps): Search {
  let isBusy = false
  let isWaiting = false

  const next = (): Ask | undefined => {
    const { answer, problem, index } = store.state.search
    const query = queryOf(store.state)
    if (query === undefined || isSameQuery(problem?.query, query)) return undefined
    if (answer === undefined || !isSameQuery(answer.query, query)) return { query }
    const isNear = index >= answer.hits.length - ahead
    return isNear && answer.older !== undefined ? { query, cursor: answer.older } : undefined
  }
  const find = async ({ query, cursor }: Ask): Promise<void> => {
    if (query.q.length > maxSearchLength) throw refused(query)
    if (store.state.link.kind === 'lost') throw store.state.link.problem
    const client = await link.client()
    const { items, older } = await client.search({ ...query, cursor })
    const isNext = cursor !== undefined
    store.dispatch({ type: 'search-found', query, hits: items, older, isNext })
  }
  const fail = ({ query }: Ask, error: unknown): void => {
    if (error instanceof ProblemError && away.includes(error.code)) link.lost(error)
    const isAway = store.state.link.kind === 'lost'
    store.dispatch({ type: 'search-failed', query, text: isAway ? awayText : textOf(error) })
    if (isAway) void askWhenBack()
  }
  const askWhenBack = async (): Promise<void> => {
    if (isWaiting) return
    isWaiting = true
    await link.online()
    isWaiting = false
    if (store.state.overlay?.kind !== 'search') return
    store.dispatch({ type: 'search-changed', change: { problem: undefined } })
    search.look()
  }
  const run = async (): Promise<void> => {
    if (isBusy) return
    isBusy = true
    for (let ask = next(); ask !== undefined; ask = next()) {
      const slow = setTimeout(() => store.dispatch({ type: 'search-slow' }), patienceMs)
      try {
        await find(ask)
      } catch (error) {
        fail(ask, error)
      } finally {
        clearTimeout(slow)
      }
    }
    isBusy = false
  }
  const search: Search = { look: () => void run() }
  return search
}

const awayText = 'the daemon is away; this is looked for when it is back'

function refused({ q }: Query): ProblemError {
  const why = `${q.length} characters are too many to look for`
  return new ProblemError('invalid_request', why, { hint: `At most ${maxSearchLength} are.` })
}

/** One line of what went wrong and what to do. */
function textOf(error: unknown): string {
  if (!(error instanceof ProblemError)) return error instanceof Error ? error.message : `${error}`
  if (error.code === 'not_found') return 'this daemon is too old to search; update it'
  const hint = error.hint === undefined ? '' : `. ${inChatWords(error.hint)}`
  return error.message.replace(/^q: /, '') + hint
}
