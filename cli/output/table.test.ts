import { describe, expect, test } from 'vitest'
import { textWidth } from '../text/width.js'
import { type Column, cutToWidth, pipeLine, terminalTable } from './table.js'

const columns: Column[] = [
  { title: 'ID' },
  { title: 'TITLE', elastic: 10 },
  { title: 'AGE', align: 'right' },
]

describe('terminalTable', () => {
  test('puts columns side by side', () => {
    const rows = [
      ['a1', 'First', '5 min'],
      ['b22', 'The second', 'now'],
    ]
    expect(terminalTable(columns, rows, { width: 80 })).toEqual([
      'ID   TITLE         AGE',
      'a1   First       5 min',
      'b22  The second    now',
    ])
  })

  test('cuts the elastic column, never the others', () => {
    const rows = [['a1', 'A title that is much too long for it', '5 min']]
    const lines = terminalTable(columns, rows, { width: 30 })
    expect(lines[1]).toBe('a1  A title that is mu…  5 min')
    expect(lines.map(textWidth)).toEqual([30, 30])
  })

  test('cuts a name in the middle where its end is what tells it apart', () => {
    const names: Column[] = [{ title: 'NAME', elastic: 10, cut: 'middle' }, { title: 'AGE' }]
    const rows = [
      ['openrouter/anthropic/model-a', 'now'],
      ['openrouter/日本/日本語-b', 'now'],
    ]
    const lines = terminalTable(names, rows, { width: 21 })
    expect(lines.slice(1)).toEqual(['openr…ic/model-a  now', 'openr…/日本語-b   now'])
  })

  test('takes from where there is most to take', () => {
    const two: Column[] = [
      { title: 'A', elastic: 10 },
      { title: 'B', elastic: 10 },
    ]
    const lines = terminalTable(two, [['a'.repeat(40), 'b'.repeat(12)]], { width: 30 })
    expect(lines[1]).toBe(`${'a'.repeat(15)}…  ${'b'.repeat(12)}`)
  })

  test('no line is wider than the terminal, however narrow', () => {
    const rows = [['0123abcd', 'x'.repeat(50), '5 min']]
    for (const width of [5, 12, 20]) {
      for (const line of terminalTable(columns, rows, { width })) {
        expect(textWidth(line)).toBeLessThanOrEqual(width)
      }
    }
  })

  test('hostile cells become visible marks and stay in their line', () => {
    const rows = [['a', 'x\x1b]52;c;aGk=\x07\ny\u202e', 'now']]
    const [, line] = terminalTable(columns, rows, { width: 80 })
    expect(line).toBe('a   x␛]52;c;aGk=␇ y�  now')
  })

  test('wide characters count two cells', () => {
    const lines = terminalTable(columns, [['a', '你好', 'now']], { width: 80 })
    expect(lines[1]).toBe('a   你好   now')
  })

  test('styles the titles as one line', () => {
    const lines = terminalTable(columns, [], { width: 80, head: (line) => `<${line}>` })
    expect(lines).toEqual(['<ID  TITLE  AGE>'])
  })
})

test('cutToWidth never cuts a character in two', () => {
  expect(cutToWidth('你好吗', 5)).toBe('你好…')
  expect(cutToWidth('你好吗', 4)).toBe('你…')
  expect(cutToWidth('👩‍🚀👩‍🚀', 3)).toBe('👩‍🚀…')
  expect(cutToWidth('short', 5)).toBe('short')
  expect(cutToWidth('x', 0)).toBe('')
})

test('a line for a pipe has as many tabs as it has borders', () => {
  expect(pipeLine(['a\tb', null, 3, 'c\nd'])).toBe('a b\t\t3\tc d')
})
