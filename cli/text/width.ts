import stringWidth from 'string-width'
import { nextBoundary } from './grapheme-boundary.js'

const ASCII = /^[\x20-\x7e]*$/
// Of these, too, each UTF-16 unit is one cell and joins nothing: Latin letters, dashes, quotes,
// arrows, lines and boxes, the dots of a spinner.
const NARROW =
  /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2015\u2018-\u2022\u2026\u2190-\u2193\u21bb\u2500-\u25a9\u25ac-\u25b5\u25b7-\u25bf\u25c1-\u25fa\u2800-\u28ff]*$/
const SGR = /\x1b\[[\d;:]*m/g
// Signs that stand before a number or a word and enclose it. Terminals do not agree about them, so
// the compositor draws a mark instead, which encloses nothing.
const PREPENDED = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u
const PREPENDED_ALL = new RegExp(PREPENDED, 'gu')
const MARK = '\ufffd'
const FIRST_PREPENDED = 0x600
const CACHE_LIMIT = 4_096

const cache = new Map<string, number>()

/** True for text in which every UTF-16 unit is one cell. */
export function isPlainAscii(text: string): boolean {
  return ASCII.test(text)
}

/** True for text in which every UTF-16 unit is one cell and joins nothing; not for all such text. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text)
}

/** Cells of one grapheme, as modern terminals draw it: 0, 1, 2, or more for odd clusters. */
export function graphemeWidth(grapheme: string): number {
  const known = cache.get(grapheme)
  if (known !== undefined) return known
  const width = PREPENDED.test(grapheme)
    ? textWidth(grapheme.replace(PREPENDED_ALL, MARK))
    : stringWidth(grapheme)
  if (cache.size >= CACHE_LIMIT) cache.clear()
  cache.set(grapheme, width)
  return width
}

/**
 * The graphemes of a text; a cluster wider than two cells is taken apart, so that it can wrap, and
 * so is one that begins with a sign which would enclose the rest.
 */
export function graphemesOf(text: string): string[] {
  if (NARROW.test(text)) return text.split('')
  const found: string[] = []
  for (let at = 0; at < text.length; ) {
    const end = clusterEnd(text, at)
    const segment = text.slice(at, end)
    at = end
    if (graphemeWidth(segment) <= 2) found.push(segment)
    else found.push(...apart(segment))
  }
  return found
}

/** The first graphemes of a text that fit into so many cells. */
export function takeCells(graphemes: readonly string[], cells: number): readonly string[] {
  let used = 0
  const end = graphemes.findIndex((grapheme) => {
    used += graphemeWidth(grapheme)
    return used > cells
  })
  return end < 0 ? graphemes : graphemes.slice(0, end)
}

function clusterEnd(text: string, at: number): number {
  const end = nextBoundary(text, at)
  const unit = text.charCodeAt(at)
  if (unit < FIRST_PREPENDED || end === at + 1) return end
  const sign = String.fromCodePoint(text.codePointAt(at) ?? 0)
  if (!PREPENDED.test(sign)) return end
  const from = at + sign.length
  return from + nextBoundary(MARK + text.slice(from, end), 0) - MARK.length
}

// What takes no cell stays with what is before it: it may make that wider.
function apart(cluster: string): string[] {
  const found: string[] = []
  for (const character of cluster) {
    const before = found.at(-1)
    if (before === undefined || graphemeWidth(character) > 0) found.push(character)
    else found[found.length - 1] = before + character
  }
  return found
}

/**
 * Cells of a line of text; its SGR sequences count nothing, but nothing joins across them. Tabs and
 * line breaks count nothing, too.
 */
export function textWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  if (!text.includes('\x1b')) return bareWidth(text)
  let width = 0
  for (const bare of text.split(SGR)) width += NARROW.test(bare) ? bare.length : bareWidth(bare)
  return width
}

function bareWidth(text: string): number {
  let width = 0
  for (const grapheme of graphemesOf(text)) width += graphemeWidth(grapheme)
  return width
}

/** A line without its SGR sequences. */
export function stripSgr(line: string): string {
  return line.includes('\x1b') ? line.replace(SGR, '') : line
}
