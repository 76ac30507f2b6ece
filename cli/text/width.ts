import stringWidth from 'string-width'
import { nextBoundary } from './grapheme-boundary.js'

const ASCII = /^[\x20-\x7e]*$/
const SGR = /\x1b\[[\d;:]*m/g
const CACHE_LIMIT = 4_096

const cache = new Map<string, number>()

/** True for text in which every UTF-16 unit is one cell. */
export function isPlainAscii(text: string): boolean {
  return ASCII.test(text)
}

/** Cells of one grapheme, as modern terminals draw it: 0, 1, 2, or more for odd clusters. */
export function graphemeWidth(grapheme: string): number {
  const known = cache.get(grapheme)
  if (known !== undefined) return known
  const width = stringWidth(grapheme)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(grapheme, width)
  return width
}

/** The graphemes of a text; a cluster wider than two cells is taken apart, so that it can wrap. */
export function graphemesOf(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = nextBoundary(text, at)
    const segment = text.slice(at, end)
    at = end
    if (graphemeWidth(segment) <= 2) found.push(segment)
    else found.push(...segment)
  }
  return found
}

/** Cells of a line of text; its SGR sequences count nothing. Tabs and line breaks count nothing, too. */
export function textWidth(text: string): number {
  if (isPlainAscii(text)) return text.length
  const bare = text.includes('\x1b') ? text.replace(SGR, '') : text
  if (isPlainAscii(bare)) return bare.length
  let width = 0
  for (const grapheme of graphemesOf(bare)) width += graphemeWidth(grapheme)
  return width
}

/** A line without its SGR sequences. */
export function stripSgr(line: string): string {
  return line.includes('\x1b') ? line.replace(SGR, '') : line
}
