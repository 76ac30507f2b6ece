import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DOCUMENTS, LONG_TABLE } from './fixtures/documents.js'
import { loadHighlighter } from './highlight.js'
import { renderMarkdown } from './markdown.js'
import { createMarkdownStream } from './stream.js'
import { themeFor } from './theme.js'
import { textWidth } from './width.js'

const theme = themeFor('ansi256')
const ALL = { ...DOCUMENTS, longTable: LONG_TABLE, all: Object.values(DOCUMENTS).join('\n') }

beforeAll(loadHighlighter)

describe('createMarkdownStream', () => {
  for (const [name, document] of Object.entries(ALL)) {
    it(`gives the lines of the whole document, however it is cut: ${name}`, () => {
      fc.assert(
        fc.property(cutting(document), fc.constantFrom(20, 44, 80), (deltas, width) => {
          expect(streamed(deltas, width)).toEqual(renderMarkdown(document, { width, theme }))
        }),
        { numRuns: name === 'all' ? 10 : 60 },
      )
    })
  }

  it('gives the lines of a document that stops anywhere', () => {
    const stopped = fc
      .constantFrom(...Object.values(DOCUMENTS))
      .chain((document) =>
        fc.nat(document.length).chain((length) => cutting(document.slice(0, length))),
      )
    fc.assert(
      fc.property(stopped, (deltas) => {
        const options = { width: 60, theme }
        expect(streamed(deltas, 60)).toEqual(renderMarkdown(deltas.join(''), options))
      }),
      { numRuns: 300 },
    )
  })

  it('gives the lines of anything', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...LINES), { maxLength: 12 }), (lines) => {
        const document = lines.join('\n')
        const deltas = document.match(/[\s\S]{1,5}/g) ?? []
        expect(streamed(deltas, 40)).toEqual(renderMarkdown(document, { width: 40, theme }))
      }),
      { numRuns: 1_500 },
    )
  })

  it('shows the unfinished rest as it would look if the text ended there', () => {
    for (const document of Object.values(ALL)) {
      const stream = createMarkdownStream({ width: 60, theme })
      const final: string[] = []
      let text = ''
      for (const delta of document.match(/[\s\S]{1,40}/g) ?? []) {
        text += delta
        final.push(...stream.push(delta))
        const now = renderMarkdown(text.replace(/[\r\ud800]$/, ''), { width: 60, theme })
        const isClosing = /(^|\n) {0,3}[`~]+ *$/.test(text)
        if (!isClosing) expect([...final, ...stream.tail()]).toEqual(now)
      }
    }
  })

  it('freezes what is finished: blocks, items, rows and lines of code', () => {
    const frozen = (text: string) =>
      createMarkdownStream({ width: 40, theme: themeFor('none') }).push(text)
    expect(frozen('one\n\ntw')).toEqual(['one'])
    expect(frozen('one\ntwo\n')).toEqual([])
    expect(frozen('- a\n- b\n- c')).toEqual(['• a'])
    expect(frozen('1. a\n\n2. b\n3. c\n')).toEqual(['1. a', '', '2. b'])
    expect(frozen('```\na\nb\nc')).toEqual(['  a', '  b'])
    expect(frozen(LONG_TABLE).length).toBeGreaterThan(50)
  })

  it('draws what follows at a new width', () => {
    const stream = createMarkdownStream({ width: 60, theme: themeFor('none') })
    stream.push(`${LONG_TABLE.slice(0, -400)}`)
    stream.resize(30)
    const lines = [
      ...stream.push(LONG_TABLE.slice(-400)),
      ...stream.push('\n\n- a list item that wraps\n'),
      ...stream.end(),
    ]
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(30)
  })

  it('lexes no more than a few times what it is given', () => {
    // What a step costs is the source that is left: added up, it has to stay linear.
    const work = (repeat: number) => {
      const stream = createMarkdownStream({ width: 80, theme: themeFor('none') })
      const document = `${DOCUMENTS['mixed']}\n${'- item **x**\n'.repeat(20)}\n`.repeat(repeat)
      let frozen = 0
      let rest = 0
      for (const delta of document.match(/[\s\S]{1,16}/g) ?? []) {
        frozen += stream.push(delta).length
        rest += stream.tail().length
      }
      expect(frozen).toBeGreaterThan(30 * repeat)
      return rest
    }
    expect(work(8)).toBeLessThan(2.2 * work(4))
  })
})

// Without `-<tab>u`: under a paragraph and over `---` marked takes it for a heading's text, which a
// stream, like CommonMark, has called a list before.
const LINES = [
  ...[
    '',
    '',
    'text',
    '  text',
    '    code',
    '- a',
    '- ',
    '  - b',
    '    - c',
    '* d',
    '1. x',
    '2) y',
    '   z',
  ],
  ...[
    '> q',
    '>',
    '> - i',
    '```',
    '```js',
    '~~~~',
    '  ```',
    '# h',
    '===',
    '---',
    '| a | b |',
    '|---|---|',
  ],
  ...[
    '<div>',
    '</div>',
    '<!--',
    '-->',
    '<pre>',
    '</pre>',
    '[a]: http://x',
    '[a]',
    '\t- t',
    '**b',
    '&#10;x',
  ],
  ...[
    '- - n',
    '- > m',
    '+ ```',
    '  ~~~',
    '* * *',
    'a | b',
    '-|-',
    '1 | 2',
    '- [ ] t',
    '[x] u',
    '10. v',
    '\\',
  ],
]

function cutting(document: string): fc.Arbitrary<string[]> {
  return fc.array(fc.nat(document.length), { maxLength: 40 }).map((cuts) => {
    const places = [...new Set([0, ...cuts, document.length])].sort((a, b) => a - b)
    return places.slice(1).map((place, index) => document.slice(places[index], place))
  })
}

function streamed(deltas: readonly string[], width: number): string[] {
  const stream = createMarkdownStream({ width, theme })
  const lines = deltas.flatMap((delta) => {
    const final = stream.push(delta)
    stream.tail()
    return final
  })
  return [...lines, ...stream.end()]
}
