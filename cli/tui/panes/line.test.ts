import { expect, test } from 'vitest'
import { themeFor } from '../../text/theme.js'
import { stripSgr, textWidth } from '../../text/width.js'
import { cutLine, keepParts, rowOf, rowWithHint, tailOf } from './line.js'

const theme = themeFor('ansi256')
const ascii = themeFor('mono', { ascii: true })

test('a text is cut by cells, and a sign stands where', () => {
  expect(cutLine(theme, '中文润色邮件', 12)).toBe('中文润色邮件')
  expect(cutLine(theme, '中文润色邮件', 8)).toBe('中文润…')
  expect(cutLine(theme, 'family 👨‍👩‍👧 trip', 9)).toBe('family …')
  expect(cutLine(ascii, 'a long text', 6)).toBe('a lon~')
  expect(cutLine(theme, 'text', 0)).toBe('')
})

test('line breaks, tabs and controls of others do not get through', () => {
  expect(cutLine(theme, 'a\nb\tc\x1b[31md', 20)).toBe('a b c␛[31md')
})

test('of what is being typed the end is kept', () => {
  expect(tailOf('a long filter', 6)).toBe('filter')
  expect(tailOf('中文润色', 5)).toBe('润色')
  expect(tailOf('short', 6)).toBe('short')
})

test('the left side of a row makes room for the right one', () => {
  const row = rowOf(theme, 12, [{ text: 'Postgres index' }], [{ text: '2m', token: 'dim' }])
  expect(row).toBe('Postgres… \x1b[38;5;245m2m\x1b[0m')
  expect(rowOf(theme, 4, [{ text: 'left' }], [{ text: 'right' }])).toBe('rig…')
})

test('a hint is shown only beside a whole left side', () => {
  const row = (width: number) => rowWithHint(theme, width, [{ text: 'LEFT' }], [{ text: '^N' }])
  expect([row(7), row(6), row(3)]).toEqual(['LEFT ^N', 'LEFT', 'LE…'])
})

test('a row is cut where a later segment begins, too', () => {
  const row = rowOf(theme, 5, [{ text: 'abc' }, { text: 'def', token: 'dim' }])
  expect(stripSgr(row)).toBe('abcd…')
  expect(textWidth(row)).toBe(5)
})

test('parts go by rank, the last of equals first, and one always stays', () => {
  const part = (text: string, rank: number) => ({ segments: [{ text }], rank })
  const parts = [part('aaa', 1), part('bbb', 0), part('ccc', 2), part('ddd', 0)]
  const kept = (width: number) =>
    keepParts(parts, width, 1).map(({ segments }) => segments[0]?.text ?? '')
  expect(kept(15)).toEqual(['aaa', 'bbb', 'ccc', 'ddd'])
  expect(kept(14)).toEqual(['aaa', 'bbb', 'ccc'])
  expect(kept(7)).toEqual(['aaa', 'ccc'])
  expect(kept(1)).toEqual(['ccc'])
})

test('a megabyte of text is cut like any other', () => {
  expect(cutLine(theme, '中'.repeat(1_000_000), 5)).toBe('中中…')
  expect(tailOf('中'.repeat(1_000_000), 5)).toBe('中中')
})
