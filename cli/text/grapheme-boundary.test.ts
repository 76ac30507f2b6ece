import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boundaryAtOrAfter,
  boundaryAtOrBefore,
  nextBoundary,
  previousBoundary,
} from './grapheme-boundary.js'

const PARTS = [
  ...[
    'a',
    'é',
    'e\u0301',
    '\u0301',
    ' ',
    '\n',
    '\t',
    '中',
    'か',
    'か\u3099',
    '한',
    '\u1100',
    '\u1161',
  ],
  ...[
    '😀',
    '👩‍👩‍👧',
    '👍🏽',
    '\u{1f3fd}',
    '\u200d',
    '🇩🇪',
    '🇩',
    '❤️',
    '1️⃣',
    'क्षि',
    'ก็',
    'กำ',
    '\u0e33',
    'بّ',
    '\u0600',
    '\u{110bd}',
  ],
]
const text = fc.array(fc.constantFrom(...PARTS), { maxLength: 40 }).map((parts) => parts.join(''))

const segmenter = new Intl.Segmenter()

function boundariesOf(value: string): number[] {
  return [...[...segmenter.segment(value)].map(({ index }) => index), value.length]
}

describe('grapheme boundaries', () => {
  it('are those of the segmenter, wherever one asks', () => {
    fc.assert(
      fc.property(text, (value) => {
        const boundaries = boundariesOf(value)
        for (let at = 0; at <= value.length; at += 1) {
          const before = boundaries.findLast((boundary) => boundary <= at)
          expect(boundaryAtOrBefore(value, at)).toBe(before)
          expect(boundaryAtOrAfter(value, at)).toBe(boundaries.find((boundary) => boundary >= at))
          expect(previousBoundary(value, at)).toBe(
            boundaries.findLast((boundary) => boundary < at) ?? 0,
          )
        }
        for (const [index, boundary] of boundaries.entries()) {
          expect(nextBoundary(value, boundary)).toBe(boundaries[index + 1] ?? value.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('are the same for every character that needs no segmenter, whatever stands before it', () => {
    const wrong: string[] = []
    const check = (before: string, after: string) => {
      const [value, at] = [before + after, before.length]
      const real = segmenter.segment(value).containing(at)?.index === at
      if ((boundaryAtOrBefore(value, at) === at) !== real) wrong.push(value)
    }
    // Ideographs are many and all alike.
    const points = Array.from({ length: 0x20000 }, (_, point) => String.fromCodePoint(point))
    const unlike = points.filter((char) => !/[\p{Script=Han}\p{Cs}\p{Cc}]|[가-힣]/u.test(char))
    for (const char of [...unlike, '一', '鿿', '가', '각', '힣']) {
      if (/[\p{Cf}\p{Lo}]/u.test(char)) check(char, 'x')
      if (char.length === 1) for (const before of ['❤\u200d', 'क्', '🇩']) check(before, char)
    }
    // Starters take the marks that need no segmenter.
    for (const char of unlike.slice(0, 0x2000)) {
      const value = `a${char}b`
      if (nextBoundary(value, 0) !== segmenter.segment(value).containing(0)?.segment.length) {
        wrong.push(value)
      }
    }
    expect(wrong).toEqual([])
  })

  it('cut a cluster without end into pieces', () => {
    const zalgo = `a${'\u0301'.repeat(10_000)}`
    expect(nextBoundary(zalgo, 0)).toBe(256)
    expect(nextBoundary('😀'.repeat(500), 0)).toBe(2)
  })
})
