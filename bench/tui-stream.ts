import { setTimeout as sleep } from 'node:timers/promises'
import { bytesByRegion } from './tui-bytes.js'
import type { BenchHome } from './tui-home.js'
import { median, report } from './tui-report.js'
import { pictureOf, usageOf } from './tui-terminal.js'

const mostBytes = 15
const mostCpu = 0.8
const idleMs = 10_000

/** 500 deltas of an answer of 2.4 KB at 100 a second, and then 10 s of nothing. */
export async function benchStream(home: BenchHome, rounds = 3): Promise<void> {
  const runs: Record<string, () => Promise<string>> = {
    'into an empty session': home.empty,
    'under 10,000 lines': async () => home.long,
  }
  for (const [name, session] of Object.entries(runs)) {
    const found: Streamed[] = []
    for (let round = 0; round < rounds; round++) found.push(await stream(home, await session()))
    tell(`${home.answer.length} bytes streamed ${name}, ${rounds} rounds`, found)
  }
}

interface Streamed {
  readonly bytes: number
  readonly times: number
  readonly cpu: number
  readonly frames: number
  readonly rss: number
  readonly idle: { readonly bytes: number; readonly cpu: number }
  readonly regions: ReadonlyMap<string, number>
}

async function stream(home: BenchHome, session: string): Promise<Streamed> {
  const terminal = home.chat(session)
  try {
    await terminal.until(() => terminal.since(0).includes('F1'), 'the chat')
    await terminal.quiet(500)
    terminal.type('go')
    await terminal.quiet(300)
    const from = terminal.reads.length
    const before = usageOf(terminal.pid)
    terminal.type('\r')
    await terminal.until(() => terminal.since(from).includes('esc'), 'the answer')
    await terminal.quiet(500)
    const after = usageOf(terminal.pid)
    const written = terminal.since(from)
    const end = home.answer.trim().split(/\s+/).slice(-2).join(' ')
    const picture = (await pictureOf(terminal.since(0))).join('\n')
    if (!picture.includes(end)) throw new Error(`the answer is not there:\n${picture}`)
    const read = terminal.reads.length
    await sleep(idleMs)
    const bytes = Buffer.byteLength(written)
    return {
      bytes,
      times: bytes / home.answer.length,
      cpu: after.cpu - before.cpu,
      frames: written.split('\x1b[?2026h').length - 1,
      rss: after.rss,
      idle: {
        bytes: Buffer.byteLength(terminal.since(read)),
        cpu: usageOf(terminal.pid).cpu - after.cpu,
      },
      regions: bytesByRegion(written),
    }
  } finally {
    await terminal.leave()
  }
}

function tell(name: string, runs: readonly Streamed[]): void {
  const middle = (of: (run: Streamed) => number): number => median(runs.map(of))
  console.log(name)
  const times = middle((run) => run.times)
  const bytes = `${times.toFixed(1)} x (${middle((run) => run.bytes)} bytes)`
  report('written / answer', { value: times, most: mostBytes, text: bytes })
  const cpu = middle((run) => run.cpu)
  const all = runs.map((run) => run.cpu.toFixed(2)).join(' ')
  report('CPU', { value: cpu, most: mostCpu, text: `${cpu.toFixed(2)} s (${all})` })
  report('memory', `${middle((run) => run.rss).toFixed(0)} MB`)
  report('frames', `${middle((run) => run.frames)}`)
  const [last] = runs.slice(-1)
  const regions = [...(last?.regions ?? [])].sort(([, a], [, b]) => b - a)
  report('bytes of', regions.map(([region, count]) => `${region} ${count}`).join(', '))
  const idle = middle((run) => run.idle.bytes)
  report('idle for 10 s: bytes', { value: idle, most: 0, text: `${idle}` })
  report('idle for 10 s: CPU', `${middle((run) => run.idle.cpu).toFixed(2)} s`)
}
