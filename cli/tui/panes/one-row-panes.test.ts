import { createElement } from 'react'
import { expect, test } from 'vitest'
import { Banner, type BannerProps, bannerRows } from './banner.js'
import { Divider } from './divider.js'
import { drawPlain, drawRows, sized } from './fixtures/draw.js'
import { NewLinesMark, newLinesMarkWidth } from './new-lines-mark.js'
import { TooSmall } from './too-small.js'

const lost: Omit<BannerProps, 'theme' | 'width' | 'height'> = {
  tone: 'error',
  text: 'daemon unreachable (ECONNREFUSED 127.0.0.1:4000)',
  retryIn: 3.2,
  action: '^R now',
}

function banner(width: number, change: Partial<BannerProps> = {}): string[] {
  const props = { ...sized(width, 1), ...lost, ...change }
  return drawPlain(createElement(Banner, { ...props, height: bannerRows(props).length }), width)
}

test('a banner says what is wrong, when it is tried again and what can be done', () => {
  expect(banner(80)).toEqual([
    ' ✗ daemon unreachable (ECONNREFUSED 127.0.0.1:4000) · retrying in 4 s · ^R now',
  ])
})

test('a banner that is too long for a row has two', () => {
  expect(banner(60)).toEqual([
    ' ✗ daemon unreachable (ECONNREFUSED 127.0.0.1:4000)',
    '   retrying in 4 s · ^R now',
  ])
  expect(banner(50)).toEqual([
    ' ✗ daemon unreachable (ECONNREFUSED',
    '   127.0.0.1:4000) · retrying in 4 s · ^R now',
  ])
})

test('in two rows the text is cut, and not what can be done', () => {
  expect(banner(50, { text: 'word '.repeat(30) })).toEqual([
    ' ✗ word word word word word word word word word',
    '   word word word word… · retrying in 4 s · ^R now',
  ])
  expect(banner(30)).toEqual([' ✗ daemon unreachable (ECONNR…', '   retrying in 4 s · ^R now'])
})

test('the tone is a sign, too', () => {
  const signs = (['info', 'warn', 'error'] as const).map((tone) =>
    banner(20, { tone })[0]?.slice(0, 3),
  )
  expect(signs).toEqual([' · ', ' ! ', ' ✗ '])
})

test.each([40, 25])('the mark of new lines stands in the middle of %i cells', (width) => {
  const mark = createElement(NewLinesMark, { ...sized(width, 1), count: 12 })
  const [row] = drawPlain(mark, width)
  expect(row).toBe(`${' '.repeat(Math.floor((width - 22) / 2))} ↓ 12 new lines · End `)
})

test('the mark of new lines knows its width', () => {
  const { theme } = sized(80, 1)
  const width = newLinesMarkWidth(theme, 1)
  const mark = createElement(NewLinesMark, { ...sized(width, 1), count: 1 })
  expect(drawPlain(mark, width)).toEqual([' ↓ 1 new line · End '])
  expect(width).toBe(20)
})

test.each([
  [40, ['terminal too small (need 40x10)', '']],
  [20, ['terminal too small', '(need 40x10)']],
])('a terminal of %i columns in which nothing fits is told so', (width, rows) => {
  const element = createElement(TooSmall, { ...sized(width, 2), need: { width: 40, height: 10 } })
  expect(drawPlain(element, width)).toEqual(rows)
})

test('a divider is upright, in the colour of borders, and blank behind its line', () => {
  expect(drawPlain(createElement(Divider, sized(1, 2)), 1)).toEqual(['│', '│'])
  expect(drawRows(createElement(Divider, sized(2, 1)), 2)).toEqual(['\x1b[38;5;240m│\x1b[39m'])
})
