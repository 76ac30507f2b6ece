import { boundaryAtOrAfter, boundaryAtOrBefore } from './grapheme-boundary.js'
import { sanitise } from './sanitise.js'
import { paintToken, type Theme } from './theme.js'

/** Places in a text: from and to, UTF-16 units, ascending. */
type Matches = readonly (readonly [from: number, to: number])[]

/** A piece of a text, as it came, in which something was found or not. */
export interface Piece {
  readonly text: string
  readonly isFound: boolean
}

/** A snippet is read no further, UTF-16 units: no daemon of ours sends more. */
const longest = 2_000

/** A snippet in pieces, cut between graphemes only; places that make no sense are left out. */
export function matchPieces(whole: string, matches: Matches): Piece[] {
  const text = whole.slice(0, longest)
  const pieces: Piece[] = []
  let at = 0
  for (const [first, last] of matches) {
    const from = boundaryAtOrBefore(text, first)
    const to = boundaryAtOrAfter(text, last)
    if (!(from >= at && to > from)) continue
    pieces.push({ text: text.slice(at, from), isFound: false })
    pieces.push({ text: text.slice(from, to), isFound: true })
    at = to
  }
  return [...pieces, { text: text.slice(at), isFound: false }].filter((piece) => piece.text !== '')
}

/** A snippet for a terminal, with what was found marked. */
export function paintMatches(theme: Theme, snippet: string, matches: Matches): string {
  return matchPieces(snippet, matches)
    .map(({ text, isFound }) =>
      isFound ? paintToken(theme, 'match', sanitise(text)) : sanitise(text),
    )
    .join('')
}
