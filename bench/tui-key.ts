import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchHome } from './tui-home.js'
import { median, quantile, report, spread } from './tui-report.js'
import type { BenchTerminal } from './tui-terminal.js'

const mostMs = 16
const mostBytes = 400
/** Keys of one line in the composer, then it is emptied. */
const line = 60
const pauseMs = 30

/** From a key to the bytes that show it, in 10,000 lines, idle and while an answer streams. */
export async function benchKeys(home: BenchHome, keys = 240): Promise<void> {
  const echo = home.echo()
  const terminal = home.chat(home.long)
  try {
    await echo.until(() => echo.since(0).includes('ready'), 'the echo')
    await terminal.until(() => terminal.since(0).includes('F1'), 'the chat')
    await terminal.quiet(300)
    await readAll(terminal)
    await typeKeys(terminal, echo, line)
    console.log(`key to paint in 10,000 lines, ${keys} keys`)
    tell('idle', await typeKeys(terminal, echo, keys), true)
    tell('page up and down (told only)', await pageKeys(terminal, 40), false)
    terminal.type('/model endless\r')
    await terminal.quiet(300)
    terminal.type('go\r')
    await terminal.until(() => terminal.since(0).includes('answering'), 'the answer')
    await sleep(1_500)
    tell('while 100 deltas a second stream', await typeKeys(terminal, echo, keys), true)
    terminal.type('\x1b')
    await terminal.quiet(1_000)
  } finally {
    await terminal.leave()
    echo.kill()
  }
}

interface Keys {
  readonly ms: readonly number[]
  /** Between a key and the next. */
  readonly bytes: readonly number[]
  /** The same for a program that only gives back what it reads. */
  readonly echoMs?: readonly number[]
}

function tell(name: string, { ms, bytes, echoMs }: Keys, hasBar: boolean): void {
  const text = `${spread(ms)} ms`
  const isIdle = name === 'idle'
  report(name, hasBar ? { value: quantile(ms, 0.95), most: mostMs, text } : text)
  if (echoMs) report('  an echo in the same seconds', `${spread(echoMs)} ms`)
  const size = `${median(bytes)} bytes, p95 ${quantile(bytes, 0.95)}`
  report(
    '  bytes until the next key',
    isIdle ? { value: quantile(bytes, 0.95), most: mostBytes, text: size } : size,
  )
}

/** Loads the older messages, too, and goes back to the end. */
async function readAll(terminal: BenchTerminal): Promise<void> {
  for (let i = 0; i < 2; i++) {
    terminal.type('\x1b[1;5H')
    await terminal.quiet(400)
  }
  terminal.type('\x1b[1;5F')
  await terminal.quiet(400)
}

/** Letters into the composer. A letter is painted when the cursor stands behind it. */
async function typeKeys(
  terminal: BenchTerminal,
  echo: BenchTerminal,
  count: number,
): Promise<Keys> {
  const ms: number[] = []
  const echoMs: number[] = []
  const bytes: number[] = []
  for (let i = 0; i < count; i++) {
    if (i % line === 0) {
      terminal.type('\x15')
      await sleep(200)
    }
    const cursor = cursorOf(terminal)
    const next = `\x1b[${cursor.row};${cursor.column + 1}H\x1b[?2026l`
    const { took, size } = await press(terminal, 'abcdefghij'[i % 10] ?? 'a', (read) =>
      read.includes(next),
    )
    ms.push(took)
    bytes.push(size)
    echoMs.push((await press(echo, 'x', (read) => read.includes('x'))).took)
  }
  terminal.type('\x15')
  await sleep(200)
  return { ms, bytes, echoMs }
}

async function pageKeys(terminal: BenchTerminal, count: number): Promise<Keys> {
  const ms: number[] = []
  const bytes: number[] = []
  for (let i = 0; i < count; i++) {
    const key = i < count / 2 ? '\x1b[5~' : '\x1b[6~'
    const { took, size } = await press(terminal, key, (read) => read.includes('\x1b[?2026l'))
    ms.push(took)
    bytes.push(size)
  }
  return { ms, bytes }
}

async function press(terminal: BenchTerminal, key: string, isSeen: (read: string) => boolean) {
  const from = terminal.reads.length
  const before = terminal.bytes()
  const pressedAt = performance.now()
  terminal.type(key)
  await terminal.until(() => isSeen(terminal.since(from)), `the key ${JSON.stringify(key)}`)
  const took = (terminal.reads.at(-1)?.at ?? Number.NaN) - pressedAt
  // Not in step with the stream.
  await sleep(pauseMs + Math.random() * 20)
  return { took, size: terminal.bytes() - before }
}

/** Where the last frame put the cursor, from 1. */
function cursorOf({ since, reads }: BenchTerminal): { row: number; column: number } {
  const places = since(Math.max(0, reads.length - 50)).matchAll(/\x1b\[(\d+);(\d+)H\x1b\[\?2026l/g)
  const [, row, column] = [...places].at(-1) ?? []
  if (row === undefined || column === undefined) throw new Error('there is no cursor')
  return { row: Number(row), column: Number(column) }
}
