import xterm from '@xterm/headless'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stripSgr } from '../../text/width.js'
import type { Point, Rect } from './rect.js'
import { isPlain } from './row-characters.js'
import { createScreen, type Screen } from './screen.js'

const FAMILY = '👨‍👩‍👧'
const SIZE = { columns: 40, rows: 12 }

describe('createScreen', () => {
  it('shows the lines of its regions, the upper ones over the lower ones', async () => {
    const { screen, terminal, flush } = open({ columns: 20, rows: 4 })
    screen.place('left', { x: 0, y: 0, width: 10, height: 4 })
    screen.setLines('left', ['one', 'two is cut here', '\x1b[1mthree\x1b[0m', 'four', 'five'])
    screen.place('box', { x: 6, y: 1, width: 8, height: 2 }, 1)
    screen.setLines('box', ['+------+', '中中中中中'])
    await flush()
    expect(text(terminal)).toEqual(['one', 'two is+------+', 'three 中中中中', 'four'])
    screen.remove('box')
    await flush()
    expect(text(terminal)).toEqual(['one', 'two is cut', 'three', 'four'])
    screen.place('left', { x: 5, y: 2, width: 4, height: 5 })
    await flush()
    expect(text(terminal)).toEqual(['', '', '     one', '     two'])
  })

  it('stacks regions of one height in the order they were made', async () => {
    const { screen, terminal, flush } = open({ columns: 4, rows: 1 })
    for (const id of ['a', 'b']) screen.place(id, { x: 0, y: 0, width: 4, height: 1 })
    screen.setLines('a', ['aaaa'])
    screen.setLines('b', ['b'])
    await flush()
    expect(text(terminal)).toEqual(['b'])
    screen.place('a', { x: 0, y: 0, width: 4, height: 1 }, 1)
    await flush()
    expect(text(terminal)).toEqual(['aaaa'])
  })

  it('shows a row whole, however many marks stand on its characters', async () => {
    const marks = fc.tuple(
      fc.constantFrom('\u0301', '\u0336', '\u20dd', '\u200d', '\u0301\u0489'),
      fc.oneof(fc.constant(0), fc.nat(20), fc.nat(3_000)),
    )
    const cells = fc.array(fc.tuple(fc.constantFrom('a', 'B', '中', '7'), marks), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(cells, async (cells) => {
        const { screen, terminal, flush } = open({ columns: 30, rows: 1 })
        screen.place('row', { x: 0, y: 0, width: 30, height: 1 })
        screen.setLines('row', [
          `${cells.map(([base, [mark, count]]) => base + mark.repeat(count)).join('')}end`,
        ])
        await flush()
        const shown = text(terminal)[0]?.replaceAll(/[\p{M}\u200d]/gu, '')
        expect(shown).toBe(`${cells.map(([base]) => base).join('')}end`)
        terminal.dispose()
      }),
    )
  })

  it('leaves the same screen as painting it from scratch, whatever came before', async () => {
    for (const widths of ['oldest', 'widest'] as const) {
      await fc.assert(
        fc.asyncProperty(scene, async (steps) => {
          const tested = open(SIZE, widths)
          const model = createModel(SIZE)
          for (const step of steps) {
            applyStep(tested, model, step)
            const fresh = open(model.size, widths)
            paintModel(fresh.screen, model)
            const [bytes] = await Promise.all([tested.flush(), fresh.flush()])
            if (step.type !== 'resize' && step.type !== 'repaint') {
              expect(bytes).not.toContain('\x1b[2J')
            }
            expectSame(tested.terminal, fresh.terminal)
            expectModel(tested.terminal, model)
            expect(tested.screen.flush()).toBe('')
            fresh.terminal.dispose()
          }
          tested.terminal.dispose()
        }),
        { numRuns: 80 },
      )
    }
  }, 30_000)

  it('scrolls with the terminal what has the full width, with the same result', async () => {
    const lines = Array.from({ length: 60 }, (_, n) => `line ${n} ${'text '.repeat(n % 7)}`)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { maxLength: 8 }), fc.nat(60), async (tops, odd) => {
        const { screen, terminal, flush } = open({ columns: 40, rows: 10 })
        screen.place('body', { x: 0, y: 1, width: 40, height: 8 })
        screen.place('foot', { x: 0, y: 9, width: 40, height: 1 })
        screen.setLines('foot', ['foot'])
        for (const top of tops) {
          const shown = lines.slice(top, top + 8).map((line, n) => (n === odd ? 'odd' : line))
          screen.setLines('body', shown)
          await flush()
          const expected = ['', ...shown.map((line) => line.trimEnd()), 'foot']
          expect(text(terminal)).toEqual(expected)
        }
      }),
      { numRuns: 60 },
    )
    const { screen } = open({ columns: 40, rows: 10 })
    screen.place('body', { x: 0, y: 1, width: 40, height: 8 })
    screen.setLines('body', lines.slice(0, 8))
    screen.flush()
    screen.setLines('body', lines.slice(1, 9))
    expect(screen.flush()).toBe('\x1b[?2026h\x1b[2;9r\x1b[1S\x1b[r\x1b[9Hline 8 text\x1b[?2026l')
    screen.setLines('body', lines.slice(0, 8))
    expect(screen.flush()).toContain('\x1b[2;9r\x1b[1T\x1b[r\x1b[2Hline 0')
  })

  it('does not scroll what stands beside or below other regions', () => {
    for (const other of [
      { x: 30, y: 0, width: 10, height: 10 },
      { x: 5, y: 5, width: 5, height: 1 },
    ]) {
      const { screen } = open({ columns: 40, rows: 10 })
      const lines = Array.from({ length: 12 }, (_, n) => `a line, number ${n}`)
      screen.place('body', { x: 0, y: 0, width: 40, height: 10 })
      screen.place('other', other, 1)
      screen.setLines('body', lines)
      screen.flush()
      screen.setLines('body', lines.slice(1))
      expect(screen.flush()).not.toMatch(/\x1b\[\d+[ST]/)
    }
  })

  it('survives hostile lines without an answer, a title, a mode or a cell outside', async () => {
    for (const widths of ['oldest', 'widest'] as const) {
      const { screen, terminal, flush } = open(SIZE, widths)
      const seen: string[] = []
      terminal.onData((data) => seen.push(`reply ${data}`))
      terminal.onTitleChange((title) => seen.push(`title ${title}`))
      terminal.onBell(() => seen.push('bell'))
      terminal.parser.registerOscHandler(52, () => seen.push('clipboard') > 0)
      terminal.parser.registerOscHandler(4, () => seen.push('palette') > 0)
      const modes = { ...terminal.modes }
      const wall = '#'.repeat(SIZE.columns)
      screen.place('wall', { x: 0, y: 0, width: SIZE.columns, height: SIZE.rows })
      screen.setLines(
        'wall',
        Array.from({ length: SIZE.rows }, () => wall),
      )
      screen.place('pane', { x: 7, y: 2, width: 19, height: 8 }, 1)
      const outside = new Map<string, string>()
      const check = async (lines: readonly string[]) => {
        screen.setLines('pane', lines)
        await flush()
        for (const [place, cell] of cells(terminal)) {
          const [x = 0, y = 0] = place.split(',').map(Number)
          if (x >= 7 && x < 26 && y >= 2 && y < 10) continue
          if (outside.size < SIZE.columns * SIZE.rows - 19 * 8) outside.set(place, cell)
          if (outside.get(place) !== cell)
            expect.fail(`${place}: ${cell}: ${JSON.stringify(lines)}`)
        }
        expect(seen).toEqual([])
      }
      await check([])
      expect(new Set(outside.values()).size).toBe(1)
      const random = fc.sample(fc.array(hostile, { minLength: 8, maxLength: 8 }), {
        numRuns: 400,
        seed: 4,
      })
      for (const lines of random) await check(lines)
      expect(terminal.modes).toEqual(modes)
      expect(terminal.buffer.active.baseY).toBe(0)
    }
  }, 60_000)

  it('writes few bytes for small changes and none for none', () => {
    const screen = createScreen({ columns: 120, rows: 30, synchronised: false })
    const body = Array.from({ length: 30 }, (_, n) => `${n} ${'lorem ipsum '.repeat(9)}end`)
    const change = (row: number, line: string) => {
      screen.setLines('body', body.with(row, line))
      const bytes = screen.flush()
      body[row] = line
      return bytes
    }
    screen.place('body', { x: 0, y: 0, width: 120, height: 30 })
    screen.setLines('body', body)
    screen.flush()
    expect(screen.flush()).toBe('')
    screen.setLines('body', [...body])
    expect(screen.flush()).toBe('')
    expect(change(20, `${body[20]} more`)).toBe('\x1b[21;115H more')
    expect(change(20, (body[20] ?? '').replace('ipsum', 'ipsom'))).toBe('\x1b[21;13Ho')
    expect(change(20, (body[20] ?? '').slice(0, 50))).toBe('\x1b[21;51H\x1b[K')
    expect(change(9, '\x1b[1mtitle\x1b[0m')).toBe('\x1b[10H\x1b[K\x1b[1mtitle\x1b[m')
    expect(change(9, '\x1b[1mtitles\x1b[0m')).toBe('\x1b[10;6H\x1b[1ms\x1b[m')
    expect(change(0, '你好')).toBe('\x1b[1H\x1b[K你好')
    expect(change(0, '你好世界')).toBe('\x1b[1;5H世界')
  })

  it('erases only its own cells, before it writes', () => {
    const { screen } = open({ columns: 20, rows: 2 })
    screen.place('pane', { x: 2, y: 0, width: 8, height: 2 })
    screen.setLines('pane', ['abcdef', 'x'])
    screen.flush()
    screen.setLines('pane', ['abX', 'x'])
    expect(screen.flush()).toBe('\x1b[?2026h\x1b[1;5H\x1b[4XX\x1b[?2026l')
  })

  it('opens and closes an overlay without painting what stays in sight', () => {
    const { screen } = open({ columns: 80, rows: 1 })
    screen.place('body', { x: 0, y: 0, width: 80, height: 1 })
    screen.setLines('body', ['0123456789'.repeat(8)])
    screen.flush()
    screen.place('over', { x: 30, y: 0, width: 4, height: 1 }, 1)
    screen.setLines('over', ['OVER'])
    expect(screen.flush()).toBe('\x1b[?2026h\x1b[1;31H\x1b[4XOVER\x1b[?2026l')
    screen.remove('over')
    expect(screen.flush()).toBe('\x1b[?2026h\x1b[1;31H\x1b[4X0123\x1b[?2026l')
  })

  it('goes back to the counted column after what terminals measure differently', () => {
    const { screen } = open({ columns: 20, rows: 1 })
    screen.place('pane', { x: 2, y: 0, width: 12, height: 1 })
    screen.setLines('pane', [`a${FAMILY}b`])
    expect(screen.flush()).toContain(`a${FAMILY}\x1b[6Gb\x1b[3X`)
  })

  it('puts the cursor where it is asked to be, and only then', async () => {
    const { screen, terminal, flush } = open({ columns: 10, rows: 3 })
    screen.place('pane', { x: 0, y: 0, width: 10, height: 3 })
    expect(await flush()).toBe('\x1b[?25l')
    screen.cursor({ x: 4, y: 2 })
    expect(await flush()).toBe('\x1b[3;5H\x1b[?25h')
    expect(await flush()).toBe('')
    screen.setLines('pane', ['text'])
    await flush()
    expect(cursorOf(terminal)).toEqual({ x: 4, y: 2 })
    screen.cursor({ x: 10, y: 2 })
    expect(await flush()).toBe('\x1b[?25l')
    screen.cursor({ x: 0, y: 0 })
    screen.cursor(undefined)
    expect(await flush()).toBe('')
  })

  it('hides the cursor while it paints on a terminal that shows unfinished frames', () => {
    const screen = createScreen({ columns: 10, rows: 3, synchronised: false })
    screen.place('pane', { x: 0, y: 0, width: 10, height: 3 })
    screen.cursor({ x: 1, y: 1 })
    screen.flush()
    screen.setLines('pane', ['text'])
    expect(screen.flush()).toBe('\x1b[?25l\x1b[1Htext\x1b[2;2H\x1b[?25h')
  })

  it('clears once and paints all after a resize and when asked to', async () => {
    const { screen, terminal, flush } = open({ columns: 10, rows: 3 })
    screen.place('pane', { x: 0, y: 0, width: 30, height: 9 })
    screen.setLines('pane', ['a long line of text', 'b', 'c', 'd'])
    await flush()
    terminal.resize(14, 4)
    screen.resize(14, 4)
    expect((await flush()).split('\x1b[2J')).toHaveLength(2)
    expect(text(terminal)).toEqual(['a long line of', 'b', 'c', 'd'])
    terminal.write('\x1b[31mgarbage\x1b[2;3r')
    screen.repaint()
    expect(await flush()).not.toContain('\x1b[3J')
    expect(text(terminal)).toEqual(['a long line of', 'b', 'c', 'd'])
    expect(await flush()).toBe('')
  })

  it('ignores lines for a region that is not there', () => {
    const { screen } = open({ columns: 10, rows: 3 })
    screen.flush()
    screen.setLines('none', ['text'])
    screen.remove('none')
    expect(screen.flush()).toBe('')
  })
})

const sgr = fc.constantFrom('\x1b[0m', '\x1b[1m', '\x1b[7m', '\x1b[31m', '\x1b[48;5;4m', '\x1b[4m')
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'bc', 'word', ' ', '  ', '.', '0123456789') },
  { weight: 2, arbitrary: fc.constantFrom('中', '日本', '한국', 'é', '│', '●') },
  { weight: 1, arbitrary: fc.constantFrom('🙂', FAMILY, 'e\u0301', '❤️', '🇩🇪', '1️⃣', 'क्षि') },
  { weight: 2, arbitrary: sgr },
)
const line = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''))
const id = fc.constantFrom('a', 'b', 'c', 'd')
const rect = fc.oneof(
  fc.record({
    x: fc.integer({ min: -4, max: 44 }),
    y: fc.integer({ min: -2, max: 13 }),
    width: fc.nat(30),
    height: fc.nat(9),
  }),
  fc.record({ x: fc.constant(0), y: fc.nat(4), width: fc.constant(60), height: fc.nat(9) }),
)

type Step =
  | { type: 'place'; id: string; rect: Rect; z: number }
  | { type: 'lines'; id: string; lines: string[] }
  | { type: 'edit'; id: string; row: number; at: number; line: string }
  | { type: 'shift'; id: string; by: number }
  | { type: 'remove'; id: string }
  | { type: 'cursor'; at: Point | undefined }
  | { type: 'resize'; columns: number; rows: number }
  | { type: 'repaint' }

const kind = <T extends Step['type']>(type: T) => ({ type: fc.constant(type) })
const lines = fc.array(line, { maxLength: 10 })
const place = fc.record({ ...kind('place'), id, rect, z: fc.nat(2) })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: place },
  { weight: 4, arbitrary: fc.record({ ...kind('lines'), id, lines }) },
  {
    weight: 4,
    arbitrary: fc.record({ ...kind('edit'), id, row: fc.nat(8), at: fc.nat(20), line }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...kind('shift'), id, by: fc.integer({ min: -3, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ ...kind('remove'), id }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...kind('cursor'),
      at: fc.option(fc.record({ x: fc.nat(45), y: fc.nat(13) }), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...kind('resize'),
      columns: fc.integer({ min: 2, max: 50 }),
      rows: fc.integer({ min: 1, max: 14 }),
    }),
  },
  { weight: 1, arbitrary: fc.record(kind('repaint')) },
)
const scene = fc
  .tuple(place, fc.record({ ...kind('lines'), id, lines }), fc.array(step, { maxLength: 9 }))
  .map(([first, second, rest]): Step[] => [first, { ...second, id: first.id }, ...rest])

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '\x1b',
        '\x1b[2J',
        '\x1b[3J',
        '\x1b[H',
        '\x1b[99C',
        '\x1b[c',
        '\x1b[>c',
        '\x1b[6n',
        '\x1b[?2026h',
        '\x1b[?1049l',
        '\x1b[?1000h',
        '\x1b[?25h',
        '\x1b[4h',
        '\x1bc',
        '\x1b#8',
        '\x1b(0',
        '\x1b[1;3r',
        '\x1b]0;title\x07',
        '\x1b]52;c;aGk=\x07',
        '\x1b]4;1;?\x1b\\',
        '\x1bP$qm\x1b\\',
        '\x9b6n',
        '\x9d0;t\x9c',
        '\x90q',
        '\x0e',
        '\x07',
        '\x08\x08\x08',
        '\r',
        '\n',
        '\t',
        '\0',
        '\x7f',
        '\u202e',
        '\u2066',
        '\u200d',
        '\ufe0f',
        '\u0301',
        '\u0600',
        '\u1161\u11a8',
        '\ud83d',
        '\u20e3',
        '\u{e0067}',
        '\u{1f3fb}',
        '🇩',
        FAMILY,
        '👩🏽‍❤️‍💋‍👨🏿',
        'क्षि',
        'กำ',
        '﷽',
        '\ue0b0',
        '中',
        'text',
        '\x1b[7m',
        '\x1b[38;5;',
        '\x1b[m',
      ),
      { maxLength: 24 },
    )
    .map((parts) => parts.join('')),
  fc
    .constantFrom('x', '中', '🙂', '\u0301', FAMILY, '\x1b[31m', '\x1b[', 'e\u0301')
    .map((unit) => unit.repeat(Math.ceil(10_000 / unit.length))),
)

type Widths = 'oldest' | 'widest'

function open({ columns, rows }: { columns: number; rows: number }, widths: Widths = 'oldest') {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  terminal.write('\x1b[?1049h')
  if (widths === 'widest') measureWidest(terminal)
  const screen = createScreen({ columns, rows })
  return {
    terminal,
    screen,
    async flush() {
      const bytes = screen.flush()
      await new Promise<void>((resolve) => terminal.write(bytes, resolve))
      return bytes
    },
  }
}

// Joins nothing, and gives each character as many cells as any terminal might.
function measureWidest(terminal: xterm.Terminal): void {
  const wcwidth = (code: number): 0 | 1 | 2 => {
    const character = String.fromCodePoint(code)
    if (isPlain(character))
      return code >= 0x2e80 && !/[\uff61-\uff9d\ufffd]/.test(character) ? 2 : 1
    if (code < 0x20 || (code >= 0x300 && code < 0x370) || code === 0x200d) return 0
    return code < 0x1100 || code === 0xfe0f ? 1 : 2
  }
  terminal.unicode.register({
    version: 'widest',
    wcwidth,
    charProperties: (code, preceding) => {
      const width = wcwidth(code)
      const isJoined = width === 0 && preceding !== 0
      return isJoined ? (preceding & 6) | 1 : width << 1
    },
  })
  terminal.unicode.activeVersion = 'widest'
}

interface Model {
  size: { columns: number; rows: number }
  regions: Map<string, { rect: Rect; z: number; lines: string[] }>
  cursor: Point | undefined
}

function createModel(size: { columns: number; rows: number }): Model {
  return { size, regions: new Map(), cursor: undefined }
}

function applyStep({ screen, terminal }: ReturnType<typeof open>, model: Model, step: Step): void {
  if (step.type === 'resize') {
    model.size = { columns: step.columns, rows: step.rows }
    terminal.resize(step.columns, step.rows)
    screen.resize(step.columns, step.rows)
  } else if (step.type === 'repaint') screen.repaint()
  else if (step.type === 'cursor') {
    model.cursor = step.at
    screen.cursor(step.at)
  } else if (step.type === 'remove') {
    model.regions.delete(step.id)
    screen.remove(step.id)
  } else if (step.type === 'place') {
    const { rect, z } = step
    const known = model.regions.get(step.id)
    if (known) Object.assign(known, { rect, z })
    else model.regions.set(step.id, { rect, z, lines: [] })
    screen.place(step.id, rect, z)
  } else {
    const region = model.regions.get(step.id)
    if (!region) return
    region.lines = linesAfter(step, region.lines)
    screen.setLines(step.id, region.lines)
  }
}

function linesAfter(step: Step, before: string[]): string[] {
  if (step.type === 'lines') return step.lines
  if (step.type === 'shift') {
    return step.by < 0 ? [...Array(-step.by).fill('new'), ...before] : before.slice(step.by)
  }
  if (step.type !== 'edit') return before
  const after = [...before]
  const old = after[step.row] ?? ''
  if (step.row < after.length) after[step.row] = old.slice(0, step.at) + step.line
  return after
}

function paintModel(screen: Screen, model: Model): void {
  for (const [id, { rect, z, lines }] of model.regions) {
    screen.place(id, rect, z)
    screen.setLines(id, lines)
  }
  screen.cursor(model.cursor)
}

// Without the code under test: what stands in the cells of plain narrow lines, and what is empty.
function expectModel(terminal: xterm.Terminal, { regions, size, cursor }: Model): void {
  const stack = [...regions.values()].reverse().sort((a, b) => b.z - a.z)
  for (let y = 0; y < size.rows; y++) {
    for (let x = 0; x < size.columns; x++) {
      const top = stack.find(({ rect }) => isInside(rect, x, y))
      const bare = stripSgr(top?.lines[y - top.rect.y] ?? '')
      if (!/^[\x20-\x7e]*$/.test(bare)) continue
      const seen = terminal.buffer.active.getLine(y)?.getCell(x)?.getChars() || ' '
      const expected = bare[x - (top?.rect.x ?? 0)] ?? ' '
      if (seen !== expected) expect.fail(`${x},${y}: ${seen} instead of ${expected}`)
    }
  }
  const isShown = cursor && cursor.x < size.columns && cursor.y < size.rows
  if (isShown) expect(cursorOf(terminal)).toEqual(cursor)
}

function expectSame(seen: xterm.Terminal, expected: xterm.Terminal): void {
  const cellsSeen = cells(seen)
  for (const [place, cell] of cells(expected)) {
    if (cellsSeen.get(place) !== cell) expect.fail(`${place}: ${cellsSeen.get(place)}, not ${cell}`)
  }
}

function isInside(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height
}

function cursorOf(terminal: xterm.Terminal): Point {
  return { x: terminal.buffer.active.cursorX, y: terminal.buffer.active.cursorY }
}

function text(terminal: xterm.Terminal): string[] {
  return Array.from(
    { length: terminal.rows },
    (_, y) => terminal.buffer.active.getLine(y)?.translateToString(true).trimEnd() ?? '',
  )
}

/** Characters, width, colours and attributes of each cell, by "x,y". */
function cells(terminal: xterm.Terminal): Map<string, string> {
  const found = new Map<string, string>()
  const { active } = terminal.buffer
  for (let y = 0; y < terminal.rows; y++) {
    const line = active.getLine(active.baseY + y)
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x)
      if (!cell) continue
      const attributes = [
        cell.isBold(),
        cell.isDim(),
        cell.isItalic(),
        cell.isUnderline(),
        cell.isInverse(),
        cell.isStrikethrough(),
      ].map((flag) => (flag ? 1 : 0))
      const colours = [
        cell.getFgColorMode(),
        cell.getFgColor(),
        cell.getBgColorMode(),
        cell.getBgColor(),
      ]
      const chars = cell.getChars() || ' '
      found.set(`${x},${y}`, [chars, cell.getWidth(), ...attributes, ...colours].join('|'))
    }
  }
  return found
}
