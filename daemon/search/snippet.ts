import type { Alternatives } from './query.js'

/** What is shown of a text, code points. */
const snippetLength = 200
/** Of them before the first match. */
const before = 60

/** A piece of a text, cut out by the database. */
export interface Excerpt {
  readonly text: string
  /** Something of the text stands before it, or after. */
  readonly hasBefore: boolean
  readonly hasAfter: boolean
}

interface Snippet {
  snippet: string
  matches: [from: number, to: number][]
}

/** Scripts without spaces, whose characters are words: those of sql/012_search_words.sql. */
const unspaced =
  /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Lao}\p{scx=Mymr}\p{scx=Khmr}]/u

/**
 * A word begins with a letter or a digit. Marks alone are what may stand between words: of words of them a
 * pattern would try each place with each, and that takes hours.
 */
const word = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu

/** The words of each thing looked for, without what must not be there. */
function wanted(alternatives: Alternatives): string[][] {
  const parts = alternatives
    .flat()
    .filter(({ negated }) => !negated)
    .map(({ words }) => words.match(word) ?? [])
  // The longest first: where one is the beginning of another, it is the other that was found.
  return parts.filter((words) => words.length > 0).sort((a, b) => b.join().length - a.join().length)
}

/** Of a long phrase the beginning shows the place, and of many terms some do: more of them take seconds. */
const placeWords = 3
const placeTerms = 8

/** Where the words may stand, as a regular expression of Postgres: finds the place to cut out, no more. */
export function placeOf(alternatives: Alternatives): string {
  return wanted(alternatives)
    .slice(0, placeTerms)
    .map((words) => words.slice(0, placeWords).join('[^[:alnum:]]*'))
    .join('|')
}

function matcher(alternatives: Alternatives): RegExp {
  const terms = wanted(alternatives).map((words) => {
    const text = words.join('[^\\p{L}\\p{N}]*')
    return unspaced.test(text) ? text : `(?<![\\p{L}\\p{N}])${text}`
  })
  return new RegExp(terms.join('|'), 'giu')
}

/** One line of the excerpt around what was found first, with the places of all that was found in it. */
export function makeSnippet(excerpt: Excerpt, alternatives: Alternatives): Snippet {
  const line = excerpt.text.replaceAll(/\s+/g, ' ').trim()
  const pattern = matcher(alternatives)
  const first = line.search(pattern)
  const points = [...line]
  const at = first === -1 ? 0 : [...line.slice(0, first)].length
  const from = wordStart(points, Math.max(0, Math.min(at - before, points.length - snippetLength)))
  const to = wordEnd(points, from + snippetLength)
  const start = from > 0 || excerpt.hasBefore ? '…' : ''
  const end = to < points.length || excerpt.hasAfter ? '…' : ''
  const snippet = `${start}${points.slice(from, to).join('').trim()}${end}`
  const matches = [...snippet.matchAll(pattern)].map(
    ({ index, 0: { length } }): [number, number] => [index, index + length],
  )
  return { snippet, matches }
}

/** How far from a cut it looks for the edge of a word, code points. */
const reach = 20

/** Not in the middle of a word, if one begins soon. */
function wordStart(points: readonly string[], from: number): number {
  if (from === 0) return 0
  const space = points.indexOf(' ', from)
  return space === -1 || space > from + reach ? from : space + 1
}

function wordEnd(points: readonly string[], to: number): number {
  if (to >= points.length) return points.length
  const space = points.lastIndexOf(' ', to)
  return space < to - reach ? to : space
}
