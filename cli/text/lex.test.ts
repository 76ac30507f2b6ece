import { beforeAll, describe, expect, it } from 'vitest'
import { loadHighlighter } from './highlight.js'
import { lexMarkdown } from './lex.js'
import { renderMarkdown } from './markdown.js'
import { sanitise } from './sanitise.js'
import { createMarkdownStream } from './stream.js'
import { themeFor } from './theme.js'

const options = { width: 80, theme: themeFor('none') }
const nested = (levels: number, unit = '  ') =>
  Array.from({ length: levels }, (_, level) => `${unit.repeat(level)}- x`).join('\n')
const emphasis = '**a '.repeat(4_000) + ' b**'.repeat(4_000)
const types = (text: string) => lexMarkdown(sanitise(text)).map((token) => token.type)

beforeAll(loadHighlighter)

describe('lexMarkdown', () => {
  it('leaves a list that is indented far too deep as text', () => {
    expect(types(nested(1_500))).toEqual(['text'])
    expect(types(nested(100, '\t'))).toEqual(['text'])
    expect(types(`> ${nested(100).replaceAll('\n', '\n> ')}`)).toEqual(['text'])
  })

  it('takes what people write: depth, long flat lists, and anything in a fence', () => {
    expect(types(nested(20))).toEqual(['list'])
    expect(types(`${nested(5)}\n`.repeat(50))).toEqual(['list'])
    expect(types(`\`\`\`yaml\n${nested(200)}\n\`\`\`\n\n- a`)).toEqual(['code', 'space', 'list'])
    const row = '**bold** `code_a_b` [l](http://x) _it_ 2 * 3 snake_case_name\n'
    expect(renderMarkdown(row.repeat(60), options)[0]).toContain('bold code_a_b l (http://x) it')
  })

  it('leaves a paragraph with far too many delimiters as text, and only that one', () => {
    const lines = renderMarkdown(`${emphasis}\n\n**b**`, options)
    expect(lines[0]).toContain('**a **a')
    expect(lines.slice(-2)).toEqual(['', 'b'])
  })

  for (const [name, text] of Object.entries({ list: nested(600), emphasis })) {
    it(`streams hostile text in the time of other text, and shows all of it: ${name}`, () => {
      const benign = 'Some **bold** text with `code`.\nAnother line.\n\n- one\n- *two*\n\n'
      const other = benign.repeat(text.length / benign.length)
      streamed(other.slice(0, 10_000))
      const [, spentOther] = streamed(other)
      const [lines, spent] = streamed(text)
      expect(lines).toEqual(renderMarkdown(text, options))
      expect(spent).toBeLessThan(30 * spentOther)
    })
  }
})

function streamed(text: string): [lines: string[], spent: number] {
  const started = performance.now()
  const stream = createMarkdownStream(options)
  const lines: string[] = []
  for (const delta of text.match(/[\s\S]{1,16}/g) ?? []) {
    for (const line of stream.push(delta)) lines.push(line)
    stream.tail()
  }
  for (const line of stream.end()) lines.push(line)
  return [lines, performance.now() - started]
}
