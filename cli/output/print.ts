import type { Environment } from '../../shared/settings.js'
import { paintToken } from '../text/theme.js'
import { safeJson } from './safe-json.js'
import { type Column, pipeLine, terminalTable } from './table.js'
import { themeOf } from './terminal-theme.js'

/** Lines on stdout. What came from outside must be sanitised by now. */
export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

/** One JSON value, indented for people to read and for jq alike. */
export function printJson(value: unknown): void {
  process.stdout.write(`${safeJson(value, 2)}\n`)
}

/** What a list shows of an item: cells for eyes, cells for programs. */
export interface Listing<Item> {
  columns: readonly Column[]
  forTerminal(item: Item): readonly string[]
  forPipe(item: Item): readonly (string | number | null)[]
  /** What short cells mean, under the table. */
  legend?: string
}

/** A table on a terminal, tab-separated lines without titles in a pipe. */
export function printList<Item>(
  items: readonly Item[],
  listing: Listing<Item>,
  env: Environment,
): void {
  const { stdout } = process
  if (!stdout.isTTY) {
    printLines(items.map((item) => pipeLine(listing.forPipe(item))))
    return
  }
  if (items.length === 0) return
  const theme = themeOf(stdout, env)
  const head = (line: string): string => paintToken(theme, 'tableHead', line)
  const rows = items.map((item) => listing.forTerminal(item))
  const legend = listing.legend === undefined ? [] : [paintToken(theme, 'dim', listing.legend)]
  const width = stdout.columns || 80
  printLines([...terminalTable(listing.columns, rows, { width, head }), ...legend])
}

/** `name   value` lines, the names in one column. */
export function fieldLines(fields: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(0, ...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}
