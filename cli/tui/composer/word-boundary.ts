import { boundaryAtOrAfter, boundaryAtOrBefore, pairFloor } from '../../text/grapheme-boundary.js'

/** Longer words, and longer stretches without one, are taken in pieces. UTF-16 units. */
const REACH = 1_024

let segmenter: Intl.Segmenter | undefined

/** The start of the word that `at` is in or behind; Chinese, Japanese and Thai have words, too. */
export function wordStartBefore(text: string, at: number): number {
  const from = pairFloor(text, Math.max(0, at - REACH))
  const words = wordsOf(text.slice(from, at))
  for (let end = at - from; end > 0; ) {
    const found = words.containing(end - 1)
    if (found === undefined) break
    if (found.isWordLike) return boundaryAtOrBefore(text, from + found.index)
    end = found.index
  }
  return boundaryAtOrBefore(text, from)
}

/** The end of the word that `at` is in or before. */
export function wordEndAfter(text: string, at: number): number {
  const to = pairFloor(text, at + REACH)
  const words = wordsOf(text.slice(at, to))
  for (let start = 0; start < to - at; ) {
    const found = words.containing(start)
    if (found === undefined) break
    start = found.index + found.segment.length
    if (found.isWordLike) return boundaryAtOrAfter(text, at + start)
  }
  return boundaryAtOrAfter(text, to)
}

function wordsOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' })
  return segmenter.segment(text)
}
