import xterm from '@xterm/headless'
import { onTestFinished } from 'vitest'
import { launcher, mergeEnvironment } from './c2a.js'
import { spawnPty } from './pty.js'

/*
 * A command on a real pseudo-terminal, with an emulator that shows what a user would see:
 *
 *   const terminal = openTerminal(c2a, ['ask', '-m', 'ok', 'hi'])
 *   await terminal.until((screen) => screen.includes('Hello, world.'))
 *   expect(await terminal.exit).toBe(0)
 */

export interface TerminalOptions {
  columns?: number
  rows?: number
  /** What is run with the arguments; default: c2a. */
  program?: string
  /** More environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>
}

export interface TerminalUnderTest {
  /** What is on the screen, a line each, without trailing blanks. */
  screen(): string
  /** The screen and everything that has scrolled out of it. */
  transcript(): string
  /** Every byte that the program wrote, as text. */
  raw(): string
  /** Title and bell that the program set, if any. */
  title(): string
  cursor(): { column: number; row: number }
  /** Waits until the predicate holds for the screen; fails after `timeoutMs` (10 s) with the screen. */
  until(holds: (screen: string) => boolean, timeoutMs?: number): Promise<void>
  /** Sends keys as they are: '\r' is Enter, '\x03' Ctrl+C, '\x04' Ctrl+D. */
  type(keys: string): void
  resize(columns: number, rows: number): void
  /** The exit code, once all output is on the screen. */
  readonly exit: Promise<number>
  readonly pid: number
  kill(signal?: string): void
}

/** Runs `c2a` on a terminal of 80x24; it is killed after the test. */
export function openTerminal(
  c2a: { readonly env: Readonly<Record<string, string>>; readonly home: string },
  args: readonly string[],
  { columns = 80, rows = 24, env = {}, program }: TerminalOptions = {},
): TerminalUnderTest {
  const screen = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 10_000,
    allowProposedApi: true,
  })
  let raw = ''
  let title = ''
  let alive = true
  const watchers = new Set<() => void>()
  screen.onTitleChange((text) => {
    title = text
  })
  const options = {
    name: 'xterm-256color',
    cols: columns,
    rows,
    cwd: c2a.home,
    env: mergeEnvironment(c2a.env, env),
  }
  const [file, first] = program === undefined ? [process.execPath, [launcher]] : [program, []]
  const child = spawnPty(file, [...first, ...args], options, (text) => {
    raw += text
    screen.write(text, () => {
      for (const watch of watchers) watch()
    })
  })
  // What the emulator answers to questions of the program.
  screen.onData((answer) => {
    if (alive) child.write(answer)
  })
  const exit = new Promise<number>((resolve) => {
    child.onExit(({ exitCode }) => {
      alive = false
      screen.write('', () => resolve(exitCode))
    })
  })
  const kill = (signal = 'SIGKILL'): void => {
    if (alive) child.kill(signal)
  }
  onTestFinished(() => {
    kill()
    screen.dispose()
  })

  const lines = (from: number, to: number): string => {
    const { active } = screen.buffer
    const found: string[] = []
    for (let row = from; row < to; row++) {
      found.push(active.getLine(row)?.translateToString(true) ?? '')
    }
    return found.join('\n').trimEnd()
  }
  const shown = (): string => {
    const { baseY } = screen.buffer.active
    return lines(baseY, baseY + screen.rows)
  }

  return {
    screen: shown,
    transcript: () => lines(0, screen.buffer.active.length),
    raw: () => raw,
    title: () => title,
    cursor: () => ({ column: screen.buffer.active.cursorX, row: screen.buffer.active.cursorY }),
    until: (holds, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look)
          const how = alive ? 'still runs' : 'has ended'
          reject(
            new Error(`not within ${timeoutMs} ms; the program ${how}; the screen:\n${shown()}`),
          )
        }, timeoutMs)
        const look = (): void => {
          if (!holds(shown())) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    type(keys) {
      if (alive) child.write(keys)
    },
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows)
      child.resize(newColumns, newRows)
    },
    exit,
    pid: child.pid,
    kill,
  }
}
