import xterm from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textWidth } from '../../text/width.js'
import { fitRow } from './row.js'
import { isPlain, plainWidth } from './row-characters.js'

const FAMILY = '👨‍👩‍👧'

describe('fitRow', () => {
  it('keeps what fits and cuts the rest', () => {
    expect(textOf('hello', 10)).toBe('hello')
    expect(textOf('hello', 3)).toBe('hel')
    expect(textOf('hello', 3, 1)).toBe('ell')
    expect(textOf('中文字', 4)).toBe('中文')
    expect(textOf('', 4)).toBe('')
  })

  it('shows half a wide character as a space, at both ends', () => {
    expect(textOf('a中b', 2)).toBe('a')
    expect(textOf('\x1b[7ma中b', 2)).toBe('a ')
    expect(textOf('a中b', 3, 2)).toBe(' b')
    expect(textOf('中', 1, 1)).toBe('')
  })

  it('keeps the style that began before what is seen', () => {
    expect(fitRow('\x1b[1mabc\x1b[31mdef', 3, 4).runs).toMatchObject([{ text: 'ef', sgr: '1;31' }])
  })

  it('forgets blanks at the end unless they have a style', () => {
    expect(fitRow('ab   ', 5).width).toBe(2)
    expect(fitRow('ab\x1b[1m\x1b[0m   ', 5).width).toBe(2)
    expect(fitRow('ab\x1b[44m   ', 5).width).toBe(5)
    expect(fitRow('ab\u3000', 5).width).toBe(4)
  })

  it('reduces what some terminal may draw beyond the last cell', () => {
    expect(textOf(`a${FAMILY}`, 20)).toBe(`a${FAMILY}`)
    expect(textOf(`a${FAMILY}`, 4)).toBe('a👨')
    expect(textOf(`a${FAMILY}b`, 4)).toBe('a👨b')
    expect(textOf(`\x1b[7ma${FAMILY}`, 2)).toBe('a ')
    expect(textOf('1️⃣', 2)).toBe('1')
    expect(textOf('e\u0301', 1)).toBe('e\u0301')
  })

  it('makes every control but SGR a visible mark', () => {
    expect(textOf('a\x1b]0;t\x07b', 20)).toBe('a␛]0;t␇b')
    expect(textOf('a\x1b[2Jb\x9b1mc', 20)).toBe('a␛[2Jb\ufffd1mc')
    expect(textOf('a\tb\nc', 20)).toBe('a b c')
    expect(textOf('\u0600', 20)).toBe('\ufffd')
  })

  it('lets nothing begin with what a terminal adds to the cell before', () => {
    expect(textOf('\u0301a', 20)).toBe('a')
    expect(textOf('a\x1b[1m\u0301b', 20)).toBe('ab')
    expect(textOf('\u1161', 20)).toBe('')
  })

  it('cuts a flood of combining characters to what they stand on', () => {
    expect(textOf(`e${'\u0301'.repeat(100)}x`, 20)).toBe('ex')
    expect(textOf(`e${'\u0301'.repeat(10_000)}x`, 20)).toBe('ex')
  })

  it('never takes more cells than there are, and shows columns as they are counted', () => {
    const line = fc
      .array(fc.constantFrom('a', ' ', '中', 'é', '🙂', FAMILY, '\x1b[1m', '\x1b[0m', '❤️', 'क्षि'), {
        maxLength: 30,
      })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(line, fc.nat(20), fc.integer({ min: 1, max: 40 }), (text, skip, width) => {
        const row = fitRow(text, width, skip)
        let column = 0
        for (const run of row.runs) {
          expect(run.text).not.toBe('')
          expect(column + run.reach).toBeLessThanOrEqual(width)
          column += run.width
        }
        expect(column).toBe(row.width)
        expect(row.width).toBeLessThanOrEqual(Math.max(0, textWidth(text) - skip))
      }),
    )
  })
})

describe('plain characters', () => {
  const plain = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
    isPlain,
  )

  it('are as wide as we count them, and as a terminal with the oldest tables does', async () => {
    const terminal = new xterm.Terminal({ cols: 8, rows: 2, allowProposedApi: true })
    const columns: number[] = []
    terminal.onData((reply) => columns.push(Number(/;(\d+)R$/.exec(reply)?.[1]) - 1))
    const bytes = plain.map((character) => `\x1b[H${character}\x1b[6n`).join('')
    await new Promise<void>((resolve) => terminal.write(bytes, resolve))
    const wrong = plain.filter(
      (character, index) =>
        plainWidth(character) !== textWidth(character) || plainWidth(character) !== columns[index],
    )
    expect(plain.length).toBeGreaterThan(40_000)
    expect(wrong).toEqual([])
  })

  it('never join each other', () => {
    const segmenter = new Intl.Segmenter()
    const joined = plain.filter((character, index) => {
      const others = `${character}${plain[(index * 7_919) % plain.length]}${plain[index + 1] ?? ''}`
      return [...segmenter.segment(others)].length !== others.length
    })
    expect(joined).toEqual([])
  })
})

function textOf(line: string, width: number, skip = 0): string {
  return fitRow(line, width, skip)
    .runs.map((run) => run.text)
    .join('')
}
