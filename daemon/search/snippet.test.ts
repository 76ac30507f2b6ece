import { describe, expect, test } from 'vitest'
import { parseSearch } from './query.js'
import { makeSnippet } from './snippet.js'

/** The snippet with its matches between « and ». */
function marked(text: string, q: string, cut = { hasBefore: false, hasAfter: false }): string {
  const { snippet, matches } = makeSnippet({ text, ...cut }, parseSearch(q))
  return matches.reduceRight(
    (line, [from, to]) => `${line.slice(0, from)}«${line.slice(from, to)}»${line.slice(to)}`,
    snippet,
  )
}

describe('a snippet', () => {
  test.each([
    ['Use sorted(items).', 'sort', 'Use «sort»ed(items).'],
    ['resort to SORT', 'sort', 'resort to «SORT»'],
    ['open src/utils.py now', 'utils.py', 'open src/«utils.py» now'],
    ['open src/utils.py now', '"utils py"', 'open src/«utils.py» now'],
    ['one\n\n  two\tthree', 'two', 'one «two» three'],
    ['你好，世界。', '世界', '你好，«世界»。'],
    ['Grüße aus Köln', 'GRÜSSE köln', 'Grüße aus «Köln»'],
    ['a cat and a dog', 'cat -bird', 'a «cat» and a dog'],
    ['catalogue of a cat', 'cat catalogue', '«catalogue» of a «cat»'],
    ['smile 😀 here', 'here', 'smile 😀 «here»'],
    ['nothing of it', 'else', 'nothing of it'],
  ])('of %j for %s', (text, q, line) => {
    expect(marked(text, q)).toBe(line)
  })

  test('is cut around what was found first, between words and never in a character', () => {
    const long = `${'before 😀 '.repeat(40)}needle ${'after 😀 '.repeat(60)}`
    const line = marked(long, 'needle')
    expect(line).toMatch(/^…😀 (before 😀 )+«needle»( after 😀)+…$/u)
    expect([...line].length).toBeLessThan(206)
    expect(line.isWellFormed()).toBe(true)
  })

  // What stands between words may be marks: were they words, too, each place would be tried with each.
  test('marks without a letter are no words, however many there are', () => {
    expect(marked('a x', '"a \u0301 x"')).toBe('«a x»')
    const marks = '\u0301'.repeat(790)
    const line = marked(`a${marks}b`, `"a ${'\u0301 '.repeat(9)}x"`)
    expect(line).toBe(`a${marks.slice(0, 199)}…`)
  })

  test('says when the message goes on beyond what the database cut out', () => {
    expect(marked('the needle', 'needle', { hasBefore: true, hasAfter: true })).toBe(
      '…the «needle»…',
    )
  })
})
