import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DOCUMENTS } from './fixtures/documents.js'
import { loadHighlighter } from './highlight.js'
import { renderMarkdown } from './markdown.js'
import { paint } from './painter.js'
import { themeFor } from './theme.js'
import { stripSgr, textWidth } from './width.js'

const dark = themeFor('ansi256')
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')

describe('golden documents', () => {
  for (const name of ['mixed', 'nested', 'tables', 'quotes', 'lists', 'delimiters']) {
    it(`both renderers show: ${name}`, async () => {
      await loadHighlighter()
      const markdown = fixture(`${name}.md`)
      const golden = fixture(`${name}.txt`).split('\n').slice(0, -1)
      const rendered = renderMarkdown(markdown, { width: 60, theme: dark }).map(stripSgr)
      expect(rendered.map((line) => line.trimEnd())).toEqual(golden)
      expect(comparable(await paint(markdown, { width: 60, theme: dark }))).toEqual(
        comparable(golden),
      )
    })
  }
})

describe('paint', () => {
  it('shows the text that renderMarkdown shows, for every kind of document', async () => {
    for (const document of Object.values(DOCUMENTS)) {
      const options = { width: 60, theme: dark }
      const painted = await paint(document, options)
      expect(comparable(painted)).toEqual(comparable(renderMarkdown(document, options)))
      for (const line of painted) expect(textWidth(line)).toBeLessThanOrEqual(60)
    }
  })

  it('paints with the theme given, not with what chalk finds out', async () => {
    expect(await paint('# A *b*\n\n- **c** `d`', { width: 40, theme: dark })).toEqual([
      '\x1b[1;4;38;5;81m# A \x1b[0;1;3;4;38;5;81mb\x1b[0m',
      '',
      '\x1b[38;5;75m• \x1b[0;1mc\x1b[0m \x1b[38;5;222md\x1b[0m',
    ])
    const plain = await paint(Object.values(DOCUMENTS).join('\n'), {
      width: 40,
      theme: themeFor('none'),
    })
    expect(plain.join('')).not.toContain('\x1b')
  })

  it('lets nothing hostile through', async () => {
    const text =
      '\x1b]0;x\x07 &#27;[2J [a](http://b/\x1b]8;;c) ![d\x9b](e) `\x1b[1m` <b\x1b>\n\n```js\n\x1b[2J\n```'
    const painted = (await paint(text, { width: 60, theme: dark })).map(stripSgr).join('\n')
    expect(painted).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
    expect(painted).toContain('␛[2J')
  })
})

// What marked-terminal honestly does otherwise: its blank lines, and quotes without a bar.
function comparable(lines: readonly string[]): string[] {
  return lines
    .map((line) =>
      stripSgr(line)
        .replace(/^[│ ]+/, '')
        .replace(/\s+/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
}
