import { readFileSync } from 'node:fs'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'

export const columns = 120
export const rows = 40
const patienceMs = 10_000

/** A terminal that keeps what is written to it and when; it costs nothing while one measures. */
export interface BenchTerminal {
  readonly pid: number
  /** When the program was started, as `performance.now()`. */
  readonly startedAt: number
  /** What was read, in order; `at` is when. */
  readonly reads: readonly { readonly at: number; readonly text: string }[]
  /** Bytes that were read so far. */
  bytes(): number
  /** What was read from the n-th read on. */
  since(read: number): string
  type(keys: string): void
  /** Waits until `holds` after a read; fails after 10 s. */
  until(holds: () => boolean, what: string): Promise<void>
  /** Waits until nothing has been read for `ms`. */
  quiet(ms: number): Promise<void>
  readonly exit: Promise<number>
  /** Leaves the chat as a user does, so that what it keeps for the next start is kept. */
  leave(): Promise<void>
  kill(): void
}

/** What terminals answer to the questions of the chat: a dark background, attributes. */
const answers: readonly (readonly [question: string, answer: string])[] = [
  ['\x1b]11;?\x1b\\', '\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\'],
  ['\x1b[?2026$p', '\x1b[?2026;2$y'],
  ['\x1b[c', '\x1b[?62;22c'],
]

export function openBenchTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): BenchTerminal {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...args], {
    ...{ name: 'xterm-256color', cols: columns, rows, env: { ...env } },
  })
  const reads: { at: number; text: string }[] = []
  const watchers = new Set<() => void>()
  let bytes = 0
  let alive = true
  child.onData((text) => {
    reads.push({ at: performance.now(), text })
    bytes += Buffer.byteLength(text)
    for (const [question, answer] of answers) if (text.includes(question)) child.write(answer)
    for (const watch of watchers) watch()
  })
  const exit = new Promise<number>((resolve) => {
    child.onExit(({ exitCode }) => {
      alive = false
      resolve(exitCode)
    })
  })
  const kill = (): void => {
    if (alive) child.kill('SIGKILL')
  }
  const since = (read: number): string =>
    reads
      .slice(read)
      .map(({ text }) => text)
      .join('')
  return {
    pid: child.pid,
    startedAt,
    reads,
    bytes: () => bytes,
    since,
    type: (keys) => child.write(keys),
    until: (holds, what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look)
          void pictureOf(since(0)).then((picture) => {
            reject(new Error(`not within 10 s: ${what}; the screen:\n${picture.join('\n')}`))
          })
        }, patienceMs)
        const look = (): void => {
          if (!holds()) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    quiet: (ms) =>
      new Promise((resolve) => {
        let timer = setTimeout(done, ms)
        const restart = (): void => {
          clearTimeout(timer)
          timer = setTimeout(done, ms)
        }
        function done(): void {
          watchers.delete(restart)
          resolve()
        }
        watchers.add(restart)
      }),
    exit,
    kill,
    async leave() {
      const timer = setTimeout(kill, patienceMs)
      // A draft would be kept in the way.
      if (alive) child.write('\x15\x04')
      await exit
      clearTimeout(timer)
    },
  }
}

/** The rows that a terminal shows after these bytes. */
export async function pictureOf(text: string): Promise<string[]> {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  await new Promise<void>((resolve) => screen.write(text, resolve))
  const { active } = screen.buffer
  const picture = Array.from(
    { length: rows },
    (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
  )
  screen.dispose()
  return picture
}

/** What a process has used: seconds of CPU, user and system, to 10 ms, and MB of memory. */
export function usageOf(pid: number): { cpu: number; rss: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return {
    // utime and stime, counted from the field behind the name, in ticks of 10 ms.
    cpu: (Number(fields[11]) + Number(fields[12])) / 100,
    rss: Number(kilobytes) / 1_024,
  }
}
