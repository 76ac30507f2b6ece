import xterm from '@xterm/headless'
import { themeFor } from '../../cli/text/theme.js'
import type { Rect } from '../../cli/tui/terminal/rect.js'

/** A terminal that keeps what a program makes it do beside showing text. */
export interface WatchedTerminal {
  /** Answers, titles, bells, clipboard, palette and mode changes so far. */
  readonly deeds: readonly string[]
  write(bytes: string): Promise<void>
  resize(columns: number, rows: number): void
  /** What the cells of a row show, those from `x` to `end`. */
  text(y: number, x: number, end: number): string
  /** What is wrong with the state it is in; undefined when nothing is. */
  wrong(): string | undefined
  dispose(): void
}

const oscs = [0, 1, 2, 4, 8, 9, 10, 11, 12, 22, 52, 104, 110, 111, 112, 133, 633, 777, 1337]
/** Ends of sequences that ask something, or set what the screen is not about. */
const csis = [
  ...[{ final: 'c' }, { prefix: '>', final: 'c' }, { prefix: '=', final: 'c' }, { final: 'n' }],
  ...[{ prefix: '?', final: 'n' }, { final: 't' }, { final: 'h' }, { final: 'l' }, { final: 'u' }],
  ...[
    { prefix: '>', final: 'u' },
    { prefix: '>', final: 'm' },
    { prefix: '>', final: 'q' },
  ],
  ...[
    { intermediates: '!', final: 'p' },
    { intermediates: ' ', final: 'q' },
  ],
  ...[
    { intermediates: '$', final: 'p' },
    { prefix: '?', intermediates: '$', final: 'p' },
  ],
]
/** What the compositor switches with each frame. */
const own = [2026, 25]
/** As the chat enters it. */
const enter = '\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h\x1b[?1004h'

export async function watchedTerminal(columns: number, rows: number): Promise<WatchedTerminal> {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const write = (bytes: string): Promise<void> =>
    new Promise((resolve) => terminal.write(bytes, resolve))
  await write(enter)
  const deeds: string[] = []
  const tell = (deed: string): true => deeds.push(deed) > 0 || true
  terminal.onData((data) => tell(`reply ${JSON.stringify(data)}`))
  terminal.onBinary((data) => tell(`reply ${JSON.stringify(data)}`))
  terminal.onTitleChange((title) => tell(`title ${title}`))
  terminal.onBell(() => tell('bell'))
  terminal.buffer.onBufferChange(() => tell('another screen'))
  const { parser } = terminal
  for (const code of oscs) parser.registerOscHandler(code, (data) => tell(`OSC ${code} ${data}`))
  for (const id of csis) parser.registerCsiHandler(id, () => tell(`CSI ${JSON.stringify(id)}`))
  for (const final of 'cDEHMNOZ78=>')
    parser.registerEscHandler({ final }, () => tell(`ESC ${final}`))
  for (const final of 'hl') {
    parser.registerCsiHandler({ prefix: '?', final }, (params) => {
      const isOwn = params.length === 1 && own.includes(Number(params[0]))
      return isOwn ? false : tell(`mode ${params} ${final}`)
    })
  }
  const modes = JSON.stringify(terminal.modes)

  return {
    deeds,
    write,
    resize: (width, height) => terminal.resize(width, height),
    text: (y, x, end) => terminal.buffer.active.getLine(y)?.translateToString(false, x, end) ?? '',
    wrong() {
      const { active } = terminal.buffer
      if (deeds.length > 0) return deeds.join(', ')
      if (JSON.stringify(terminal.modes) !== modes) return JSON.stringify(terminal.modes)
      if (active.type !== 'alternate' || active.baseY !== 0) return 'the screen has scrolled'
      // Behind the last cell is where it waits to wrap, which it never does.
      const isInside = active.cursorX <= terminal.cols && active.cursorY < terminal.rows
      return isInside ? undefined : 'the cursor is outside'
    },
    dispose: () => terminal.dispose(),
  }
}

/** The sequences a frame may hold: positions, erasing, scrolling, style, and the frame's own marks. */
const SEQUENCE =
  /\x1b\[m\x1b\[r\x1b\[2J|\x1b\[(?:\d+(?:;\d+)?H|\d+[GXST]|K|\d+;\d+r|r|\?2026[hl]|\?25[hl]|([\d;]*)m)/g
const BEGIN = '\x1b[?2026h'
const END = '\x1b[?2026l'
/** Controls, half characters, and what is not seen but changes what is. */
const FORBIDDEN =
  /[\p{Cc}\p{Cs}\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/u

const ours = new Set(['', '0'])
for (const level of ['none', 'mono', 'ansi16', 'truecolor'] as const) {
  for (const background of ['dark', 'light'] as const) {
    const { tokens, syntax } = themeFor(level, { background })
    for (const sgr of [...Object.values(tokens), ...Object.values(syntax)]) {
      for (const code of codesOf(sgr)) ours.add(code)
    }
  }
}

/** What of a frame's bytes no frame may hold; undefined when there is nothing. */
export function forbiddenBytes(bytes: string): string | undefined {
  for (const [sequence, sgr] of bytes.matchAll(SEQUENCE)) {
    const alien = codesOf(sgr ?? '').find((code) => !ours.has(code))
    if (alien !== undefined) return `the style ${alien} of ${JSON.stringify(sequence)}`
  }
  if (bytes.split(BEGIN).length !== bytes.split(END).length) return 'a frame that is not whole'
  const rest = bytes.replace(SEQUENCE, '')
  const at = rest.search(FORBIDDEN)
  return at < 0 ? undefined : `${JSON.stringify(rest.slice(at, at + 24))} as text`
}

/** One code each; a colour of the table is one with its number. */
function codesOf(sgr: string): string[] {
  return sgr.match(/[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+/g) ?? []
}

export function isBlank(text: string): boolean {
  return /^ *$/.test(text)
}

/** The parts of [0, width) of row `y` that no rectangle covers. */
export function gapsIn(y: number, width: number, rects: Iterable<Rect>): [number, number][] {
  const covering = [...rects]
    .filter((rect) => y >= rect.y && y < rect.y + rect.height && rect.width > 0)
    .sort((a, b) => a.x - b.x)
  const gaps: [number, number][] = []
  let x = 0
  for (const rect of covering) {
    if (rect.x > x) gaps.push([x, Math.min(rect.x, width)])
    x = Math.max(x, rect.x + rect.width)
  }
  if (x < width) gaps.push([x, width])
  return gaps
}
