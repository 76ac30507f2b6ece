// Segmenting a long text costs time quadratic in its length, so only the neighbourhood of one place
// is ever segmented, and most places need no segmenter at all.

/** A cluster longer than this many UTF-16 units is taken in pieces. */
const MAX_CLUSTER = 256
const USUAL_CLUSTER = 32
const LOOK_BEHIND = 4_096

const TAB = 0x09
const NEWLINE = 0x0a

// Characters that join nothing before them (except after what `joinsNext` names) in any text.
const STARTERS: readonly (readonly [from: number, to: number])[] = [
  [0x20, 0x7e],
  [0xc0, 0x24f],
  [0x391, 0x3a1],
  [0x3a3, 0x3ce],
  [0x400, 0x481],
  [0x48a, 0x52f],
  [0x5d0, 0x5ea],
  [0x620, 0x64a],
  [0xe01, 0xe30],
  [0xe32, 0xe32],
  [0xe40, 0xe46],
  [0x3001, 0x3002],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xff5e],
]

// Common marks that join what is before them in any text.
const MARKS: readonly (readonly [from: number, to: number])[] = [
  [0x300, 0x36f],
  [0x5b0, 0x5bd],
  [0x64b, 0x65f],
  [0xe31, 0xe31],
  [0xe33, 0xe3a],
  [0xe47, 0xe4e],
]

// Hangul lead consonants and the prepended marks of the basic plane.
const JOIN_NEXT: readonly (readonly [from: number, to: number])[] = [
  [0x600, 0x605],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x890, 0x891],
  [0x8e2, 0x8e2],
  [0xd4e, 0xd4e],
  [0x1100, 0x115f],
  [0xa960, 0xa97c],
]

// Made when first needed: it takes ten milliseconds.
let segmenter: Intl.Segmenter | undefined

/** The end of the grapheme that begins at `at`, which is a boundary. Offsets are UTF-16 units. */
export function nextBoundary(text: string, at: number): number {
  if (at >= text.length) return text.length
  const unit = text.charCodeAt(at)
  if (isControl(unit)) return at + 1
  if (isStarter(unit)) {
    let end = at + 1
    while (end - at < MAX_CLUSTER && isWithin(MARKS, text.charCodeAt(end))) end += 1
    if (isCertain(text, end)) return end
  }
  for (const size of [USUAL_CLUSTER, MAX_CLUSTER]) {
    const end = pairFloor(text, at + size)
    const length = graphemeIn(text, at, end, at).length
    if (at + length < end || end === text.length) return at + length
  }
  return pairFloor(text, at + MAX_CLUSTER)
}

/** The last boundary before `at`, or 0. */
export function previousBoundary(text: string, at: number): number {
  return at <= 0 ? 0 : boundaryAtOrBefore(text, at - 1)
}

export function boundaryAtOrBefore(text: string, at: number): number {
  if (isCertain(text, at)) return clamp(text, at)
  return around(text, at).start
}

export function boundaryAtOrAfter(text: string, at: number): number {
  if (isCertain(text, at)) return clamp(text, at)
  const { start, end } = around(text, at)
  return start === at ? at : end
}

/** `at`, or one less where it would part a surrogate pair; never beyond the end. */
export function pairFloor(text: string, at: number): number {
  if (at >= text.length) return text.length
  return isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1)) ? at - 1 : at
}

function around(text: string, at: number): { start: number; end: number } {
  const oldest = Math.max(0, at - LOOK_BEHIND)
  let from = at - 1
  while (from > oldest && !isCertain(text, from)) from -= 1
  from = pairFloor(text, from)
  const { index, length } = graphemeIn(text, from, pairFloor(text, at + MAX_CLUSTER), at)
  return { start: from + index, end: from + index + length }
}

/** The grapheme of text[from, to) that holds the unit at `at`; its index counts from `from`. */
function graphemeIn(text: string, from: number, to: number, at: number) {
  segmenter ??= new Intl.Segmenter()
  const found = segmenter.segment(text.slice(from, to)).containing(at - from)
  return { index: found?.index ?? 0, length: found?.segment.length ?? to - from }
}

/** True where a boundary is certain without a look at the rest of the text. */
function isCertain(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true
  const unit = text.charCodeAt(at)
  if (isControl(unit) || isControl(text.charCodeAt(at - 1))) return true
  return isStarter(unit) && !joinsNext(text, at - 1)
}

function joinsNext(text: string, at: number): boolean {
  const unit = text.charCodeAt(at)
  if (unit < 0x600) return false
  if (isLow(unit)) {
    // Prepended marks of Brahmic scripts, U+11000 to U+11FFF.
    const high = text.charCodeAt(at - 1)
    return high >= 0xd804 && high <= 0xd807
  }
  return isWithin(JOIN_NEXT, unit)
}

function isStarter(unit: number): boolean {
  return (unit >= 0x20 && unit <= 0x7e) || isWithin(STARTERS, unit)
}

function isWithin(ranges: readonly (readonly [number, number])[], unit: number): boolean {
  for (const [from, to] of ranges) {
    if (unit < from) return false
    if (unit <= to) return true
  }
  return false
}

function isControl(unit: number): boolean {
  return unit === NEWLINE || unit === TAB
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

function clamp(text: string, at: number): number {
  return Math.min(Math.max(at, 0), text.length)
}
