import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rankByName } from './rank.js'

const rank = (names: string[], query: string) => rankByName(names, query, (name) => name)

test.each<[string, string[], string[]]>([
  ['', ['b', 'a'], ['b', 'a']],
  [
    'gpt-4o',
    ['gpt-4o-mini', 'x/gpt-4o', 'GPT-4o', 'gpt-4o'],
    ['gpt-4o', 'GPT-4o', 'gpt-4o-mini', 'x/gpt-4o'],
  ],
  ['mini', ['gemini', 'gpt-4o-mini', 'o3', 'mini'], ['mini', 'gpt-4o-mini', 'gemini']],
  [
    'mpo',
    ['model:plan-mode', 'model:plan-mode-off', 'mouse'],
    ['model:plan-mode-off', 'model:plan-mode'],
  ],
  ['cr', ['clear', 'clear_role'], ['clear_role', 'clear']],
  ['abc', ['xaxbxc', 'xabxc'], ['xabxc', 'xaxbxc']],
  ['senior rev', ['Reviewer', 'Senior Reviewer'], ['Senior Reviewer']],
  ['zz', ['z', 'a'], []],
])('%j among %j', (query, names, ranked) => {
  expect(rank(names, query)).toEqual(ranked)
})

test('what is kept has the letters in their order, each once, and nothing else is kept', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'C', '-', ':') })
  fc.assert(
    fc.property(fc.array(text), text, (names, query) => {
      const letters = (name: string) => {
        let at = 0
        for (const char of name.toLowerCase()) if (char === query.toLowerCase()[at]) at += 1
        return at === query.length
      }
      expect(rank(names, query).sort()).toEqual(names.filter(letters).sort())
    }),
  )
})
