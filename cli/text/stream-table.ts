import type { Tokens } from 'marked'
import { lexMarkdown } from './lex.js'
import type { Context } from './markdown-context.js'
import { layOutTable, type TableLayout, tableRow } from './markdown-table.js'
import type { SafeText } from './sanitise.js'

/** A table whose head and first rows have been given out, and that takes further rows. */
export type OpenTable = {
  /** The lines of the next row; undefined for a line that is none, so the table has ended. */
  take(line: SafeText, context: Context): string[] | undefined
  /** The same without going on. */
  peek(line: SafeText, context: Context): string[] | undefined
}

/** Opens a table that has enough rows for its columns to be decided. */
export function createOpenTable(table: Tokens.Table): OpenTable {
  const head = table.raw.split('\n', 2).join('\n')
  let next = table.rows.length
  let layout: { width: number; columns: TableLayout } | undefined

  const peek = (line: SafeText, context: Context) => {
    const tokens = lexMarkdown(`${head}\n${line}` as SafeText)
    const [row] = tokens.length === 1 && tokens[0]?.type === 'table' ? tokens[0].rows : []
    if (!row) return undefined
    if (layout?.width !== context.width) {
      layout = { width: context.width, columns: layOutTable(table, context) }
    }
    return tableRow(layout.columns, row, next, context)
  }
  return {
    peek,
    take(line, context) {
      const lines = peek(line, context)
      if (lines) next++
      return lines
    },
  }
}
