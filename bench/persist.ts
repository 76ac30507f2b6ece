// What it costs that a delta is stored before anybody sees it: the real daemon with its own Postgres,
// fsync on, against a relay that keeps nothing, in turns, from the moment the upstream wrote a delta to
// the moment a client had it. `node scripts/bench.mjs persist [streams] [perSecond] [seconds]`.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '../shared/client/client.js'
import type { Script } from '../test/fakes/upstream/script-table.js'
import { done, finish, pause, role, type Step, text } from '../test/fakes/upstream/steps.js'
import { startUpstream } from '../test/fakes/upstream/upstream.js'
import { startDaemonHome } from './daemon-home.js'
import { runRelay } from './persist-relay.js'
import { quantile, report, spread } from './tui-report.js'

const rounds = 3
/** Left out at the beginning and at the end of a round: there all streams begin or end at once, s. */
const burst = { begin: 2, end: 1 }
const mostAdded = { p50: 2, p99: 15 }

/** Deltas at even times, each saying when it was written; a late one does not delay the rest. */
function* stamped(perSecond: number, seconds: number): Iterable<Step> {
  yield role()
  const everyMs = 1_000 / perSecond
  const begin = performance.now() + Math.random() * everyMs
  for (let i = 0; i < perSecond * seconds; i++) {
    const wait = begin + i * everyMs - performance.now()
    if (wait > 0) yield pause(wait)
    yield text(`${performance.now().toFixed(3)} `)
  }
  yield finish()
  yield done()
}

/** How long each delta of one stream took, ms. */
async function latencies(client: Client, sessionId: string): Promise<number[]> {
  const options = { idempotencyKey: randomUUID() }
  const stream = await client.chat(sessionId, { message: 'Go', model: 'stamped' }, options)
  const took: number[] = []
  for await (const events of stream) {
    const now = performance.now()
    for (const event of events) {
      if (event.event === 'turn.failed') throw new Error(JSON.stringify(event.data))
      if (event.event !== 'delta') continue
      // Neighbours may have been joined on the way.
      for (const stamp of event.data.text.trimEnd().split(' ')) took.push(now - Number(stamp))
    }
  }
  return took
}

async function bench(streams: number, perSecond: number, seconds: number): Promise<void> {
  const scripts: Record<string, Script> = { stamped: { steps: () => stamped(perSecond, seconds) } }
  const upstream = await startUpstream({ scripts, models: Object.keys(scripts) })
  const daemon = startDaemonHome(upstream.url)
  const directory = mkdtempSync(join(tmpdir(), 'c2a-relay-'))
  const socketPath = join(directory, 'relay.sock')
  const relay = spawn(
    process.execPath,
    [process.argv[1] ?? '', 'relay', upstream.url, socketPath],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const client = createClient({ target: { socketPath } })
  try {
    await once(relay.stdout, 'data')
    const through = { relay: [] as number[], daemon: [] as number[] }
    const bursts = { relay: [] as number[], daemon: [] as number[] }
    const run = async (name: keyof typeof through, one: () => Promise<number[]>): Promise<void> => {
      for (const took of await Promise.all(Array.from({ length: streams }, one))) {
        const [from, to] = [burst.begin * perSecond, took.length - burst.end * perSecond]
        through[name].push(...took.slice(from, to))
        bursts[name].push(...took.slice(0, from), ...took.slice(to))
      }
    }
    for (let round = 0; round < rounds; round++) {
      await run('relay', () => latencies(client, 'any'))
      await run('daemon', async () =>
        latencies(daemon.client, (await daemon.client.createSession({})).id),
      )
    }
    console.log(`${streams} streams, ${perSecond} deltas a second each, ${rounds} x ${seconds} s`)
    const told = {
      ...through,
      'relay, all begin or end': bursts.relay,
      'daemon, all begin or end (told only)': bursts.daemon,
    }
    for (const [name, took] of Object.entries(told)) {
      report(
        `${name}, ${took.length} deltas, ms`,
        `${spread(took)}, p99 ${quantile(took, 0.99).toFixed(1)}`,
      )
    }
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ] as const) {
      const value = quantile(through.daemon, share) - quantile(through.relay, share)
      const ratio = quantile(through.daemon, share) / quantile(through.relay, share)
      report(`added by storing first, ${name}`, {
        value,
        most: mostAdded[name],
        text: `${value.toFixed(1)} ms (${ratio.toFixed(1)} x)`,
      })
    }
  } finally {
    client.close()
    relay.kill()
    daemon.close()
    await upstream.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

const [first = '50', second = '100', third = '8'] = process.argv.slice(2)
if (first === 'relay') await runRelay(second, third)
else await bench(Number(first), Number(second), Number(third))
