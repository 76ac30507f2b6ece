import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stripSgr, textWidth } from '../../text/width.js'
import { wrapAnsi } from '../../text/wrap.js'
import { createPlainStream, plainLines } from './plain-stream.js'

const PIECES = [
  'word ',
  'and',
  '  ',
  '\n',
  '\n\n',
  '\t',
  'a-very-long-one-without-an-end',
  '中文。字',
]
const text = fc.array(fc.constantFrom(...PIECES, 'é', '\u001b[31m', '👩‍👩‍👧', '"'), {
  maxLength: 40,
})

describe('createPlainStream', () => {
  it('gives the lines of the whole text, however it is cut', () => {
    fc.assert(
      fc.property(
        text,
        fc.constantFrom(10, 23),
        fc.integer({ min: 1, max: 9 }),
        (parts, width, size) => {
          const whole = parts.join('')
          const stream = createPlainStream(width)
          const lines: string[] = []
          for (let at = 0; at < whole.length; at += size) {
            lines.push(...stream.push(whole.slice(at, at + size)))
          }
          lines.push(...stream.end())
          expect(lines).toEqual(plainLines(whole, width))
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('shows with its tail what it would show at the end', () => {
    const stream = createPlainStream(12)
    const kept = stream.push('some words that\n\nare wrapped her')
    expect([...kept, ...stream.tail()]).toEqual(['some words', 'that', '', 'are wrapped', 'her'])
    expect(stream.push('e')).toEqual([])
    expect(stream.tail()).toEqual(['here'])
  })

  it('gives the rows of an endless line out once', () => {
    const stream = createPlainStream(20)
    let rows = 0
    for (let i = 0; i < 500; i++) rows += stream.push('some words ').length
    expect(rows).toBeGreaterThan(300)
    expect(stream.tail()).toHaveLength(1)
  })

  it('styles each line and leaves controls visible', () => {
    const lines = plainLines('one two \u001b[2J three', 8, '2')
    expect(lines.every((line) => line.startsWith('\u001b[2m') && line.endsWith('\u001b[0m'))).toBe(
      true,
    )
    expect(lines.map(stripSgr).join(' ')).toBe('one two ␛[2J three')
  })

  it('keeps what stands behind tabs in columns', () => {
    expect(plainLines('a\tb\nabc\td', 20)).toEqual(['a   b', 'abc d'])
  })

  it('takes a line of very many tabs in its stride', () => {
    expect(plainLines(`${'a\t'.repeat(100_000)}b`, 20)).toHaveLength(20_001)
  })

  it('wraps prose as every other text is wrapped', () => {
    const prose =
      'Some prose, of which a part is `code`,\nand a second line that is longer than the first.'
    expect(plainLines(prose, 30)).toEqual(wrapAnsi(prose, 30))
  })
})
