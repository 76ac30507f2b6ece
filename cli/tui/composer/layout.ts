import { type SafeText, sanitise } from '../../text/sanitise.js'
import type { Point } from '../terminal/rect.js'
import type { Editor } from './editor.js'
import { columnOf, drawRow, rowAt, rowLimit, rowStarts } from './rows.js'

export interface EditorLayout {
  /** The rows in view, top first; at most `height`, none wider than `width`, not padded. */
  readonly rows: readonly SafeText[]
  /** Where the cursor is, from the first row in view. */
  readonly cursor: Point
  /** The row of the text that is the first in view. */
  readonly firstRow: number
  readonly totalRows: number
}

/**
 * Draws the part of an editor that holds the cursor. Text fills `width` - 1 cells of a row, so that
 * the cursor behind a full row has the last one; a width below 3 counts as 3. `firstRow` is the one
 * of the layout before this: it scrolls no further than the cursor needs.
 */
export function layoutEditor(
  editor: Editor,
  width: number,
  height: number,
  firstRow = 0,
): EditorLayout {
  const { text, cursor } = editor
  const limit = rowLimit(width)
  const starts = rowStarts(text, limit)
  const rowsInView = Math.max(1, Math.floor(height))
  const row = rowAt(starts, cursor)
  const first = scroll(firstRow, { row, rowsInView, totalRows: starts.length })

  const rows = starts.slice(first, first + rowsInView).map((start, index) => {
    const end = starts[first + index + 1] ?? text.length
    return sanitise(drawRow(text, start, end, limit))
  })
  return {
    rows,
    cursor: { x: columnOf(text, starts[row] ?? 0, cursor, limit), y: row - first },
    firstRow: first,
    totalRows: starts.length,
  }
}

function scroll(
  firstRow: number,
  { row, rowsInView, totalRows }: { row: number; rowsInView: number; totalRows: number },
): number {
  const withCursor = Math.min(Math.max(firstRow, row - rowsInView + 1), row)
  return Math.max(0, Math.min(withCursor, totalRows - rowsInView))
}
