import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DOCUMENTS, LONG_TABLE } from './fixtures/documents.js'
import { loadHighlighter } from './highlight.js'
import { renderMarkdown } from './markdown.js'
import { themeFor } from './theme.js'
import { stripSgr, textWidth } from './width.js'

const plain = themeFor('none')
const dark = themeFor('ansi256')
const show = (text: string, width = 60) => renderMarkdown(text, { width, theme: plain })

beforeAll(loadHighlighter)

describe('renderMarkdown', () => {
  it('keeps the line breaks of a paragraph and wraps it', () => {
    expect(show('one **two**\n  three\n\nfour', 60)).toEqual(['one two', 'three', '', 'four'])
    expect(show('one two three', 8)).toEqual(['one two', 'three'])
  })

  it('shows links with their address, once', () => {
    expect(show('[text](https://a.b/c?d&amp;e)')).toEqual(['text (https://a.b/c?d&e)'])
    expect(show('[https://bank.example](https://evil.example)')).toEqual([
      'https://bank.example (https://evil.example)',
    ])
    expect(show('https://a.b <https://c.d> www.e.f me@g.h')).toEqual([
      'https://a.b https://c.d www.e.f me@g.h',
    ])
    expect(show('![a cat](http://x/cat.png) ![](y)')).toEqual([
      '[image: a cat] (http://x/cat.png) [image] (y)',
    ])
    expect(show('[a][1]\n\n[1]: http://x')).toEqual(['[a][1]', '', '[1]: http://x'])
  })

  it('numbers, nests and marks lists', () => {
    expect(show('3. a\n4. b\n   - c\n\n     d\n- [ ] e\n- [X] *f*')).toEqual([
      ...['3. a', '4. b', '   • c', '', '     d', '', '☐ e', '☑ f'],
    ])
  })

  it('fits tables into the width, and lists their cells where there is no room for columns', () => {
    const table = '| a | b |\n|---|--:|\n| one two three four | 1 |\n| x | 22 |'
    expect(show(table, 60)).toEqual([
      '│ a                  │   b │',
      '├────────────────────┼─────┤',
      '│ one two three four │   1 │',
      '│ x                  │  22 │',
    ])
    expect(show(table, 20)).toEqual([
      ...['│ a          │   b │', '├────────────┼─────┤', '│ one two    │   1 │'],
      ...['│ three four │     │', '│ x          │  22 │'],
    ])
    expect(show(table, 10)).toEqual(['a: one two', 'three four', 'b: 1', '', 'a: x', 'b: 22'])
  })

  it('shows quotes, rules, html and code', () => {
    expect(show('> a\n> - b\n\n---\n<i>x</i>\n\n```js\nlet x\n\n  y\n```', 12)).toEqual([
      ...['│ a', '│ ', '│ • b', '', '────────────', '', '<i>x</i>', '', '  let x', '', '    y'],
    ])
  })

  it('decodes entities, in text only, and makes what they give safe', () => {
    expect(show('&lt;b&gt; &amp;lt; &copy; &hellip; &#65;&#x42; &nosuch; `&lt;`')).toEqual([
      '<b> &lt; © … AB &nosuch; &lt;',
    ])
    expect(show('&#27;[2J &#x9b;2J &#x202e;x &#0; &#xd800; a&#10;b [t](&#27;]8;;x)')).toEqual([
      '␛[2J �2J �x � � a b t (␛]8;;x)',
    ])
  })

  it('styles by meaning and closes every line', () => {
    const [title, , text, , code] = renderMarkdown(
      '# T\n\na **b *c*** `d`\n\n```js\nlet x = 1\n```',
      {
        width: 40,
        theme: dark,
      },
    )
    expect(title).toBe('\x1b[1;4;38;5;81m# T\x1b[0m')
    expect(text).toBe('a \x1b[1mb \x1b[0;1;3mc\x1b[0m \x1b[38;5;222md\x1b[0m')
    expect(code).toBe('  \x1b[38;5;176mlet\x1b[0m x = \x1b[38;5;215m1\x1b[0m')
  })

  it('holds every line to the width, safe and closed, for any document', () => {
    const document = fc.constantFrom(...Object.values(DOCUMENTS), LONG_TABLE)
    const noise = fc.string({ unit: 'binary', maxLength: 30 })
    fc.assert(
      fc.property(
        document,
        noise,
        fc.nat(200),
        fc.integer({ min: 8, max: 100 }),
        (base, insert, at, width) => {
          const text = base.slice(0, at) + insert + base.slice(at)
          for (const line of renderMarkdown(text, { width, theme: dark })) {
            expect(textWidth(line)).toBeLessThanOrEqual(width)
            expect(stripSgr(line)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
            expect(line.match(/\x1b\[[\d;]*m/g)?.at(-1) ?? '\x1b[0m').toBe('\x1b[0m')
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('stands hostile nesting and length', () => {
    for (const text of [
      '>'.repeat(20_000),
      '- '.repeat(20_000),
      `${'> - 1. '.repeat(2_000)}x`,
      '*a '.repeat(5_000),
      '['.repeat(5_000),
      '`'.repeat(5_001),
      '<'.repeat(5_000),
      '| '.repeat(3_000),
    ]) {
      const started = performance.now()
      for (const line of show(text)) expect(textWidth(line)).toBeLessThanOrEqual(60)
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })
})
