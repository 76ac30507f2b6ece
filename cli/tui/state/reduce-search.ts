import type { Action } from './action.js'
import { isSameKind, isSameQuery, queryOf, type Search } from './search.js'
import type { State } from './state.js'

type Found = Extract<Action, { type: 'search-found' }>
type Failed = Extract<Action, { type: 'search-failed' }>

/** Words that are too few to look for leave nothing of what was found for others. */
export function changeSearch(state: State, change: Partial<Search>): State {
  const search = { ...state.search, ...change }
  if (queryOf({ ...state, search }) !== undefined) return { ...state, search }
  return { ...state, search: { ...search, answer: undefined, problem: undefined, index: 0 } }
}

/** An answer that came for the words of a moment ago is shown until that for the new ones comes. */
export function findHits(state: State, { query, hits, older, isNext }: Found): State {
  const search = { ...state.search, isSlow: false }
  const wanted = queryOf(state)
  if (wanted === undefined || !isSameKind(wanted, query)) return { ...state, search }
  if (!isNext) {
    const answer = { query, hits, older }
    return { ...state, search: { ...search, answer, problem: undefined, index: 0 } }
  }
  const { answer } = search
  if (answer === undefined || !isSameQuery(answer.query, query)) {
    return { ...state, search }
  }
  const all = { query, hits: [...answer.hits, ...hits], older }
  return { ...state, search: { ...search, answer: all, problem: undefined } }
}

/** What was found stays where only more of it could not be read. */
export function failSearch(state: State, { query, text }: Failed): State {
  const search = { ...state.search, isSlow: false }
  if (!isSameQuery(queryOf(state), query)) return { ...state, search }
  const isMore = isSameQuery(search.answer?.query, query)
  const kept = isMore ? {} : { answer: undefined, index: 0 }
  return { ...state, search: { ...search, ...kept, problem: { query, text } } }
}
