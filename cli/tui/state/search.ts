import type { SearchHit } from '../../../shared/contract/search.js'
import { type Editor, emptyEditor } from '../composer/editor.js'
import type { State } from './state.js'

/** The search of all messages, as it stands. */
export interface Search {
  readonly editor: Editor
  /** What is typed next takes the place of these words. */
  readonly isSelected: boolean
  readonly scope: 'all' | 'session'
  readonly order: 'rank' | 'time'
  /** Enter was pressed: a single letter is meant, too. */
  readonly isSure: boolean
  /** What was found last; not always for the words that stand there now. */
  readonly answer: Answer | undefined
  /** Why there is no answer. */
  readonly problem: { readonly query: Query; readonly text: string } | undefined
  /** The marked hit. */
  readonly index: number
  /** The answer takes a while. */
  readonly isSlow: boolean
}

/** What the daemon is asked. */
export interface Query {
  readonly q: string
  /** Undefined: all sessions. */
  readonly session: string | undefined
  readonly order: 'rank' | 'time'
}

interface Answer {
  readonly query: Query
  readonly hits: readonly SearchHit[]
  /** The cursor of what comes after them; undefined: that is all. */
  readonly older: string | undefined
}

export const noSearch: Search = {
  editor: emptyEditor,
  isSelected: false,
  scope: 'all',
  order: 'rank',
  isSure: false,
  answer: undefined,
  problem: undefined,
  index: 0,
  isSlow: false,
}

const leastLetters = 2
/** A character of these is a word or a syllable. */
const isWord = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u

/** What is to be asked now; undefined: nothing is typed, or too little to mean something. */
export function queryOf({ search, session }: Pick<State, 'search' | 'session'>): Query | undefined {
  const { editor, scope, order, isSure } = search
  const q = editor.text.trim()
  const isLittle = [...q].length < leastLetters && !isWord.test(q)
  if (q === '' || (isLittle && !isSure)) return undefined
  return { q, order, session: scope === 'session' ? session?.id : undefined }
}

export function isSameQuery(one: Query | undefined, other: Query | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return one.q === other.q && isSameKind(one, other)
}

/** Of the same messages in the same order, whatever the words are. */
export function isSameKind(one: Query, other: Query): boolean {
  return one.session === other.session && one.order === other.order
}

/** What was found for the words that stand there now; undefined: that is not known yet. */
export function currentAnswer(state: Pick<State, 'search' | 'session'>): Answer | undefined {
  const { answer } = state.search
  return answer && isSameQuery(answer.query, queryOf(state)) ? answer : undefined
}
