import type { Lines } from './block.js'

/** Blocks under each other with an empty line between two; what is not asked for is not drawn. */
export interface Column {
  /** How many blocks. */
  readonly count: number
  lines(block: number): Lines
}

/** A line: of a block, counted from 0; `lines.length` is the empty line under it. */
export interface Position {
  readonly block: number
  readonly line: number
}

export const TOP: Position = { block: 0, line: 0 }

/** Behind the last line. */
export function endOf(column: Column): Position {
  return { block: column.count, line: 0 }
}

/** So many lines further down, at most the end. */
export function down(column: Column, from: Position, lines: number): Position {
  let { block } = from
  let line = from.line + lines
  for (; block < column.count; block++) {
    const height = heightOf(column, block)
    if (line < height) return { block, line }
    line -= height
  }
  return endOf(column)
}

/** So many lines further up, at most the top. */
export function up(column: Column, from: Position, lines: number): Position {
  let { block } = from
  let line = from.line - lines
  while (line < 0) {
    if (block === 0) return TOP
    block--
    line += heightOf(column, block)
  }
  return { block, line }
}

/** Lines from one position to a later one; no more than about `most` are counted. */
export function distance(
  column: Column,
  from: Position,
  to: Position,
  most = Number.POSITIVE_INFINITY,
): number {
  let lines = to.line - from.line
  for (let block = from.block; block < to.block && lines < most; block++) {
    lines += heightOf(column, block)
  }
  return lines
}

/** At most `count` lines from a position on. */
export function linesFrom(column: Column, from: Position, count: number): string[] {
  const found: string[] = []
  let { line } = from
  for (let { block } = from; block < column.count && found.length < count; block++) {
    const lines = column.lines(block)
    for (; line < lines.length && found.length < count; line++) found.push(lines.at(line) ?? '')
    if (found.length < count && block < column.count - 1) found.push('')
    line = 0
  }
  return found
}

/** True when `one` comes before `other`. */
export function isBefore(one: Position, other: Position): boolean {
  return one.block < other.block || (one.block === other.block && one.line < other.line)
}

function heightOf(column: Column, block: number): number {
  const { length } = column.lines(block)
  return block < column.count - 1 ? length + 1 : length
}
