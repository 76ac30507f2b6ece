import { expect, test } from 'vitest'
import { splitCommandLine } from './command-line.js'

test.each([
  ['', ['']],
  ['c2a', ['c2a']],
  ['c2a ', ['c2a', '']],
  ['c2a  roles show', ['c2a', 'roles', 'show']],
  ['c2a show "code rev', ['c2a', 'show', 'code rev']],
  ["c2a show 'it\\s' x", ['c2a', 'show', 'it\\s', 'x']],
  ['c2a show code\\ rev', ['c2a', 'show', 'code rev']],
  ['c2a show "a\\"b\\c" ', ['c2a', 'show', 'a"b\\c', '']],
  ['c2a show a"b c"d', ['c2a', 'show', 'ab cd']],
  ['c2a show \\', ['c2a', 'show', '']],
])('%j', (line, values) => {
  expect(splitCommandLine(line).map(({ value }) => value)).toEqual(values)
})

test('the last word says how it is written, and whether a quote is open', () => {
  expect(splitCommandLine('c2a "code rev').at(-1)).toEqual({
    ...{ raw: '"code rev', value: 'code rev', open: '"' },
  })
  expect(splitCommandLine('c2a co\\ de').at(-1)).toEqual({
    ...{ raw: 'co\\ de', value: 'co de', open: '' },
  })
})
