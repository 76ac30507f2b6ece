import type { Tokens } from 'marked'
import type { Context } from './markdown-context.js'
import { inlineSpans } from './markdown-inline.js'
import { joinSgr, type Span, spansToAnsi, styled } from './sgr.js'
import { textWidth } from './width.js'
import { wrapSpans } from './wrap.js'

/**
 * The columns of a table are as wide as its head and this many rows need. Later rows wrap into
 * them, so a long table can be shown while it grows.
 */
export const SAMPLE_ROWS = 32
const NARROWEST_COLUMN = 3
const LONGEST_WORD = 24

/** How a table is drawn; without widths its rows are lists of `head: cell`. */
export type TableLayout = {
  readonly header: readonly Tokens.TableCell[]
  readonly widths: readonly number[] | undefined
}

/** Draws a whole table. */
export function renderTable(table: Tokens.Table, context: Context): string[] {
  const layout = layOutTable(table, context)
  const rows = table.rows.flatMap((row, index) => tableRow(layout, row, index, context))
  return [...tableHead(layout, context), ...rows]
}

/** Decides the columns. */
export function layOutTable({ header, rows }: Tokens.Table, context: Context): TableLayout {
  const room = context.width - 3 * header.length - 1
  if (room < NARROWEST_COLUMN * header.length) return { header, widths: undefined }
  const sample = rows.slice(0, SAMPLE_ROWS)
  const columns = header.map((head, column) => [
    head,
    ...sample.flatMap((row) => row[column] ?? []),
  ])
  const widest = (column: Tokens.TableCell[], split: RegExp) =>
    Math.max(NARROWEST_COLUMN, ...column.map((cell) => cellWidth(cell, split, context)))
  const natural = columns.map((column) => widest(column, /\n/))
  const words = columns.map((column) => Math.min(LONGEST_WORD, widest(column, /\s/)))
  const floors = sum(words) <= room ? words : words.map(() => NARROWEST_COLUMN)
  return { header, widths: shrink(natural, floors, room) }
}

/** The lines above the first row. */
function tableHead({ header, widths }: TableLayout, context: Context): string[] {
  if (!widths) return []
  const { glyphs, tokens } = context.theme
  const style = joinSgr(context.sgr, tokens.tableHead)
  const rule = widths.map((width) => glyphs.rule.repeat(width + 2)).join(glyphs.cross)
  const line = glyphs.left + rule + glyphs.right
  return [...gridRow(header, widths, style, context), styled(line, tokens.tableBorder)]
}

/** The lines of one row. */
export function tableRow(
  { header, widths }: TableLayout,
  row: readonly Tokens.TableCell[],
  index: number,
  context: Context,
): string[] {
  if (widths) return gridRow(row, widths, context.sgr, context)
  const lines = header.flatMap((head, column) => {
    const cell = row[column]
    const label = inlineSpans(
      head.tokens,
      context.theme,
      joinSgr(context.sgr, context.theme.tokens.tableHead),
    )
    const value = cell ? inlineSpans(cell.tokens, context.theme, context.sgr) : []
    const spans = [...label, { text: ': ', sgr: context.sgr }, ...value]
    return wrapSpans(spans, context.width).map(spansToAnsi)
  })
  return index > 0 ? ['', ...lines] : lines
}

function cellWidth(cell: Tokens.TableCell, split: RegExp, context: Context): number {
  const text = inlineSpans(cell.tokens, context.theme, '').map((span) => span.text)
  return Math.max(...text.join('').split(split).map(textWidth))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

// The widest columns give first, down to one common cap, but none less than its floor.
function shrink(natural: readonly number[], floors: readonly number[], room: number): number[] {
  const capped = (cap: number) =>
    natural.map((width, column) => Math.min(width, Math.max(cap, floors[column] ?? 0)))
  let low = NARROWEST_COLUMN
  let high = Math.max(...natural)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (sum(capped(middle)) <= room) low = middle
    else high = middle - 1
  }
  const widths = capped(low)
  let spare = room - sum(widths)
  return widths.map((width, column) => {
    const grows = spare > 0 && width === low && width < (natural[column] ?? 0)
    if (grows) spare--
    return grows ? width + 1 : width
  })
}

function gridRow(
  cells: readonly Tokens.TableCell[],
  widths: readonly number[],
  sgr: string,
  context: Context,
): string[] {
  const { glyphs, tokens } = context.theme
  const columns = widths.map((width, column) => {
    const cell = cells[column]
    return cell ? wrapSpans(inlineSpans(cell.tokens, context.theme, sgr), width) : []
  })
  const height = Math.max(1, ...columns.map((lines) => lines.length))
  const bar = styled(glyphs.column, tokens.tableBorder)
  return Array.from({ length: height }, (_, line) => {
    const parts = widths.map((width, column) =>
      padded(columns[column]?.[line] ?? [], width, cells[column]?.align ?? null),
    )
    return `${bar} ${parts.join(` ${bar} `)} ${bar}`
  })
}

function padded(spans: readonly Span[], width: number, align: Tokens.TableCell['align']): string {
  const text = spansToAnsi(spans)
  const room = Math.max(0, width - textWidth(text))
  const left = align === 'right' ? room : align === 'center' ? Math.floor(room / 2) : 0
  return ' '.repeat(left) + text + ' '.repeat(room - left)
}
