import { sanitise } from './sanitise.js'
import { parseAnsi, type Span, spansToAnsi } from './sgr.js'
import { graphemesOf, graphemeWidth, isNarrow, isPlainAscii, textWidth } from './width.js'

/** A width below this cannot hold a wide character. */
const MIN_WIDTH = 2
const TAB = 4
const PIECES = / +|[^ ]+/g
// Chinese and Japanese closing punctuation does not begin a line.
const CLOSING = /^[、。，．：；！？）」』】〕〉》”’…ー々]/u

type Piece = { readonly text: string; readonly sgr: string; readonly width: number }

/**
 * Wraps styled text into lines of at most `width` cells, each with its SGR closed and taken up
 * again on the next one; any other control character comes out as a visible mark. Words move to the next line, longer ones are cut; `hard` cuts everywhere
 * and keeps every space (code). Spaces at a soft break go away. Tabs go to the next multiple of 4.
 */
export function wrapAnsi(text: string, width: number, options: { hard?: boolean } = {}): string[] {
  const spans = parseAnsi(text)
  return wrapSpans(spans, width, options).map(spansToAnsi)
}

/** `wrapAnsi` on spans, giving the spans of each line. */
export function wrapSpans(
  spans: readonly Span[],
  width: number,
  options: { hard?: boolean } = {},
): Span[][] {
  const limit = Math.max(MIN_WIDTH, Math.floor(width))
  return logicalLines(spans).flatMap((line) => {
    if (options.hard) return wrapHard(line, limit)
    return line.every(({ text }) => isNarrow(text))
      ? wrapNarrow(line, limit)
      : wrapWords(line, limit)
  })
}

function logicalLines(spans: readonly Span[]): Span[][] {
  const lines: Span[][] = [[]]
  let column = 0
  for (const { text, sgr } of spans) {
    const parts = sanitise(text).split('\n')
    parts.forEach((part, index) => {
      if (index > 0) {
        lines.push([])
        column = 0
      }
      if (part === '') return
      const expanded = part.includes('\t') ? expandTabs(part, column) : part
      column += textWidth(expanded)
      lines.at(-1)?.push({ text: expanded, sgr })
    })
  }
  return lines
}

function expandTabs(text: string, start: number): string {
  let column = start
  let out = ''
  for (const [index, part] of text.split('\t').entries()) {
    if (index > 0) {
      const fill = TAB - (column % TAB)
      out += ' '.repeat(fill)
      column += fill
    }
    out += part
    column += textWidth(part)
  }
  return out
}

function wrapHard(line: readonly Span[], width: number): Span[][] {
  const lines: Span[][] = [[]]
  let column = 0
  for (const { text, sgr } of line) {
    for (const piece of cut(text, sgr, width, column)) {
      if (column > 0 && column + piece.width > width) {
        lines.push([])
        column = 0
      }
      lines.at(-1)?.push(piece)
      column += piece.width
    }
  }
  return lines
}

/** `wrapWords` where each unit is a cell, so that lines are ranges of the text: most of all text. */
function wrapNarrow(line: readonly Span[], width: number): Span[][] {
  const whole = line.map(({ text }) => text).join('')
  const rangeOf = createRanges(line)
  const lines: Span[][] = []
  for (let from = 0; from < whole.length; ) {
    const to = endOfLine(whole, from, width)
    const word = skipSpaces(whole, from)
    // Spaces before a word that does not fit behind them.
    if (to <= word && word < whole.length) from = word
    else {
      lines.push(rangeOf(from, Math.max(from, lastOfWord(whole, to))))
      from = to < whole.length && whole[to] === ' ' ? skipSpaces(whole, to) : to
    }
  }
  return lines.length === 0 ? [[]] : lines
}

/** Where a line that begins at `from` ends: before a space, or where a word is cut. */
function endOfLine(text: string, from: number, width: number): number {
  const most = from + width
  if (most >= text.length) return text.length
  // Only in the line itself: a text of megabytes may have no space at all.
  const space = text.slice(from, most + 1).lastIndexOf(' ')
  return space === -1 ? most : from + space
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text[at] === ' ') at += 1
  return at
}

/** The end without the spaces before it. */
function lastOfWord(text: string, end: number): number {
  let at = end
  while (text[at - 1] === ' ') at -= 1
  return at
}

/** Cuts ranges out of a line, each behind the one before it. */
function createRanges(line: readonly Span[]): (from: number, to: number) => Span[] {
  let first = 0
  let firstStart = 0
  return (from, to) => {
    for (let length = 0; ; first += 1, firstStart += length) {
      length = line[first]?.text.length ?? 0
      if (firstStart + length > from || first >= line.length) break
    }
    const found: Span[] = []
    let start = firstStart
    for (let index = first; start < to; index += 1) {
      const { text, sgr } = line[index] ?? { text: '', sgr: '' }
      if (text === '') break
      found.push({ text: text.slice(Math.max(0, from - start), to - start), sgr })
      start += text.length
    }
    return found
  }
}

function wrapWords(line: readonly Span[], width: number): Span[][] {
  const lines: Span[][] = [[]]
  let column = 0
  let spaces: Piece[] = []
  let word: Piece[] = []

  const put = (piece: Piece) => {
    lines.at(-1)?.push(piece)
    column += piece.width
  }
  const breakLine = () => {
    lines.push([])
    column = 0
  }
  const place = () => {
    if (word.length === 0) return
    const needed = widthOf(word)
    const gap = widthOf(spaces)
    if (column + gap + needed <= width) for (const piece of spaces) put(piece)
    else if (column > 0) breakLine()
    for (const piece of word) {
      const parts = needed > width ? cut(piece.text, piece.sgr, width, column) : [piece]
      for (const part of parts) {
        if (column > 0 && column + part.width > width) breakLine()
        put(part)
      }
    }
    spaces = []
    word = []
  }

  for (const { text, sgr } of line) {
    for (const [found] of text.matchAll(PIECES)) {
      if (found.startsWith(' ')) {
        place()
        spaces.push({ text: found, sgr, width: found.length })
      } else if (isPlainAscii(found)) {
        if (isWide(word.at(-1))) place()
        word.push({ text: found, sgr, width: found.length })
      } else {
        for (const grapheme of graphemesOf(found)) {
          const piece = { text: grapheme, sgr, width: graphemeWidth(grapheme) }
          if ((isWide(piece) || isWide(word.at(-1))) && !CLOSING.test(grapheme)) place()
          word.push(piece)
        }
      }
    }
  }
  place()
  return lines
}

function isWide(piece: Piece | undefined): boolean {
  return piece !== undefined && piece.width === 2 && !isPlainAscii(piece.text)
}

function widthOf(pieces: readonly Piece[]): number {
  let width = 0
  for (const piece of pieces) width += piece.width
  return width
}

// Pieces that fit a line of `width`, the first one what is left of it after `column`.
function cut(text: string, sgr: string, width: number, column: number): Piece[] {
  if (!isPlainAscii(text)) {
    return graphemesOf(text).map((part) => ({ text: part, sgr, width: graphemeWidth(part) }))
  }
  const pieces: Piece[] = []
  for (let from = 0; from < text.length; ) {
    const room = from === 0 && column < width ? width - column : width
    const part = text.slice(from, from + room)
    pieces.push({ text: part, sgr, width: part.length })
    from += part.length
  }
  return pieces
}
