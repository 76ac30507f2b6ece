import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished } from 'vitest'
import { readToken } from '../../cli/personal/find.js'
import { type Client, createClient } from '../../shared/client/client.js'
import { homeOf } from '../../shared/home.js'
import { startUpstream, type Upstream, type UpstreamOptions } from '../fakes/upstream/upstream.js'
import { type C2a, type C2aOptions, createC2a } from './c2a.js'
import { openTerminal, type TerminalOptions, type TerminalUnderTest } from './terminal.js'

/*
 * The chat on the whole screen, with the real daemon behind it:
 *
 *   const home = shareHome()
 *   test('an answer', async () => {
 *     const tui = await openTui(home, ['-n', '-m', 'ok'])
 *     tui.type('hi\r')
 *     await tui.shows('Hello, world.')
 *     await tui.matches('answered')
 *   })
 *
 * Whatever a test does, its bytes are checked after it: no ESC[3J, ESC[2J only where the screen had
 * to be painted anew, and none at all while nothing happens. C2A_UPDATE_SCREENS=1 writes the files.
 */

export interface TuiHome {
  readonly c2a: C2a
  readonly upstream: Upstream
  /** Of the daemon, over its socket. */
  readonly client: Client
}

/** One home with its daemon for a file; each test begins without sessions and roles. */
export function shareHome(options: UpstreamOptions = {}, c2aOptions: C2aOptions = {}): TuiHome {
  let made: { c2a: C2a; upstream: Upstream; clients: Client[] } | undefined
  const home = (): NonNullable<typeof made> => {
    if (made === undefined) throw new Error('the home is there in tests only')
    return made
  }
  beforeAll(async () => {
    const upstream = await startUpstream({ litellm: true, ...options })
    const c2a = await createC2a({ gateway: upstream.url, ...c2aOptions })
    made = { c2a, upstream, clients: [] }
    expect(await c2a.run(['sessions', 'list'])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    for (const client of made?.clients ?? []) client.close()
    await made?.c2a.dispose()
    await made?.upstream.close()
  })
  beforeEach(async () => {
    const { client } = shared
    for (const { id } of await client.listSessions(500)) await client.deleteSession(id)
    for (const { id } of await client.listRoles()) await client.deleteRole(id)
  })
  const shared: TuiHome = {
    get c2a() {
      return home().c2a
    },
    get upstream() {
      return home().upstream
    },
    get client() {
      const { c2a, clients } = home()
      const target = { socketPath: c2a.daemon()?.socket ?? '' }
      const client = createClient({ target, token: readToken(homeOf({ C2A_HOME: c2a.home })) })
      clients.push(client)
      return client
    },
  }
  return shared
}

export interface Tui extends TerminalUnderTest {
  /** Waits until all of these are on the screen. */
  shows(...texts: readonly string[]): Promise<void>
  /** Waits until this is not on the screen. */
  hides(text: string): Promise<void>
  /** Waits until the screen is that of the file `name-COLUMNSxROWS.txt`, at this size. */
  matches(name: string): Promise<void>
  /** The same at 80x24, 120x40 and 200x60, to which the terminal is brought. */
  matchesAtAllSizes(name: string): Promise<void>
  /** The screen with marks for what differs from run to run, and where the cursor is. */
  masked(): string
  /** The columns and rows of this moment. */
  size(): readonly [columns: number, rows: number]
  /** The lines of the composer, without its frame. */
  draft(): string
  paste(text: string): void
}

const sizes = [
  [80, 24],
  [120, 40],
  [200, 60],
] as const

/** Keys as a terminal sends them. */
export const keys = {
  enter: '\r',
  escape: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  home: '\x1b[H',
  end: '\x1b[F',
  ctrlEnd: '\x1b[1;5F',
  ctrlHome: '\x1b[1;5H',
  pageUp: '\x1b[5~',
  pageDown: '\x1b[6~',
  tab: '\t',
  f1: '\x1bOP',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  ctrl: (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 31),
  wheelUp: (column: number, row: number): string => `\x1b[<64;${column};${row}M`,
  wheelDown: (column: number, row: number): string => `\x1b[<65;${column};${row}M`,
} as const

/** As much of a home as the chat needs, whichever daemon and gateway it has. */
interface Opened {
  readonly c2a: Pick<C2a, 'home' | 'env'> & { run(args: readonly string[]): Promise<unknown> }
}

/** Opens the chat and waits for its first frame. The terminal is dark and has 256 colours. */
export async function openTui(
  { c2a }: Opened,
  args: readonly string[] = [],
  options: TerminalOptions = {},
): Promise<Tui> {
  const { columns = 80, rows = 24 } = options
  const terminal = openTerminal(c2a, args, options)
  let size: readonly [columns: number, rows: number] = [columns, rows]
  let repaints = 0
  let hasEnded = false
  void terminal.exit.then(() => {
    hasEnded = true
  })

  const tui: Tui = {
    ...terminal,
    type(typed) {
      repaints += typed.split(keys.ctrl('l')).length - 1
      terminal.type(typed)
    },
    resize(newColumns, newRows) {
      repaints += 1
      size = [newColumns, newRows]
      terminal.resize(newColumns, newRows)
    },
    shows: (...texts) => terminal.until((screen) => texts.every((text) => screen.includes(text))),
    hides: (text) => terminal.until((screen) => !screen.includes(text)),
    masked: () => masked(terminal),
    size: () => size,
    draft: () => draftOf(terminal.screen()),
    paste: (text) => terminal.type(`\x1b[200~${text}\x1b[201~`),
    matches: (name) => matchScreen(tui, `${name}-${size.join('x')}`),
    async matchesAtAllSizes(name) {
      for (const [wide, high] of sizes) {
        if (wide !== size[0] || high !== size[1]) tui.resize(wide, high)
        await tui.matches(name)
      }
    },
  }
  onTestFinished(async () => {
    expect(terminal.raw()).not.toContain('\x1b[3J')
    expect(terminal.raw().split('\x1b[2J').length - 1, 'times ESC[2J').toBeLessThanOrEqual(repaints)
    if (!hasEnded && !movesByItself(terminal.screen())) await expectStill(tui, { c2a })
  })
  const isSmall = columns < 40 || rows < 10
  await terminal.until((screen) => isSmall || (/F1|esc stop/.test(screen) && screen.includes('╰─')))
  return tui
}

/** While something runs or is waited for, a spinner turns or seconds are counted. */
const movesByItself = (screen: string): boolean => /esc stop|\^R now/.test(screen)

/**
 * Nothing is written while nothing happens: not a byte while another command does its work. Fails
 * when the program wrote during each of many commands.
 */
export async function expectStill(tui: Tui, { c2a }: Opened): Promise<void> {
  let written = ''
  for (let attempt = 0; attempt < 8; attempt++) {
    const before = tui.raw().length
    await c2a.run(['--version'])
    written = tui.raw().slice(before)
    if (written === '') return
  }
  expect(written, 'what an idle chat wrote').toBe('')
}

const folder = fileURLToPath(new URL('../e2e/screens/', import.meta.url))

async function matchScreen(tui: Tui, name: string): Promise<void> {
  const path = `${folder}${name}.txt`
  if (process.env['C2A_UPDATE_SCREENS'] !== undefined) {
    const screen = await settled(tui)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, screen)
    return
  }
  if (!existsSync(path)) throw new Error(`no ${path}; C2A_UPDATE_SCREENS=1 writes it`)
  const wanted = readFileSync(path, 'utf8')
  // The difference says more than the screen that `until` would show.
  await tui.until(() => tui.masked() === wanted).catch(() => undefined)
  expect(tui.masked(), name).toBe(wanted)
}

/** For writing files only: the screen once it has not changed for a while. */
async function settled(tui: Tui): Promise<string> {
  for (let last = ''; ; ) {
    await sleep(400)
    const screen = tui.masked()
    if (screen === last) return screen
    last = screen
  }
}

function masked(terminal: TerminalUnderTest): string {
  const raw = terminal.raw()
  const isHidden = raw.lastIndexOf('\x1b[?25l') > raw.lastIndexOf('\x1b[?25h')
  const { column, row } = terminal.cursor()
  const cursor = isHidden ? 'hidden' : `row ${row + 1}, column ${column + 1}`
  return `${terminal.screen().split('\n').map(maskLine).join('\n')}\n[cursor: ${cursor}]\n`
}

/** Marks are as wide as what they stand for, but in the line that says what is running. */
function maskLine(line: string): string {
  const running = /^ \S (\w+) ·(?: ~?\d+ tok\/s ·)? \d\d:\d\d · esc stop */.exec(line)
  if (running) return ` * ${running[1]} · ##:## · esc stop ${line.slice(running[0].length)}`.trim()
  return line
    .replace(/\b\d\d:\d\d\b/g, '##:##')
    .replace(/\b\d+\.\ds(?= ·| *$|\b)/g, '#.#s')
    .replace(/(127\.0\.0\.1:)\d+/g, '$1#####')
    .replace(/ (?:now| [1-9]m)(?=│)/g, ' age')
}

function draftOf(screen: string): string {
  const lines = screen.split('\n')
  const from = lines.findLastIndex((line) => line.includes('╭'))
  const to = lines.findLastIndex((line) => line.includes('╰'))
  const text = lines.slice(from + 1, to).map((line) => {
    const [, typed = ''] = /^(?:[^│]*│ ?)?│ . (.*?) *│$/.exec(line) ?? []
    return typed
  })
  return text[0]?.startsWith('Ask anything') ? '' : text.join('\n')
}
