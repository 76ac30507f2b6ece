// What one daemon carries: CPU of the daemon and of its own Postgres (fsync on) for so many answers at
// once, each with a reader, and the memory of a live one. Upstream and readers are a process of their
// own, whose CPU is not counted. `node scripts/bench.mjs capacity [perSecond] [seconds] [streams,...]`.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DaemonFile } from '../shared/home.js'
import type { Script } from '../test/fakes/upstream/script-table.js'
import { done, finish, gate, pause, role, type Step, text } from '../test/fakes/upstream/steps.js'
import { startUpstream } from '../test/fakes/upstream/upstream.js'
import { type Metric, readExposition, sampleValue } from '../test/support/exposition.js'
import { type DaemonHome, startDaemonHome } from './daemon-home.js'
import { report } from './tui-report.js'

/** Of a process in /proc, in hundredths of a second. */
const ticksASecond = 100
/** Left out at the beginning of a run, where all answers begin at once, s. */
const beginS = 3
/** Live answers for the memory of one. */
const heldStreams = 200

function* words(perSecond: number): Iterable<Step> {
  yield role()
  const everyMs = 1_000 / perSecond
  const begin = performance.now() + Math.random() * everyMs
  for (let i = 0; ; i++) {
    const wait = begin + i * everyMs - performance.now()
    if (wait > 0) yield pause(wait)
    yield text('token ')
  }
}

function scrape({ env }: DaemonHome): Promise<Map<string, Metric>> {
  const home = env['C2A_HOME'] ?? ''
  const token = readFileSync(join(home, 'token'), 'utf8').trim()
  const where = { socketPath: join(home, 'c2a.sock'), path: '/metrics' }
  return new Promise((resolve, reject) => {
    const asked = request({ ...where, headers: { authorization: `Bearer ${token}` } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve(readExposition(Buffer.concat(chunks).toString())))
    })
    asked.on('error', reject).end()
  })
}

/** CPU that the managed Postgres has used, with what its ended processes had, s. */
function postgresCpu({ env }: DaemonHome): number {
  const file = join(env['C2A_HOME'] ?? '', 'daemon.json')
  const { data_dir: directory = '' }: DaemonFile = JSON.parse(readFileSync(file, 'utf8'))
  const postmaster = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')[0]
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, parent, ...rest] = statOf(pid)
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = rest.slice(9, 13).map(Number)
    if (pid === postmaster) ticks += user + system + endedUser + endedSystem
    else if (parent === postmaster) ticks += user + system
  }
  return ticks / ticksASecond
}

/** What follows the name in /proc/PID/stat; nothing of a process that has just ended. */
function statOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  } catch {
    return []
  }
}

interface Look {
  at: number
  daemon: number
  postgres: number
  commits: number
  delay: number
}

async function look(daemon: DaemonHome): Promise<Look> {
  const metrics = await scrape(daemon)
  return {
    at: performance.now() / 1_000,
    daemon: sampleValue(metrics, 'process_cpu_seconds_total') ?? 0,
    postgres: postgresCpu(daemon),
    commits: sampleValue(metrics, 'c2a_commit_seconds_count') ?? 0,
    delay: sampleValue(metrics, 'c2a_event_loop_delay_seconds', { quantile: '0.99' }) ?? 0,
  }
}

const memory = async (daemon: DaemonHome): Promise<number> =>
  (sampleValue(await scrape(daemon), 'process_resident_memory_bytes') ?? 0) / 2 ** 20

/** Begins so many answers, each with a reader that counts. Stopping them ends them. */
async function begin({ client }: DaemonHome, model: string, count: number) {
  let read = 0
  const sessions = await Promise.all(Array.from({ length: count }, () => client.createSession({})))
  const readers = sessions.map(async ({ id }) => {
    const key = { idempotencyKey: randomUUID() }
    for await (const events of await client.chat(id, { message: 'Go', model }, key)) {
      for (const event of events) if (event.event === 'delta') read += event.data.text.length / 6
    }
  })
  return {
    read: () => read,
    async stop() {
      await Promise.all(sessions.map(({ id }) => client.stopSession(id)))
      await Promise.all(readers)
    },
  }
}

async function run(daemon: DaemonHome, perSecond: number, seconds: number, count: number) {
  const answers = await begin(daemon, 'words', count)
  await sleep(beginS * 1_000)
  const [before, readBefore] = [await look(daemon), answers.read()]
  await sleep(seconds * 1_000)
  const [after, read] = [await look(daemon), answers.read() - readBefore]
  await answers.stop()
  const took = after.at - before.at
  const perStream = (name: 'daemon' | 'postgres') =>
    ((after[name] - before[name]) / took / count) * 100
  const [ours, theirs] = [perStream('daemon'), perStream('postgres')]
  report(
    `${count} answers`,
    [
      `daemon ${ours.toFixed(2)} % of a core an answer (${Math.floor(100 / ours)} a core)`,
      `Postgres ${theirs.toFixed(2)} %`,
      `${((after.commits - before.commits) / took).toFixed(0)} commits a second`,
      `${((read / took / count / perSecond) * 100).toFixed(0)} % of the pace`,
      `loop late by ${(after.delay * 1_000).toFixed(0)} ms (p99)`,
    ].join(', '),
  )
}

async function bench(perSecond: number, seconds: number, counts: readonly number[]): Promise<void> {
  const scripts: Record<string, Script> = {
    words: { steps: () => words(perSecond) },
    held: { steps: () => [role(), text('one '), gate, finish(), done()] },
  }
  const upstream = await startUpstream({ scripts, models: Object.keys(scripts) })
  const daemon = startDaemonHome(upstream.url)
  try {
    // Code is compiled, pools are filled.
    await (await begin(daemon, 'held', 20)).stop()
    const idle = await memory(daemon)
    report('memory of the daemon, warm', `${idle.toFixed(0)} MiB`)
    const held = await begin(daemon, 'held', heldStreams)
    await sleep(1_000)
    const each = ((await memory(daemon)) - idle) * 1_024
    report(
      `a live answer with a reader, of ${heldStreams}`,
      `${(each / heldStreams).toFixed(0)} KiB`,
    )
    await held.stop()
    console.log(`${perSecond} deltas a second each, ${seconds} s`)
    for (const count of counts) await run(daemon, perSecond, seconds, count)
    report('memory of the daemon, afterwards', `${(await memory(daemon)).toFixed(0)} MiB`)
  } finally {
    daemon.close()
    await upstream.close()
  }
}

const [pace = '30', seconds = '10', counts = '10,50,100,200'] = process.argv.slice(2)
await bench(Number(pace), Number(seconds), counts.split(',').map(Number))
