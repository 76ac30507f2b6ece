import { describe, expect, test } from 'vitest'
import { parseSearch, toTsquery } from './query.js'

const words = (q: string) => {
  const lexemes = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}'\\]+/gu) ?? []
  return toTsquery(parseSearch(q), (term) => lexemes(term.words))
}

describe('what people type', () => {
  test.each([
    ['sorted lists', "('sorted':*) & ('lists':*)"],
    ['"sorted lists"', "('sorted' <-> 'lists')"],
    ['utils.py', "('utils' <-> 'py')"],
    ['sort -bubble', "('sort':*) & !('bubble':*)"],
    ['sort -"bubble sort"', "('sort':*) & !('bubble' <-> 'sort')"],
    ['cat OR dog', "('cat':*) | ('dog':*)"],
    ['red cat OR dog', "('red':*) & ('cat':*) | ('dog':*)"],
    ['oral or', "('oral':*) & ('or')"],
    ['C go', "('c') & ('go')"],
    ['세계', "('세계':*)"],
    ['"open to the end', "('open' <-> 'to' <-> 'the' <-> 'end')"],
    ['OR cat OR', "('cat':*)"],
    ['a"quoted one"b', "('a') & ('quoted' <-> 'one') & ('b')"],
    ['cat ??? "..." -!', "('cat':*)"],
    ["it's \\n'", "('it''s':*) & ('\\\\n''':*)"],
  ])('%s', (q, query) => {
    expect(words(q)).toBe(query)
  })

  test.each([
    ['???', 'no word'],
    ['OR', 'no word'],
    ['-cat', 'must not'],
    ['cat OR -dog', 'must not'],
    ['a '.repeat(33), 'more than 32 terms'],
  ])('%s is refused', (q, why) => {
    expect(() => parseSearch(q)).toThrow(why)
  })

  test('words of which Postgres makes nothing leave the others', () => {
    const alternatives = parseSearch('½ cat')
    expect(toTsquery(alternatives, ({ words }) => (words === '½' ? [] : [words]))).toBe("('cat':*)")
    expect(toTsquery(alternatives, () => [])).toBeUndefined()
  })
})
