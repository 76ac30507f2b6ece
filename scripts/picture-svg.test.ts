import xterm from '@xterm/headless'
import { expect, test } from 'vitest'
import { cssColour, looks } from './picture-colours.js'
import { readGrid } from './picture-grid.js'
import { drawSvg } from './picture-svg.js'

const look = looks.dark

/** The picture of what a program wrote on a terminal of 10x2, without the window around it. */
async function pictureOf(written: string, isCursorShown = false): Promise<string[]> {
  const screen = new xterm.Terminal({ cols: 10, rows: 2, allowProposedApi: true })
  await new Promise<void>((resolve) => screen.write(written, resolve))
  const lines = drawSvg(readGrid(screen, isCursorShown), look, 'a label').split('\n')
  screen.dispose()
  const start = lines.findIndex((line) => line.startsWith('<g '))
  return lines.slice(start + 1, lines.indexOf('</g>')).filter((line) => line !== '')
}

const text = (column: number, width: number, fill: string, inside: string, more = '') => {
  const px = (cells: number): number => Math.round(cells * 843) / 100
  const at = `x="${px(column)}" y="14" textLength="${px(width)}"`
  return `<text ${at} lengthAdjust="spacingAndGlyphs" fill="${fill}"${more}>${inside}</text>`
}

test('each word stands in its columns', async () => {
  expect(await pictureOf('a  bc')).toEqual([text(0, 1, look.ink, 'a'), text(3, 2, look.ink, 'bc')])
})

test('markup in a text is only text', async () => {
  expect(await pictureOf('<a&"b">')).toEqual([text(0, 7, look.ink, '&lt;a&amp;&quot;b&quot;&gt;')])
})

test('a wide character takes two columns and what follows stands behind it', async () => {
  expect(await pictureOf('京a')).toEqual([text(0, 2, look.ink, '京'), text(2, 1, look.ink, 'a')])
})

test('a character that fonts may lack does not press its neighbours', async () => {
  const alone = [text(0, 1, look.ink, 'a'), text(1, 1, look.ink, '⚑'), text(2, 1, look.ink, 'b')]
  expect(await pictureOf('a⚑b')).toEqual(alone)
})

test('styles and colours of all three kinds are drawn', async () => {
  const [table, real, own] = await pictureOf(
    '\x1b[1;38;5;75ma\x1b[0m\x1b[3;38;2;1;2;255mb\x1b[0m\x1b[2;4;31mc',
  )
  expect(table).toBe(text(0, 1, '#5fafff', 'a', ' class="b"'))
  expect(real).toBe(text(1, 1, '#0102ff', 'b', ' class="i"'))
  expect(own).toBe(text(2, 1, look.ansi[1] ?? '', 'c', ' class="d u"'))
})

test('an underline goes on below blanks', async () => {
  expect(await pictureOf('\x1b[4ma b')).toEqual([text(0, 3, look.ink, 'a b', ' class="u"')])
  expect(await pictureOf('\x1b[4m京')).toEqual([text(0, 2, look.ink, '京', ' class="u"')])
})

test('inverse text is drawn in the colour of the background on the colour of the text', async () => {
  expect(await pictureOf('a\x1b[7mbc')).toEqual([
    `<rect x="8.43" y="0" width="16.86" height="19" fill="${look.ink}"/>`,
    text(0, 1, look.ink, 'a'),
    text(1, 2, look.ground, 'bc'),
  ])
})

test('the cursor is a block, and absent while it is hidden', async () => {
  const [block] = await pictureOf('ab\r', true)
  expect(block).toBe(`<rect x="0" y="0" width="8.43" height="19" fill="${look.ink}"/>`)
  expect(await pictureOf('ab\r', false)).toEqual([text(0, 2, look.ink, 'ab')])
})

test('lines reach the edges of their cells, so that they join', async () => {
  expect(await pictureOf('─│\r\n╭┼')).toEqual([
    '<path d="M0 9.5L8.43 9.5M12.65 0L12.65 19' +
      'M4.22 38Q4.22 28.5 8.43 28.5' +
      `M12.65 28.5L12.65 19M12.65 28.5L12.65 38M12.65 28.5L8.43 28.5M12.65 28.5L16.86 28.5" stroke="${look.ink}"/>`,
  ])
})

test('the table of 256 colours is that of terminals', () => {
  const colours = [16, 21, 231, 232, 255].map((index) => cssColour(index, look))
  expect(colours).toEqual(['#000000', '#0000ff', '#ffffff', '#080808', '#eeeeee'])
  expect(() => cssColour(256, look)).toThrow('there is no colour 256')
})
