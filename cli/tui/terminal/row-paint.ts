import type { RowChange } from './row-change.js'

/** Where a row stands on the screen, in cells from 0. */
export interface RowPlace {
  readonly x: number
  readonly y: number
  /** Whether its last cell is the last one of the screen's row. */
  readonly isAtEdge: boolean
}

/**
 * The bytes of a change. They begin with an absolute position, leave no style on, and need no style
 * to be on. What is erased is erased before the text, as behind the last column it would take that
 * column with it.
 */
export function paintChange({ x, y, isAtEdge }: RowPlace, change: RowChange): string {
  const start = x + change.column
  let bytes = moveTo(start, y)
  if (change.erase > 0) bytes += isAtEdge ? ERASE_TO_END : erase(change.erase)
  let column = start
  let sgr = ''
  // Where the text may have gone beyond what we count.
  let reached = start
  change.runs.forEach((run, index) => {
    if (run.sgr !== sgr) bytes += style(sgr, run.sgr)
    sgr = run.sgr
    // Where it is drawn in fewer cells the others have its style, too.
    if (!run.isPlain && sgr !== '') bytes += ' '.repeat(run.width) + toColumn(column)
    bytes += run.text
    reached = Math.max(reached, column + run.reach)
    column += run.width
    const isLast = index === change.runs.length - 1
    if (!run.isPlain && (!isLast || reached > column)) bytes += toColumn(column)
  })
  if (sgr !== '') bytes += RESET
  if (reached > column) bytes += erase(reached - column)
  return bytes
}

const RESET = '\x1b[m'
const ERASE_TO_END = '\x1b[K'

/** Moves the cursor; cells from 0. */
export function moveTo(x: number, y: number): string {
  return x === 0 ? `\x1b[${y + 1}H` : `\x1b[${y + 1};${x + 1}H`
}

function toColumn(column: number): string {
  return `\x1b[${column + 1}G`
}

function erase(cells: number): string {
  return `\x1b[${cells}X`
}

function style(from: string, to: string): string {
  if (to === '') return RESET
  return from === '' ? `\x1b[${to}m` : `\x1b[0;${to}m`
}
