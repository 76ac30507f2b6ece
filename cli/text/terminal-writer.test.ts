import xterm from '@xterm/headless'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DOCUMENTS, LONG_TABLE } from './fixtures/documents.js'
import { loadHighlighter } from './highlight.js'
import { renderMarkdown } from './markdown.js'
import { createTerminalWriter } from './terminal-writer.js'
import { themeFor } from './theme.js'
import { stripSgr } from './width.js'

const theme = themeFor('ansi256')
// xterm.js by itself measures emoji and combining characters as Unicode 6 did.
const { emoji: _, ...measurable } = DOCUMENTS
const ALL: Record<string, string> = { ...measurable, longTable: LONG_TABLE }

beforeAll(loadHighlighter)

describe('createTerminalWriter', () => {
  for (const [columns, rows] of [
    [80, 24],
    [40, 10],
    [30, 3],
  ] as const) {
    for (const [name, document] of Object.entries(ALL)) {
      it(`leaves the rendered document on a screen of ${columns}x${rows}: ${name}`, async () => {
        for (const length of [1, 7, 60, 5_000]) {
          const screen = createScreen(columns, rows)
          const writer = createTerminalWriter({ ...screen, theme })
          for (const delta of cut(document, length)) writer.push(delta)
          await writer.end()
          const seen = await screen.seen()
          const expected = renderMarkdown(document, { width: columns, theme }).map(stripSgr)
          expect(seen.text).toEqual(expected.map((line) => line.trimEnd()))
          expect(seen).toMatchObject({
            column: 0,
            line: expected.length,
            replies: '',
            titles: 0,
            cleared: 0,
            buffer: 'normal',
          })
          expect(seen.modes).toEqual(await createScreen(columns, rows).modes())
        }
      })
    }
  }

  it('gives the source of all that is not on the screen after an error', async () => {
    const glyphs = {
      ...theme.glyphs,
      get rule(): string {
        throw new RangeError('too deep')
      },
    }
    for (const [rest, shown, left] of [
      ['***\n\nlast \ud83d', '', '***\n\nlast \ud83d'],
      ['two\n\n***', '\n\ntwo', '***'],
      ['two\n\n***\n\nthree\n', '', 'two\n\n***\n\nthree\n'],
    ] as const) {
      const screen = createScreen(60, 20)
      const writer = createTerminalWriter({ ...screen, theme: { ...theme, glyphs } })
      writer.push('one\n\nt')
      writer.push('ail\n\n')
      expect(() => writer.push(rest)).toThrow('too deep')
      expect(writer.abandon()).toBe(left)
      expect((await screen.seen()).text.join('\n').trim()).toBe(`one\n\ntail${shown}`)
    }
  })

  it('shows at every moment what is rendered by then', async () => {
    const document = Object.values(ALL).join('\n')
    const screen = createScreen(60, 1_000)
    const writer = createTerminalWriter({ ...screen, theme })
    let text = ''
    for (const delta of cut(document, 97)) {
      text += delta
      writer.push(delta)
      if (/(^|\n) {0,3}[`~]+ *$|[\r\ud800]$/.test(text)) continue
      const expected = renderMarkdown(text, { width: 60, theme }).map((line) =>
        stripSgr(line).trimEnd(),
      )
      expect((await screen.seen()).text.join('\n').trimEnd()).toBe(expected.join('\n').trimEnd())
    }
  })

  it('never clears the screen or the scrollback, and writes each update as one piece', () => {
    const written: string[] = []
    const size = () => ({ columns: 40, rows: 5 })
    const writer = createTerminalWriter({ write: (bytes) => written.push(bytes), size, theme })
    for (const delta of cut(Object.values(DOCUMENTS).join('\n'), 9)) writer.push(delta)
    for (const bytes of written) {
      expect(bytes).not.toMatch(/\x1b\[[23]J|\x1b\[\d*;?\d*H|\x1b\[\?1049/)
      expect(bytes).toMatch(/^\x1b\[\?2026h[\s\S]*\x1b\[\?2026l$/)
      for (const [, up] of bytes.matchAll(/\x1b\[(\d+)A/g)) expect(Number(up)).toBeLessThan(5)
    }
  })

  it('lets a notice in above the unfinished lines, and loses neither', async () => {
    const screen = createScreen(40, 24)
    const writer = createTerminalWriter({ ...screen, theme })
    writer.push('done\n\nfirst line of\nthe tail')
    writer.interrupt(() => screen.write('c2a: reconnecting\r\n'))
    writer.push(' goes on\n\nend')
    await writer.end()
    const seen = await screen.seen()
    const text = seen.text.filter((line) => line !== '')
    expect(text).toEqual(['done', 'c2a: reconnecting', 'first line of', 'the tail goes on', 'end'])
  })

  it('erases what became less, from the top of the screen, too, without clearing it', async () => {
    for (const [before, delta, after] of [
      ['``', '`js\n', []],
      ['a\nb\n``', '`js\n', ['a', 'b']],
      ['[a]: http://x\nb\nc', '\n===\n', ['# [a]: http://x', 'b', 'c']],
      ['| a | b |\n|---|---|\n| c | d |\n', '\nend', ['│ a   │ b   │']],
    ] as const) {
      const screen = createScreen(30, 10)
      const writer = createTerminalWriter({ ...screen, theme })
      writer.push(before)
      writer.push(delta)
      const { text } = await screen.seen()
      expect(text.slice(0, after.length)).toEqual(after)
      expect(text.join('')).not.toContain('``')
      writer.interrupt(() => screen.write('notice\r\n'))
      await writer.end()
      const seen = await screen.seen()
      expect(seen.text).toContain('notice')
      expect(seen.cleared).toBe(0)
    }
  })

  it('keeps prose readable and lets code and tables use a very wide terminal', async () => {
    const screen = createScreen(200, 24)
    const writer = createTerminalWriter({ ...screen, theme })
    const words = 'word '.repeat(60)
    const cell = 'cell '.repeat(28).trim()
    const code = `  ${'x'.repeat(198)}`
    writer.push(`${words}\n\n- ${words}\n\n> ${words}\n\n# ${words}\n\n---\n\n`)
    writer.push(`| a | b |\n|--|--|\n| ${cell} | c |\n\n\`\`\`\n${code.trim()}\n\`\`\`\n`)
    await writer.end()
    const { text } = await screen.seen()
    const wide = text.filter((line) => line.length > 110)
    expect(wide.map((line) => line.slice(0, 3))).toEqual(['│ a', '├──', '│ c', '  x'])
    expect(wide.at(-1)).toBe(code)
    expect(Math.max(...text.filter((line) => !wide.includes(line)).map((l) => l.length))).toBe(110)
  })

  it('writes little when a line grows, and nothing when nothing changes', () => {
    const written: string[] = []
    const size = () => ({ columns: 80, rows: 24 })
    const writer = createTerminalWriter({ write: (bytes) => written.push(bytes), size, theme })
    writer.push('# Title\n\nfirst line of a paragraph\nsecond line')
    writer.push(' goes on')
    writer.push('')
    expect(written).toHaveLength(2)
    expect(written[1]).toBe('\x1b[?2026h\r\x1b[?7l\x1b[Ksecond line goes on\x1b[?7h\x1b[?2026l')
  })

  it('writes nothing at all for an empty answer', async () => {
    const written: string[] = []
    const size = () => ({ columns: 80, rows: 24 })
    const writer = createTerminalWriter({ write: (bytes) => written.push(bytes), size, theme })
    writer.push('')
    await writer.end()
    expect(written).toEqual([])
  })

  it('loses nothing that is final when the terminal is resized', async () => {
    const words = Array.from({ length: 60 }, (_, n) => `word${n}`)
    const document = words.map((word) => `${word} and some more text to fill the line\n\n`).join('')
    const sizes = fc.array(
      fc.record({
        columns: fc.integer({ min: 20, max: 90 }),
        rows: fc.integer({ min: 4, max: 30 }),
      }),
      {
        minLength: 1,
        maxLength: 6,
      },
    )
    await fc.assert(
      fc.asyncProperty(sizes, async (steps) => {
        const screen = createScreen(60, 12)
        const writer = createTerminalWriter({ ...screen, theme })
        for (const [index, delta] of cut(document, 70).entries()) {
          const step = steps[Math.floor(index / 6)]
          if (step && index % 6 === 5) await screen.resize(step)
          writer.push(delta)
        }
        await writer.end()
        const seen = (await screen.seen()).text.join('\n')
        let from = 0
        for (const word of words) {
          const found = seen.indexOf(`${word} and`, from)
          expect(found, word).toBeGreaterThanOrEqual(0)
          from = found
        }
      }),
      { numRuns: 20 },
    )
  })
})

function createScreen(columns: number, rows: number) {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 5_000,
    allowProposedApi: true,
  })
  let replies = ''
  let titles = 0
  let cleared = 0
  terminal.onData((data) => {
    replies += data
  })
  terminal.onTitleChange(() => titles++)
  terminal.parser.registerOscHandler(52, () => {
    replies += 'clipboard'
    return true
  })
  // tmux pushes the screen into its history then.
  terminal.parser.registerCsiHandler({ final: 'J' }, () => {
    const { cursorX, cursorY } = terminal.buffer.active
    if (cursorX === 0 && cursorY === 0) cleared++
    return false
  })
  const settled = () => new Promise<void>((resolve) => terminal.write('', resolve))
  return {
    write: (bytes: string) => terminal.write(bytes),
    size: () => ({ columns: terminal.cols, rows: terminal.rows }),
    async resize(to: { columns: number; rows: number }) {
      await settled()
      terminal.resize(to.columns, to.rows)
    },
    async modes() {
      await settled()
      return { ...terminal.modes }
    },
    async seen() {
      await settled()
      const { active } = terminal.buffer
      const last = active.baseY + active.cursorY
      const text = Array.from(
        { length: last },
        (_, y) => active.getLine(y)?.translateToString().trimEnd() ?? '',
      )
      if (active.cursorX > 0) text.push(active.getLine(last)?.translateToString().trimEnd() ?? '')
      const modes = { ...terminal.modes }
      return {
        text,
        column: active.cursorX,
        line: last,
        replies,
        titles,
        cleared,
        buffer: active.type,
        modes,
      }
    },
  }
}

function cut(text: string, length: number): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${length}}`, 'g')) ?? []
}
