import { sanitise } from '../../text/sanitise.js'
import { joinSgr, parseAnsi, type Span, spansToAnsi } from '../../text/sgr.js'
import type { Theme } from '../../text/theme.js'
import { stripSgr } from '../../text/width.js'
import type { Lines } from './block.js'

/** An entry that somebody looked for. */
export interface Mark {
  readonly id: string
  /** What was found in it, as it stands there. */
  readonly words: readonly string[]
}

/** More and longer ones than a search finds in a line are not looked for. */
const mostWords = 50
const longestWord = 300

/** Shows which entry it is, and what was found in it. */
export interface Marking {
  readonly id: string
  /** The lines with the marks; cheap when they are the same as before. */
  lines(lines: Lines, theme: Theme): Lines
  /** The first line in which something was found; 0 where nothing is. */
  firstFound(lines: Lines): number
}

export function createMarking({ id, words }: Mark): Marking {
  const pattern = patternOf(words)
  let drawn: { readonly from: Lines; readonly theme: Theme; readonly lines: Lines } | undefined
  return {
    id,
    lines(from, theme) {
      if (drawn?.from === from && drawn.theme === theme) return drawn.lines
      drawn = { from, theme, lines: markLines(from, pattern, theme) }
      return drawn.lines
    },
    firstFound(lines) {
      if (pattern === undefined) return 0
      for (let at = 1; at < lines.length; at++) {
        if (stripSgr(lines.at(at) ?? '').search(pattern) >= 0) return at
      }
      return 0
    },
  }
}

/** Only what is looked at is painted: an answer may have a hundred thousand lines. */
function markLines(lines: Lines, pattern: RegExp | undefined, { tokens }: Theme): Lines {
  return {
    length: lines.length,
    at(index) {
      const line = lines.at(index)
      if (line === undefined) return undefined
      const spans = parseAnsi(line)
      if (index === 0) return spansToAnsi(spans.map((span) => over(span, tokens.selection)))
      return pattern === undefined ? line : spansToAnsi(markSpans(spans, pattern, tokens.match))
    },
  }
}

function markSpans(spans: readonly Span[], pattern: RegExp, sgr: string): readonly Span[] {
  const text = spans.map((span) => span.text).join('')
  const found = [...text.matchAll(pattern)].map(
    ({ index, 0: { length } }) => [index, index + length] as const,
  )
  if (found.length === 0) return spans
  const edges = found.flat()
  let end = 0
  return spans.flatMap((span) => {
    const start = end
    end += span.text.length
    const cuts = [start, ...edges.filter((edge) => edge > start && edge < end)]
    return cuts.map((from, index) => {
      const piece = { text: text.slice(from, cuts[index + 1] ?? end), sgr: span.sgr }
      return found.some(([first, last]) => first <= from && from < last) ? over(piece, sgr) : piece
    })
  })
}

function over(span: Span, sgr: string): Span {
  return { ...span, sgr: joinSgr(span.sgr, sgr) }
}

/** At the beginning of a word, where there are words: as the daemon finds them. */
function patternOf(words: readonly string[]): RegExp | undefined {
  const parts = words
    .slice(0, mostWords)
    .map((word) => sanitise(word.slice(0, longestWord)).trim())
    .filter((word) => word !== '')
    .sort((a, b) => b.length - a.length)
    .map((word) => {
      const text = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replaceAll(/\s+/g, '\\s+')
      return /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]/u.test(word)
        ? `(?<![\\p{L}\\p{N}])${text}`
        : text
    })
  return parts.length === 0 ? undefined : new RegExp(parts.join('|'), 'giu')
}
