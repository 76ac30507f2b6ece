import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnsi, spansToAnsi } from './sgr.js'
import { stripSgr, textWidth } from './width.js'
import { wrapAnsi } from './wrap.js'

const PARTS = [
  'word',
  'a',
  ' ',
  '  ',
  '\n',
  '\t',
  '中文',
  '，',
  '😀',
  '👩‍👩‍👧',
  'é',
  'ｶﾞ',
  'क्षि',
  '-',
  'longerthanthewidth',
]
const styledText = fc
  .array(
    fc.constantFrom(
      ...PARTS,
      '\x1b[1m',
      '\x1b[31m',
      '\x1b[38;5;12m',
      '\x1b[22m',
      '\x1b[39m',
      '\x1b[0m',
    ),
  )
  .map((parts) => parts.join(''))

describe('textWidth', () => {
  it('counts cells', () => {
    expect(textWidth('abc')).toBe(3)
    expect(textWidth('中文')).toBe(4)
    expect(textWidth('e\u0301')).toBe(1)
    expect(textWidth('👩‍👩‍👧')).toBe(2)
    expect(textWidth('\x1b[1;31mab\x1b[0m')).toBe(2)
  })
})

describe('wrapAnsi', () => {
  it('breaks at spaces and drops them there', () => {
    expect(wrapAnsi('one two three', 8)).toEqual(['one two', 'three'])
    expect(wrapAnsi('  indented text', 10)).toEqual(['  indented', 'text'])
    expect(wrapAnsi('', 8)).toEqual([''])
    expect(wrapAnsi('a\n\nb', 8)).toEqual(['a', '', 'b'])
  })

  it('cuts words that are longer than the width', () => {
    expect(wrapAnsi('see abcdefghij', 4)).toEqual(['see', 'abcd', 'efgh', 'ij'])
  })

  it('takes a word of megabytes, and a line of very many spans', () => {
    expect(wrapAnsi('x'.repeat(4_000_000), 80)).toHaveLength(50_000)
    expect(wrapAnsi('\x1b[1mab\x1b[0m c '.repeat(50_000), 80)).toHaveLength(3_125)
  })

  it('breaks between wide characters, but not before closing punctuation', () => {
    expect(wrapAnsi('中文字符', 5)).toEqual(['中文', '字符'])
    expect(wrapAnsi('你好吗。', 6)).toEqual(['你好', '吗。'])
  })

  it('carries styles over the break and closes every line', () => {
    expect(wrapAnsi('\x1b[1mone two\x1b[22m x', 4)).toEqual([
      '\x1b[1mone\x1b[0m',
      '\x1b[1mtwo\x1b[0m',
      'x',
    ])
  })

  it('keeps every space of code', () => {
    expect(wrapAnsi('a  b\tc', 3, { hard: true })).toEqual(['a  ', 'b  ', '  c'])
  })

  it('makes other sequences visible', () => {
    expect(wrapAnsi('\x1b[2J\x1b[1mx', 20)).toEqual(['␛[2J\x1b[1mx\x1b[0m'])
  })

  it('never makes a line too wide and loses nothing but spaces', () => {
    fc.assert(
      fc.property(
        styledText,
        fc.integer({ min: 2, max: 30 }),
        fc.boolean(),
        (text, width, hard) => {
          const lines = wrapAnsi(text, width, { hard })
          for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width)
          const bare = (shown: string) => stripSgr(shown).replace(/[ \t\n]/g, '')
          expect(bare(lines.join(''))).toBe(bare(text))
          if (hard)
            expect(stripSgr(lines.join(''))).toBe(
              stripSgr(wrapAnsi(text, 9_999, { hard }).join('')),
            )
        },
      ),
    )
  })

  it('breaks text of single units where it breaks graphemes of several', () => {
    const parts = fc.constantFrom(
      '\u00e9',
      '\u00e9\u00e9\u00e9',
      ' ',
      '   ',
      '\t',
      '\x1b[1m',
      '\x1b[0m',
    )
    fc.assert(
      fc.property(fc.array(parts), fc.integer({ min: 2, max: 9 }), (said, width) => {
        const composed = said.join('')
        const apart = wrapAnsi(composed.normalize('NFD'), width)
        expect(wrapAnsi(composed, width)).toEqual(apart.map((line) => line.normalize('NFC')))
      }),
      { numRuns: 1_000 },
    )
  })

  it('gives every character the style it had', () => {
    fc.assert(
      fc.property(styledText, fc.integer({ min: 2, max: 30 }), (text, width) => {
        const cells = (lines: string[]) =>
          lines
            .flatMap(parseAnsi)
            .flatMap((span) => [...span.text].map((sign) => `${sign}/${span.sgr}`))
            .filter((cell) => !cell.startsWith(' '))
        expect(cells(wrapAnsi(text, width))).toEqual(cells(wrapAnsi(text, 9_999)))
        for (const line of wrapAnsi(text, width)) expect(spansToAnsi(parseAnsi(line))).toBe(line)
      }),
    )
  })
})
