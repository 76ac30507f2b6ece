import { describe, expect, test } from 'vitest'
import { hostileText, randomOf } from '../../test/support/hostile.js'
import { fitRow } from '../tui/terminal/row.js'
import { sanitiseLine } from './sanitise.js'
import { graphemesOf, textWidth } from './width.js'

describe('textWidth', () => {
  const texts = [
    ...['\u0600', 'a\u0600b', '\u06dd', 'x\u070f>', '\u{110bd}a', '\u08e2\u4e2d', '\u0600\u0301'],
    ...['\u{110bd}\u0e33', '\u06dd1\u20e3', '1\u20e3\u093f\u093f', '\u2764\ufe0f\u093f\u{1d165}'],
  ]

  test.each(texts)('counts the cells that are drawn: %j', (text) => {
    expect(textWidth(text)).toBe(drawnWidth(text))
  })

  test('counts the cells that are drawn of any text', () => {
    const random = randomOf(1)
    for (let count = 0; count < 3_000; count++) {
      const text = sanitiseLine(hostileText(random).slice(0, 400).toWellFormed())
      if (textWidth(text) !== drawnWidth(text)) expect.fail(JSON.stringify(text))
    }
  })
})

test('a sign that encloses what follows is a grapheme of its own, with its marks', () => {
  expect(graphemesOf('a\u0600b\u0600\u0301\u4e2d')).toEqual([
    'a',
    '\u0600',
    'b',
    '\u0600\u0301',
    '\u4e2d',
  ])
})

test('what joins the character before it does not where another style begins', () => {
  for (const text of [
    '\x1b[1m \x1b[0m\u093fx',
    'e\x1b[1m\u0301\x1b[0mx',
    '\x1b[1m1\x1b[0m\u20e3',
  ]) {
    expect(textWidth(text)).toBe(drawnWidth(text))
  }
})

// Blanks at the end are not drawn.
function drawnWidth(text: string): number {
  return fitRow(`${text}#`, 10_000).width - 1
}
