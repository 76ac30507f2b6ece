import { sanitiseLine } from '../text/sanitise.js'
import { graphemesOf, takeCells, textWidth } from '../text/width.js'

export interface Column {
  title: string
  align?: 'right'
  /** Gives up width when the terminal is too narrow, down to so many cells. */
  elastic?: number
  /** Where a cell is cut; at its end unless said otherwise. */
  cut?: 'middle'
}

export interface TableOptions {
  width: number
  /** Styles the line of titles. */
  head?: (line: string) => string
}

const gap = '  '

/** Lines for a terminal: columns side by side, cells sanitised, cut where they do not fit. */
export function terminalTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, head = (line) => line }: TableOptions,
): string[] {
  const cells = rows.map((row) => columns.map((_, index) => sanitiseLine(row[index] ?? '')))
  const widths = columns.map(({ title }, index) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[index] ?? ''))),
  )
  shrink(columns, widths, width)
  const line = (row: readonly string[]): string => {
    const padded = row.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]))
    return cutToWidth(padded.join(gap).trimEnd(), width)
  }
  return [head(line(columns.map(({ title }) => title))), ...cells.map(line)]
}

/** A line a row for a pipe: cells between tabs, none of which holds a tab or a line break. */
export function pipeLine(cells: readonly (string | number | null)[]): string {
  return cells.map((cell) => sanitiseLine(String(cell ?? ''))).join('\t')
}

/** A text of one line in at most `width` cells, with an ellipsis where it was cut. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 1) return ''
  return `${takeCells(graphemesOf(text), width - 1).join('')}…`
}

/**
 * A text of one line in at most `width` cells, cut nearer to its beginning than to its end: names of
 * models begin alike, and what tells them apart comes last.
 */
export function cutMiddle(text: string, width: number, mark = '…'): string {
  if (textWidth(text) <= width) return text
  if (width < 1) return ''
  const graphemes = graphemesOf(text)
  const head = takeCells(graphemes, Math.floor((width - 1) / 3))
  const tail = takeCells(graphemes.toReversed(), width - 1 - textWidth(head.join('')))
  return head.join('') + mark + tail.toReversed().join('')
}

/** Takes what is too much from the elastic columns, a cell at a time from where there is most to take. */
function shrink(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, one) => sum + one + gap.length, -gap.length) - width
  const spare = columns.map(({ elastic }, index) => {
    const now = widths[index] ?? 0
    return now - (elastic ?? now)
  })
  for (; excess > 0; excess--) {
    const most = Math.max(...spare)
    const index = spare.indexOf(most)
    if (most <= 0) return
    spare[index] = most - 1
    widths[index] = (widths[index] ?? 0) - 1
  }
}

function pad(cell: string, width: number, column: Column | undefined): string {
  const shown = column?.cut === 'middle' ? cutMiddle(cell, width) : cutToWidth(cell, width)
  const blanks = ' '.repeat(Math.max(0, width - textWidth(shown)))
  return column?.align === 'right' ? blanks + shown : shown + blanks
}
