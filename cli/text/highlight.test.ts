import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createLineHighlighter, highlightBlock, loadHighlighter } from './highlight.js'
import { parseAnsi, spansToAnsi } from './sgr.js'
import { themeFor } from './theme.js'
import { stripSgr } from './width.js'
import { wrapAnsi } from './wrap.js'

const theme = themeFor('ansi256')
const BLOCK = 'text\n\n```js\nlet x\nlet y\n```\nend\n\n'

const SAMPLES: Record<string, string> = JSON.parse(
  readFileSync(new URL('fixtures/code.json', import.meta.url), 'utf8'),
)
// What only looking ahead over the line would tell: tags that close further down, raw strings of
// several lines and macros that go on. Their text is the same, some colours are not.
const LOOKS_AHEAD = new Set(['jsx', 'rust', 'c'])

describe('before the highlighter is loaded', () => {
  // Other tests have loaded theirs.
  beforeEach(() => {
    vi.resetModules()
  })

  it('shows plain code and says that there will be colours', async () => {
    const { awaitsHighlighter, createLineHighlighter, highlightBlock, isHighlighterSettled } =
      await import('./highlight.js')
    expect(isHighlighterSettled(theme)).toBe(false)
    expect(awaitsHighlighter('js', theme)).toBe(true)
    expect(awaitsHighlighter('', theme)).toBe(false)
    expect(awaitsHighlighter('js', themeFor('none'))).toBe(false)
    expect(createLineHighlighter('js', theme).push('let x')).toEqual([{ text: 'let x', sgr: '' }])
    expect(highlightBlock('let x', 'js', theme)).toBe('let x')
  })

  it('a stream holds code back until it has its colours, and never prints on the console', async () => {
    const { createMarkdownStream } = await import('./stream.js')
    const { createLineHighlighter, highlightBlock } = await import('./highlight.js')
    const printed: unknown[] = []
    const { log, warn, error } = console
    Object.assign(console, { log: printed.push, warn: printed.push, error: printed.push })
    let readied = 0
    const stream = createMarkdownStream({ width: 40, theme, onReady: () => readied++ })
    expect(stream.push(BLOCK)).toEqual([])
    expect(stream.tail()).toEqual(['text', '', '  let x', '  let y', '', 'end'])
    await stream.waiting()
    createLineHighlighter('nosuchlanguage', theme).push('x')
    highlightBlock('x', 'nosuchlanguage', theme)
    Object.assign(console, { log, warn, error })
    expect(printed).toEqual([])
    expect(readied).toBe(1)
    expect(stream.waiting()).toBeUndefined()
    const code = ['x', 'y'].map((name) => `  \x1b[38;5;176mlet\x1b[0m ${name}`)
    expect(stream.push('')).toEqual(['text', '', ...code, '', 'end'])
  })
})

describe('highlighting', () => {
  for (const [language, code] of Object.entries(SAMPLES)) {
    it(`line by line gives what cli-highlight gives for the whole: ${language}`, async () => {
      await loadHighlighter()
      const highlighter = createLineHighlighter(language, theme)
      const lines = code.split('\n').map((line) => spansToAnsi(highlighter.push(line)))
      const shown = lines.flatMap((line) => wrapAnsi(line, 1_000, { hard: true }))
      const whole = wrapAnsi(highlightBlock(code, language, theme), 1_000, { hard: true })
      expect(shown.map(stripSgr)).toEqual(whole.map(stripSgr))
      if (!LOOKS_AHEAD.has(language)) expect(shown.map(cellsOf)).toEqual(whole.map(cellsOf))
      expect(lines.join('')).toContain('\x1b[')
    })
  }

  it('never guesses: no language or an unknown one is plain', () => {
    for (const info of ['', 'text', 'nosuchlanguage', '__proto__', 'constructor']) {
      expect(createLineHighlighter(info, theme).push('let x = "y"')).toEqual([
        { text: 'let x = "y"', sgr: '' },
      ])
    }
  })

  it('reads the language from the info string', () => {
    for (const info of ['js', 'JS title=x', ' javascript {1,3}', 'js,ignore']) {
      expect(spansToAnsi(createLineHighlighter(info, theme).push('let'))).toBe(
        '\x1b[38;5;176mlet\x1b[0m',
      )
    }
  })

  it('looks at an unfinished line without going on', () => {
    const highlighter = createLineHighlighter('js', theme)
    highlighter.peek('/* open')
    expect(spansToAnsi(highlighter.push('let'))).toBe('\x1b[38;5;176mlet\x1b[0m')
  })

  it('leaves very long lines plain', () => {
    const line = 'let x;'.repeat(1_000)
    expect(createLineHighlighter('js', theme).push(line)).toEqual([{ text: line, sgr: '' }])
  })
})

// Each visible character with its style; which style a space has nobody sees.
function cellsOf(line: string): string[] {
  return parseAnsi(line).flatMap(({ text, sgr }) =>
    [...text.replaceAll(' ', '')].map((sign) => `${sign}/${sgr}`),
  )
}
