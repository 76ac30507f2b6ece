import { ProblemError } from '../../shared/contract/problem.js'

/** One thing to look for, as it was typed. */
export interface Term {
  readonly words: string
  readonly negated: boolean
  /** In quotes: these words as they are. Otherwise the last one is the beginning of a word. */
  readonly quoted: boolean
}

/** All terms of one alternative must hold; one alternative is enough. */
export type Alternatives = readonly (readonly Term[])[]

/** Each costs a search of the index. */
const mostTerms = 32

/** Of fewer letters a word is meant as it is, or `c` were half a dictionary; a syllable of Hangul is not few. */
const isBeginning = /^(?:.{3}|\p{Script=Hangul})/u

/**
 * Reads what people type into a search box: words, "words in this order", -without, OR between
 * alternatives. Throws ProblemError `invalid_request` where there is nothing to look for.
 */
export function parseSearch(q: string): Alternatives {
  const alternatives: Term[][] = [[]]
  let count = 0
  for (const [, minus, quoted, word] of q.matchAll(/(-?)(?:"([^"]*)(?:"|$)|([^\s"]+))/g)) {
    if (word === 'OR' && minus === '') {
      alternatives.push([])
      continue
    }
    const words = quoted ?? word ?? ''
    if (!/[\p{L}\p{N}]/u.test(words)) continue
    alternatives.at(-1)?.push({ words, negated: minus === '-', quoted: quoted !== undefined })
    count++
  }
  const kept = alternatives.filter((terms) => terms.length > 0)
  if (count === 0) throw refused('there is no word to look for', 'Give letters or digits.')
  if (count > mostTerms) throw tooMany(`more than ${mostTerms} terms`)
  if (kept.some((terms) => terms.every(({ negated }) => negated))) {
    throw refused('nothing but words that must not be there', 'Say also what to look for.')
  }
  return kept
}

const refused = (why: string, hint: string): ProblemError =>
  new ProblemError('invalid_request', `q: ${why}`, { hint })

export const tooMany = (what: string): ProblemError => refused(what, 'Give fewer of them.')

/**
 * The query for Postgres. `lexemesOf` gives what its parser makes of a term, in order; a term of
 * which it makes nothing is left out. Undefined: nothing is left to look for.
 */
export function toTsquery(
  alternatives: Alternatives,
  lexemesOf: (term: Term) => readonly string[],
): string | undefined {
  const parts = alternatives.flatMap((terms) => {
    const found = terms.flatMap((term) => {
      const lexemes = lexemesOf(term)
      return lexemes.length === 0 ? [] : [{ negated: term.negated, text: phrase(term, lexemes) }]
    })
    if (found.every(({ negated }) => negated)) return []
    return [found.map(({ negated, text }) => `${negated ? '!' : ''}(${text})`).join(' & ')]
  })
  return parts.length === 0 ? undefined : parts.join(' | ')
}

function phrase({ quoted }: Term, lexemes: readonly string[]): string {
  const last = lexemes.length - 1
  const word = (lexeme: string, at: number): string => {
    const open = !quoted && at === last && isBeginning.test(lexeme)
    return `'${lexeme.replaceAll(/['\\]/g, '$&$&')}'${open ? ':*' : ''}`
  }
  return lexemes.map(word).join(' <-> ')
}
