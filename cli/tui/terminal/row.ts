import { pairFloor } from '../../text/grapheme-boundary.js'
import { sanitiseLine } from '../../text/sanitise.js'
import { parseAnsi, type Span } from '../../text/sgr.js'
import { graphemesOf, graphemeWidth, isPlainAscii } from '../../text/width.js'
import { isPlain, joinsPrevious, plainWidth, stretches, widestWidth } from './row-characters.js'

/** Plain text in one style, or one grapheme that terminals may draw in different widths. */
export interface Run {
  readonly text: string
  /** Parameters of its SGR sequence, '' for none. */
  readonly sgr: string
  /** Cells, as we count. */
  readonly width: number
  /** Cells that it may be drawn in. Above `width` only in a run that is not plain. */
  readonly reach: number
  readonly isPlain: boolean
}

/** What one line shows in some cells of the screen. Blank beyond its last run. */
export interface Row {
  readonly runs: readonly Run[]
  readonly width: number
  /** Each character is one cell in every terminal. */
  readonly isNarrow: boolean
}

export const BLANK_ROW: Row = { runs: [], width: 0, isNarrow: true }

// Longer clusters are not text but a flood of combining characters.
const MAX_GRAPHEME = 32
// Units of text that are measured at once for a cell, so that an endless line is not to its end.
const UNITS_PER_CELL = 16
// What is skipped behind them adds to a cell that has more than it can show already.
const MARKS = /[\p{Mn}\p{Me}\u200c\u200d]*/uy
const REPLACEMENT = '\ufffd'
// Prefixes of numbers and the like, which have no width of their own.
const FORMAT = /(?![\u200c\u200d])\p{Cf}/gu

/**
 * The part of an ANSI line that is seen through `width` cells, of which the first shows column
 * `skip` of the line. Only SGR counts as styling; every other control comes out as a visible mark.
 * Half a wide character is a space, and a grapheme that some terminal may draw beyond the last cell
 * is reduced to its first character or to spaces.
 */
export function fitRow(line: string, width: number, skip = 0): Row {
  if (isPlainAscii(line)) return rowOf([plainRun(line.slice(skip, skip + width), '')])
  const fitter = createFitter(width, skip)
  for (const { text, sgr } of parseAnsi(line)) {
    if (fitter.isFull()) break
    if (isPlainAscii(text)) fitter.plain(text, sgr, 1)
    else putText(fitter, { text, sgr }, (skip + width) * UNITS_PER_CELL)
  }
  return rowOf(fitter.runs)
}

type Fitter = ReturnType<typeof createFitter>

function putText(fitter: Fitter, { text, sgr }: Span, units: number): void {
  for (let at = 0; at < text.length && !fitter.isFull(); ) {
    const end = pairFloor(text, at + units)
    putPart(fitter, text.slice(at, end), sgr)
    MARKS.lastIndex = end
    MARKS.test(text)
    at = MARKS.lastIndex
  }
}

function putPart(fitter: Fitter, raw: string, sgr: string): void {
  const text = sanitiseLine(raw).replace(FORMAT, REPLACEMENT)
  for (const stretch of stretches(text)) {
    if (fitter.isFull()) return
    if (isPlain(stretch)) fitter.plain(stretch, sgr, plainWidth(stretch))
    else for (const grapheme of wholeGraphemes(stretch)) putGrapheme(fitter, grapheme, sgr)
  }
}

function putGrapheme(fitter: Fitter, grapheme: string, sgr: string): void {
  if (isPlain(grapheme)) fitter.plain(grapheme, sgr, plainWidth(grapheme))
  else fitter.grapheme(grapheme, sgr)
}

// Clusters that were taken apart, as they are wider than two cells, keep their marks.
function wholeGraphemes(text: string): string[] {
  const whole: string[] = []
  for (const grapheme of graphemesOf(text)) {
    const before = whole.at(-1)
    if (before === undefined || graphemeWidth(grapheme) > 0) whole.push(grapheme)
    else if (before.length < MAX_GRAPHEME) whole[whole.length - 1] = before + grapheme
  }
  return whole
}

function createFitter(width: number, skip: number) {
  const runs: Run[] = []
  let column = -skip

  const push = (text: string, sgr: string, cells: 1 | 2) => {
    if (text === '') return
    const last = runs.at(-1)
    const joined = last?.isPlain === true && last.sgr === sgr ? last : undefined
    if (joined) runs.pop()
    const total = (joined?.width ?? 0) + text.length * cells
    runs.push({ text: (joined?.text ?? '') + text, sgr, width: total, reach: total, isPlain: true })
  }
  // Blank instead of what starts at `start` and cannot be shown.
  const pad = (start: number, end: number, sgr: string) =>
    push(' '.repeat(Math.max(0, Math.min(end, width) - Math.max(start, 0))), sgr, 1)

  return {
    runs,
    isFull: () => column >= width,
    /** Characters that are all of this width. */
    plain(text: string, sgr: string, cells: 1 | 2): void {
      const start = column
      column += text.length * cells
      if (column <= 0 || start >= width) return
      const from = Math.max(0, Math.ceil(-start / cells))
      const to = Math.min(text.length, Math.floor((width - start) / cells))
      pad(start, start + from * cells, sgr)
      push(text.slice(from, to), sgr, cells)
      pad(start + to * cells, column, sgr)
    },
    grapheme(found: string, sgr: string): void {
      const start = column
      const cells = graphemeWidth(found)
      column += cells
      if (cells === 0 || column <= 0 || start >= width) return
      const shown = start < 0 ? undefined : drawable(found, cells, width - start)
      if (shown) runs.push({ ...shown, sgr, width: cells, isPlain: false })
      else pad(start, column, sgr)
    },
  }
}

function drawable(
  grapheme: string,
  cells: number,
  room: number,
): { text: string; reach: number } | undefined {
  if (cells > room) return undefined
  const first = String.fromCodePoint(grapheme.codePointAt(0) ?? 0)
  const candidates = grapheme.length > MAX_GRAPHEME ? [first] : [grapheme, first]
  for (const text of candidates) {
    if (joinsPrevious(text)) continue
    const reach = isPlain(text) ? plainWidth(text) : widestWidth(text)
    if (reach <= room) return { text, reach: Math.max(reach, cells) }
  }
  return undefined
}

function plainRun(text: string, sgr: string): Run {
  return { text, sgr, width: text.length, reach: text.length, isPlain: true }
}

function rowOf(found: readonly Run[]): Row {
  const runs = withoutTrailingBlanks(found)
  let width = 0
  let isNarrow = true
  for (const run of runs) {
    width += run.width
    isNarrow &&= run.isPlain && run.text.length === run.width
  }
  return { runs, width, isNarrow }
}

function withoutTrailingBlanks(found: readonly Run[]): readonly Run[] {
  const last = found.at(-1)
  if (last === undefined || !last.isPlain || last.sgr !== '' || !last.text.endsWith(' ')) {
    return last?.text === '' ? [] : found
  }
  let length = last.text.length
  while (length > 0 && last.text[length - 1] === ' ') length--
  const rest = found.slice(0, -1)
  if (length === 0) return withoutTrailingBlanks(rest)
  const width = last.width - (last.text.length - length)
  return [...rest, { ...last, text: last.text.slice(0, length), width, reach: width }]
}
