import { nextBoundary } from '../../text/grapheme-boundary.js'
import { graphemeWidth, textWidth } from '../../text/width.js'

const TAB_CELLS = 4
const MIN_LIMIT = 2
const KEPT = 4
/** A row depends on what follows it by less than this many units beyond the second row after it. */
const LOOK_AHEAD = 300

const TAB = 0x09
const NEWLINE = 0x0a
const SPACE = 0x20
const REPLACEMENT = '\uFFFD'

interface Wrapped {
  readonly text: string
  readonly limit: number
  readonly starts: readonly number[]
}

// Newest first. A key changes little, so the rows of the text before it are taken over.
let recent: readonly Wrapped[] = []

/** Cells a row of text may fill: the last of `width` cells is the cursor's, and a space's at a break. */
export function rowLimit(width: number): number {
  return Math.max(MIN_LIMIT, Math.floor(width) - 1)
}

/**
 * Offsets at which the visual rows of a clean text begin; the first is 0. Rows break behind spaces
 * and beside wide characters where they can, and keep every character.
 */
export function rowStarts(text: string, limit: number): readonly number[] {
  const known = recent.find((entry) => entry.limit === limit && entry.text === text)
  const base = known ?? recent.find((entry) => entry.limit === limit)
  const wrapped = known ?? { text, limit, starts: wrapFrom(base, text, limit) }
  recent = [wrapped, ...recent.filter((entry) => entry !== known)].slice(0, KEPT)
  return wrapped.starts
}

/** The row that shows the cursor at this offset. */
export function rowAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** Cells between the start of a row and an offset in it. */
export function columnOf(text: string, start: number, offset: number, limit: number): number {
  let column = 0
  for (let at = start; at < offset; ) {
    const end = nextBoundary(text, at)
    column += cellsOf(text, at, end, column, limit)
    at = end
  }
  return column
}

/** The last offset of row [start, next) that is not right of `goal`; `next` is undefined for the last row. */
export function offsetAt(
  text: string,
  { start, next }: { start: number; next: number | undefined },
  goal: number,
  limit: number,
): number {
  let column = 0
  let at = start
  while (at < text.length && text.charCodeAt(at) !== NEWLINE) {
    const end = nextBoundary(text, at)
    column += cellsOf(text, at, end, column, limit)
    // An offset at a soft break is shown on the next row.
    if (column > goal || end === next) break
    at = end
  }
  return at
}

/** A row as it is drawn: without its line break, tabs as spaces. */
export function drawRow(text: string, start: number, end: number, limit: number): string {
  let drawn = ''
  let column = 0
  for (let at = start; at < end && text.charCodeAt(at) !== NEWLINE; ) {
    const next = nextBoundary(text, at)
    const cells = cellsOf(text, at, next, column, limit)
    if (text.charCodeAt(at) === TAB) drawn += ' '.repeat(cells)
    else drawn += isTooWide(text, at, next, limit) ? REPLACEMENT : text.slice(at, next)
    column += cells
    at = next
  }
  return drawn
}

function wrapFrom(base: Wrapped | undefined, text: string, limit: number): readonly number[] {
  const prefix = base === undefined ? 0 : commonPrefix(base.text, text)
  const suffix = base === undefined ? 0 : commonSuffix(base.text, text, prefix)
  const old = base?.starts ?? [0]
  const growth = text.length - (base?.text.length ?? 0)

  const kept = Math.max(0, rowAt(old, prefix - LOOK_AHEAD) - 3)
  const starts = old.slice(0, kept + 1)
  let candidate = kept
  for (let start = old[kept] ?? 0; ; ) {
    const next = nextRow(text, start, limit)
    if (next === undefined) return starts
    if (next >= text.length - suffix) {
      while (candidate < old.length && (old[candidate] ?? 0) + growth < next) candidate += 1
      // From the same start on, the same text has the same rows.
      if ((old[candidate] ?? -1) + growth === next) {
        for (let row = candidate; row < old.length; row += 1) starts.push((old[row] ?? 0) + growth)
        return starts
      }
    }
    starts.push(next)
    start = next
  }
}

/** Where the row after the one at `start` begins; undefined for the last one. Looks at nothing before `start`. */
function nextRow(text: string, start: number, limit: number): number | undefined {
  let column = 0
  let breakAt = start
  let wasWide = false
  for (let at = start; at < text.length; ) {
    const unit = text.charCodeAt(at)
    if (unit === NEWLINE) return at + 1
    const end = nextBoundary(text, at)
    const cells = cellsOf(text, at, end, column, limit)
    const isSpace = unit === SPACE || unit === TAB
    const isWide = cells > 1 && !isSpace
    if (isWide || wasWide) breakAt = at
    if (column + cells > limit && at > start) {
      if (isSpace) return end
      return breakAt > start ? breakAt : at
    }
    if (isSpace) breakAt = end
    wasWide = isWide
    column += cells
    at = end
  }
  return undefined
}

function cellsOf(text: string, at: number, end: number, column: number, limit: number): number {
  const unit = text.charCodeAt(at)
  if (unit === TAB) return Math.max(1, Math.min(TAB_CELLS - (column % TAB_CELLS), limit - column))
  if (end === at + 1 && unit >= SPACE && unit <= 0x7e) return 1
  const cells = clusterCells(text.slice(at, end))
  return cells > limit ? 1 : cells
}

function isTooWide(text: string, at: number, end: number, limit: number): boolean {
  return end > at + 1 && clusterCells(text.slice(at, end)) > limit
}

function clusterCells(cluster: string): number {
  const cells = graphemeWidth(cluster)
  return cells > 2 ? textWidth(cluster) : cells
}

function commonPrefix(a: string, b: string): number {
  let low = 0
  let high = Math.min(a.length, b.length)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (a.slice(low, middle) === b.slice(low, middle)) low = middle
    else high = middle - 1
  }
  return low
}

function commonSuffix(a: string, b: string, prefix: number): number {
  let low = 0
  let high = Math.min(a.length, b.length) - prefix
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const same =
      a.slice(a.length - middle, a.length - low) === b.slice(b.length - middle, b.length - low)
    if (same) low = middle
    else high = middle - 1
  }
  return low
}
