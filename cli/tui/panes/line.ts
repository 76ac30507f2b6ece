import { sanitiseLine } from '../../text/sanitise.js'
import { paintToken, type Theme, type Token } from '../../text/theme.js'
import { graphemesOf, graphemeWidth, isNarrow, takeCells, textWidth } from '../../text/width.js'
import { paneGlyphs } from './glyphs.js'

/** A piece of a row in one style. Its text may come from anywhere: rows sanitise what they draw. */
export interface Segment {
  readonly text: string
  readonly token?: Token | undefined
}

/** A part of a row that is shown whole or not at all; the one with the lowest rank goes first. */
export interface Part {
  readonly segments: readonly Segment[]
  readonly rank: number
}

// No row is wider; it keeps a hostile title of a megabyte from being measured for each frame.
const LONGEST = 4_000
// A text that begins with a mark would change the cell before it, and Ink loses a mark that stands
// where a style begins.
const JOINS_PREVIOUS =
  /^(?:\p{M}|\p{Grapheme_Extend}|\u200d|[\u1160-\u11ff\ud7b0-\ud7fb]|[\u{1f3fb}-\u{1f3ff}]|[\u0e33\u0eb3])/u
// The compositor reads a row only so far.
const FLOOD = /((?:\p{Mn}|\p{Me}|\u200c|\u200d){8})(?:\p{Mn}|\p{Me}|\u200c|\u200d)+/gu
const NOTHING = '\u25cc'

/** A text of one line in at most `width` cells, sanitised; an ellipsis stands where it was cut. */
export function cutLine(theme: Theme, text: string, width: number): string {
  const safe = safeLine(text)
  if (textWidth(safe) <= width) return safe
  return width < 1 ? '' : headOf(safe, width - 1) + paneGlyphs(theme).cut
}

/** The end of a text in at most `width` cells: for what is being typed. Sanitised. */
export function tailOf(text: string, width: number): string {
  const safe = safeLine(text.slice(-LONGEST))
  if (textWidth(safe) <= width) return safe
  const graphemes = graphemesOf(safe)
  let from = graphemes.length
  for (let used = 0; from > 0; from--) {
    used += graphemeWidth(graphemes[from - 1] ?? '')
    if (used > width) break
  }
  return graphemes.slice(from).join('')
}

/** A text of one line that can be drawn and measured. */
export function safeLine(text: string): string {
  const line = sanitiseLine(text.slice(0, LONGEST))
  if (isNarrow(line)) return line
  const safe = line.replace(FLOOD, '$1')
  return JOINS_PREVIOUS.test(safe) ? NOTHING + safe : safe
}

/** Cells the segments take when nothing is cut. */
export function segmentsWidth(segments: readonly Segment[]): number {
  return textWidth(segments.map(({ text }) => safeLine(text)).join(''))
}

/**
 * A painted row of at most `width` cells, `right` at its right edge. The left side is cut to make
 * room for the right one, which is itself cut when it is wider than the row.
 */
export function rowOf(
  theme: Theme,
  width: number,
  left: readonly Segment[],
  right: readonly Segment[] = [],
): string {
  const rightWidth = Math.min(width, segmentsWidth(right))
  if (rightWidth === 0) return paint(theme, cutSegments(theme, width, left))
  const kept = cutSegments(theme, Math.max(0, width - rightWidth - 1), left)
  const gap = ' '.repeat(Math.max(0, width - segmentsWidth(kept) - rightWidth))
  return paint(theme, cutSegments(theme, width, [...kept, { text: gap }, ...right]))
}

/** `rowOf`, but the right side is left out when the left one does not fit beside it whole. */
export function rowWithHint(
  theme: Theme,
  width: number,
  left: readonly Segment[],
  right: readonly Segment[],
): string {
  const fits = segmentsWidth(left) + 1 + segmentsWidth(right) <= width
  return rowOf(theme, width, left, fits ? right : [])
}

/** A painted row with blanks up to `width`. The row must not be wider. */
export function padRow(row: string, width: number): string {
  return row + ' '.repeat(Math.max(0, width - textWidth(row)))
}

/** A painted row with blanks before it that put it into the middle of `width` cells. */
export function centreRow(row: string, width: number): string {
  return ' '.repeat(Math.max(0, Math.floor((width - textWidth(row)) / 2))) + row
}

/** The parts that fit into `width` cells, `gap` cells between them; at least the most important one. */
export function keepParts(parts: readonly Part[], width: number, gap: number): readonly Part[] {
  const widths = new Map(parts.map((part) => [part, segmentsWidth(part.segments)]))
  let kept = parts
  const total = () => kept.reduce((sum, part) => sum + gap + (widths.get(part) ?? 0), -gap)
  while (kept.length > 1 && total() > width) {
    const lowest = Math.min(...kept.map(({ rank }) => rank))
    const last = kept.findLastIndex(({ rank }) => rank === lowest)
    kept = kept.filter((_, index) => index !== last)
  }
  return kept
}

/** Parts as one list of segments. */
export function joinParts(parts: readonly Part[], between: Segment): Segment[] {
  return parts.flatMap(({ segments }, index) => (index === 0 ? segments : [between, ...segments]))
}

function headOf(safe: string, width: number): string {
  return takeCells(graphemesOf(safe), width).join('')
}

// Cut as one text: the sign of it may have to stand behind the end of an earlier segment.
function cutSegments(theme: Theme, width: number, segments: readonly Segment[]): Segment[] {
  if (segmentsWidth(segments) <= width) return [...segments]
  if (width < 1) return []
  const { cut } = paneGlyphs(theme)
  let room = width - 1
  const kept: Segment[] = []
  for (const { text, token } of segments) {
    const safe = safeLine(text)
    const needed = textWidth(safe)
    if (needed > room) {
      kept.push({ text: headOf(safe, room) + cut, token })
      break
    }
    kept.push({ text: safe, token })
    room -= needed
  }
  return kept
}

function paint(theme: Theme, segments: readonly Segment[]): string {
  return segments
    .map(({ text, token }) => {
      const safe = safeLine(text)
      return token === undefined ? safe : paintToken(theme, token, safe)
    })
    .join('')
}
