// Far beyond what anybody writes. marked recurses once a level, and goes through the text of a
// block again on each; hostile text could exhaust the stack or cost minutes.
export const DEEPEST = 60

const LINES = /[^\n]+/g
const MARKER = /(?:>|[-*+](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))/y
const FENCE = /(?:(`{3,})[^`]*|(~{3,}).*)$/y
const TAB = 4

type OpenFence = { marker: string; quotes: number; column: number }
type Margin = { quotes: number; column: number; rest: number }

/**
 * True when quotes and lists are nested too deep, on one line or by indentation. It goes through the
 * text once, and leaves out code in fences. Where it is not sure, a fence has ended.
 */
export function isTooDeep(source: string): boolean {
  // The columns of the list markers that a line is nested in.
  const columns: number[] = []
  let fence: OpenFence | undefined
  for (const [line] of source.matchAll(LINES)) {
    if (fence && isInside(line, fence)) {
      if (closes(line, fence)) fence = undefined
      continue
    }
    const margin = nest(line, columns)
    if (columns.length + margin.quotes > DEEPEST) return true
    fence = openedBy(line, margin)
  }
  return false
}

// Puts the list markers a line begins with on the stack.
function nest(line: string, columns: number[]): Margin {
  let quotes = 0
  let { column, rest } = skipSpace(line, 0, 0)
  for (;;) {
    MARKER.lastIndex = rest
    const [marker] = MARKER.exec(line) ?? []
    if (marker === undefined) return { quotes, column, rest }
    if (marker === '>') quotes++
    else {
      while ((columns.at(-1) ?? -1) >= column) columns.pop()
      columns.push(column)
    }
    if (columns.length + quotes > DEEPEST) return { quotes, column, rest }
    ;({ column, rest } = skipSpace(line, column + marker.length, rest + marker.length))
  }
}

function openedBy(line: string, { quotes, column, rest }: Margin): OpenFence | undefined {
  FENCE.lastIndex = rest
  const [, ticks, tildes] = FENCE.exec(line) ?? []
  const marker = ticks ?? tildes
  return marker === undefined ? undefined : { marker, quotes, column }
}

// A fence ends with the quote or the list item that it is in.
function isInside(line: string, fence: OpenFence): boolean {
  let quotes = 0
  let { column, rest } = skipSpace(line, 0, 0)
  while (quotes < fence.quotes && line[rest] === '>') {
    quotes++
    ;({ column, rest } = skipSpace(line, column + 1, rest + 1))
  }
  return quotes === fence.quotes && (column >= fence.column || rest === line.length)
}

function closes(line: string, { marker }: OpenFence): boolean {
  const end = line.replace(/^[ \t>]+/, '').trimEnd()
  return end.startsWith(marker) && end === marker.charAt(0).repeat(end.length)
}

function skipSpace(line: string, from: number, at: number): { column: number; rest: number } {
  let column = from
  let rest = at
  for (; line[rest] === ' ' || line[rest] === '\t'; rest++) {
    column += line[rest] === '\t' ? TAB - (column % TAB) : 1
  }
  return { column, rest }
}
