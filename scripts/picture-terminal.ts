import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { type Grid, readGrid } from './picture-grid.js'

/** The chat on a terminal. */
export interface PictureTerminal {
  /** Keys as they are; '\r' is Enter. */
  type(keys: string): void
  /** Moves the chat's clock on by its next step. */
  tick(): void
  /** Waits until the screen has the text. Throws after 20 s, with the screen. */
  until(text: string): Promise<void>
  /** Waits until nothing is written any more and the screen holds. Throws after 20 s, with the screen. */
  settled(holds: (grid: Grid) => boolean): Promise<Grid>
  close(): void
}

interface TerminalStart {
  readonly root: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns: number
  readonly rows: number
}

const patienceMs = 20_000
const quietMs = 500

/** Opens `c2a` with a clock that stands still (`picture-clock.cjs`). */
export function openPictureTerminal(start: TerminalStart): PictureTerminal {
  const { root, cwd, env, columns, rows } = start
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const clock = join(root, 'scripts', 'picture-clock.cjs')
  const child = spawn(process.execPath, ['--require', clock, join(root, 'bin', 'c2a')], {
    ...{ name: 'xterm-256color', cols: columns, rows, cwd },
    env: { ...env },
  })
  let isCursorShown = true
  let isAlive = true
  const watchers = new Set<() => void>()
  child.onData((data) => {
    const last = data.match(/\x1b\[\?25[hl]/g)?.at(-1)
    if (last !== undefined) isCursorShown = last.endsWith('h')
    screen.write(data, () => {
      for (const watch of watchers) watch()
    })
  })
  child.onExit(() => {
    isAlive = false
  })
  screen.onData((answer) => {
    if (isAlive) child.write(answer)
  })

  const shown = (): string => {
    const { active } = screen.buffer
    const lines = Array.from(
      { length: rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    )
    return lines.join('\n')
  }
  const quiet = (): Promise<void> =>
    new Promise((resolve) => {
      const again = (): void => void timer.refresh()
      const timer = setTimeout(() => {
        watchers.delete(again)
        resolve()
      }, quietMs)
      watchers.add(again)
    })

  return {
    type: (keys) => child.write(keys),
    tick: () => process.kill(child.pid, 'SIGVTALRM'),
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!shown().includes(text)) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve()
        }
        const timer = setTimeout(() => {
          watchers.delete(look)
          reject(new Error(`"${text}" does not appear on the screen:\n${shown()}`))
        }, patienceMs)
        watchers.add(look)
        look()
      }),
    async settled(holds) {
      const deadline = performance.now() + patienceMs
      while (performance.now() < deadline) {
        await quiet()
        const grid = readGrid(screen, isCursorShown)
        if (holds(grid)) return grid
      }
      throw new Error(`the screen does not become what is wanted:\n${shown()}`)
    },
    close() {
      if (isAlive) child.kill('SIGKILL')
      screen.dispose()
    },
  }
}
