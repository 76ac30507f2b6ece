import type { Row, Run } from './row.js'
import { plainWidth } from './row-characters.js'

/** What turns one row into another. Columns and cells count from the first cell of the row. */
export interface RowChange {
  readonly column: number
  /** Cells from `column` on that are erased before `runs` are drawn. */
  readonly erase: number
  readonly runs: readonly Run[]
}

/**
 * What to write so that cells that show `before` show `after`; undefined if they do already.
 * Without `before` the `width` cells may hold anything.
 */
export function rowChange(
  before: Row | undefined,
  after: Row,
  width: number,
): RowChange | undefined {
  if (before === undefined) return { column: 0, erase: width, runs: after.runs }
  const { column, old, next } = withoutCommonStart(before.runs, after.runs)
  if (old.length === 0 && next.length === 0) return undefined
  if (before.width === after.width) {
    const runs = withoutCommonEnd(old, next)
    if (!runs.some((run) => run.reach > run.width)) {
      return { column, erase: runs.every((run) => run.isPlain) ? 0 : widthOf(runs), runs }
    }
  }
  // A grapheme that is drawn in fewer cells than we count would show what was there.
  const mustErase = before.width > after.width || next.some((run) => !run.isPlain)
  return { column, erase: mustErase ? before.width - column : 0, runs: next }
}

function withoutCommonStart(before: readonly Run[], after: readonly Run[]) {
  let same = 0
  let column = 0
  for (const run of after) {
    if (!areSame(before[same], run)) break
    column += run.width
    same++
  }
  const old = before.slice(same)
  const next = after.slice(same)
  const [a, b] = [old[0], next[0]]
  if (a === undefined || b === undefined || !areAlike(a, b)) return { column, old, next }
  let length = 0
  while (length < a.text.length && a.text[length] === b.text[length]) length++
  const shared = widthOfPlain(b.text.slice(0, length))
  old.splice(0, 1, ...part(a, length, a.text.length))
  next.splice(0, 1, ...part(b, length, b.text.length))
  return { column: column + shared, old, next }
}

// Both fill the same cells, so an equal end stands where it was.
function withoutCommonEnd(before: readonly Run[], after: readonly Run[]): readonly Run[] {
  let same = 0
  while (same < after.length && areSame(before.at(-1 - same), after.at(-1 - same))) same++
  const next = after.slice(0, after.length - same)
  const [a, b] = [before.at(-1 - same), next.at(-1)]
  if (a === undefined || b === undefined || !areAlike(a, b)) return next
  let length = 0
  while (length < b.text.length && a.text.at(-1 - length) === b.text.at(-1 - length)) length++
  next.splice(-1, 1, ...part(b, 0, b.text.length - length))
  return next
}

function areSame(a: Run | undefined, b: Run | undefined): boolean {
  if (a === b) return true
  return a?.text === b?.text && a?.sgr === b?.sgr && a?.width === b?.width
}

// Plain characters stand alone, so a run of them can be cut anywhere.
function areAlike(a: Run, b: Run): boolean {
  return a.isPlain && b.isPlain && a.sgr === b.sgr
}

function part(run: Run, from: number, to: number): Run[] {
  if (from >= to) return []
  const text = run.text.slice(from, to)
  const width = widthOfPlain(text)
  return [{ ...run, text, width, reach: width }]
}

function widthOfPlain(text: string): number {
  let width = 0
  for (const character of text) width += plainWidth(character)
  return width
}

function widthOf(runs: readonly Run[]): number {
  let width = 0
  for (const run of runs) width += run.width
  return width
}
