import { ProblemError } from '../../../shared/contract/problem.js'
import { maxSearchLength } from '../../../shared/limits.js'
import { inChatWords } from '../../output/chat-words.js'
import { isSameQuestion, type Question, questionOf } from '../state/search.js'
import type { Deps } from './deps.js'

/** Looks for what stands in the search, by one request at a time. */
export interface Search {
  /** What stands there may have changed: it is asked for, when the answer before has come. */
  look(): void
  /** The next page of what was found, if there is one. */
  more(): void
}

interface Ask {
  readonly question: Question
  readonly cursor?: string
}

/** An answer that takes longer is said to be on its way, ms. */
const patienceMs = 200
/** The connection is to blame, and not what was asked. */
const away: readonly string[] = ['daemon_unreachable', 'shutting_down']

export function createSearch({ store, link }: Deps): Search {
  let isBusy = false
  let isMoreWanted = false
  let isWaiting = false

  const next = (): Ask | undefined => {
    const { answer, problem } = store.state.search
    const question = questionOf(store.state)
    if (question === undefined) return undefined
    if (isSameQuestion(answer?.question, question)) {
      const cursor = isMoreWanted ? answer?.older : undefined
      return cursor === undefined ? undefined : { question, cursor }
    }
    return isSameQuestion(problem?.question, question) ? undefined : { question }
  }
  const find = async ({ question, cursor }: Ask): Promise<void> => {
    if (question.q.length > maxSearchLength) throw refused(question)
    if (store.state.link.kind === 'lost') throw store.state.link.problem
    const client = await link.client()
    const { items, older } = await client.search({ ...question, cursor })
    const isNext = cursor !== undefined
    store.dispatch({ type: 'search-found', question, hits: items, older, isNext })
  }
  const fail = ({ question }: Ask, error: unknown): void => {
    if (error instanceof ProblemError && away.includes(error.code)) link.lost(error)
    const isAway = store.state.link.kind === 'lost'
    store.dispatch({ type: 'search-failed', question, text: isAway ? awayText : textOf(error) })
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
      isMoreWanted = false
      const slow = setTimeout(() => store.dispatch({ type: 'search-slow' }), patienceMs)
      try {
        await find(ask)
      } catch (error) {
        fail(ask, error)
      } finally {
        clearTimeout(slow)
      }
    }
    isMoreWanted = false
    isBusy = false
  }
  const search: Search = {
    look: () => void run(),
    more() {
      isMoreWanted = true
      void run()
    },
  }
  return search
}

const awayText = 'the daemon is away; this is looked for when it is back'

function refused({ q }: Question): ProblemError {
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
