import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTerminal, type TurnEvent } from '../../shared/contract/event.js'
import type { Script } from '../fakes/upstream/script-table.js'
import { done, finish, gate, role, type Step, text } from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { textOf } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { inParallel } from './support/in-parallel.js'
import { isMany, times } from './support/many.js'
import { memoryOf, openFiles } from './support/memory.js'
import { type Replica, type Replicas, startReplicas } from './support/replicas.js'

const readers = 500
const answerBytes = times(20_000_000, 200_000_000)
/** As `time.stalled_ms`; ten times shorter unless there is a night for it. */
const stalledMs = times(3_000, 30_000)
/** Of the daemon, whatever its readers do. */
const mostMemory = 250
/** What one reader that stands still may cost, MiB. */
const mostForReader = 0.25

const lineLength = 8_000
const lineAt = (index: number): string => `${`line ${index} `.padEnd(lineLength - 1, '·-')}\n`
const lines = Math.ceil(answerBytes / lineLength)

/** Waits for the test, and is then as fast as it is read. */
const flood: Script = { steps: () => flooding() }

function* flooding(): Iterable<Step> {
  yield role()
  yield gate
  for (let index = 0; index < lines; index++) yield text(lineAt(index))
  yield finish()
  yield done()
}

/** What the answer says from a character on. */
function partOfAnswer(at: number, length: number): string {
  const first = Math.floor(at / lineLength)
  const last = Math.floor((at + length) / lineLength)
  const some = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  const whole = some.map((index) => (index < lines ? lineAt(index) : '')).join('')
  return whole.slice(at - first * lineLength, at - first * lineLength + length)
}

let database: TestDatabase
let upstream: Upstream
let replicas: Replicas
let daemon: Replica

beforeAll(async () => {
  upstream = await startUpstream({ scripts: { flood } })
  database = await createTestDatabase()
  replicas = await startReplicas({
    ...{ count: 1, database, upstream },
    env: () => ({ C2A_STALLED_MS: String(stalledMs) }),
  })
  const [first] = replicas.replicas
  if (first === undefined) throw new Error('there is one')
  daemon = first
})

afterAll(async () => {
  await replicas?.dispose()
  await upstream?.close()
  await database?.drop()
})

/** A reader that checks what it reads and keeps none of it. */
function createChecker() {
  let length = 0
  let lastId: string | undefined
  let ended = false
  return {
    saw(events: readonly TurnEvent[]): void {
      const part = textOf(events)
      // Not toBe, which would print megabytes.
      if (part !== partOfAnswer(length, part.length)) throw new Error(`wrong after ${length}`)
      length += part.length
      const last = events.at(-1)
      if (last === undefined) return
      lastId = last.id
      ended = isTerminal(last.event)
    },
    get length() {
      return length
    },
    get lastId() {
      return lastId
    },
    get ended() {
      return ended
    },
  }
}

type Checker = ReturnType<typeof createChecker>

/** Asks, and reads once `go` was called; tells the pauses between two reads, ms. */
async function askForFlood(tag: string) {
  const model = `flood+${tag}`
  const { id } = await daemon.client.createSession({})
  const body = { message: 'Go', model }
  const stream = await daemon.client.chat(id, body, { idempotencyKey: randomUUID() })
  const call = await upstream.waitFor(model)
  const [turn] = (await database.pool.query('SELECT id FROM turns WHERE session_id = $1', [id]))
    .rows
  const checker = createChecker()
  const read = async (): Promise<number[]> => {
    call.finish()
    const gaps: number[] = []
    let since = performance.now()
    for await (const events of stream) {
      gaps.push(performance.now() - since)
      since = performance.now()
      checker.saw(events)
    }
    return gaps
  }
  return { turnId: String(turn.id), checker, read }
}

/** Reads on from where it was, until it has `bytes` more or all there is. */
async function resume(turnId: string, checker: Checker, bytes: number): Promise<void> {
  const until = checker.length + bytes
  const rest = await daemon.client.attach(turnId, checker.lastId)
  for await (const events of rest) {
    checker.saw(events)
    if (checker.length >= until) break
  }
}

const whole = lines * lineLength

test(
  '500 readers that stand still cost little, harm nobody, are dropped and can resume',
  async () => {
    const alone = await askForFlood('alone')
    await alone.read()
    expect(alone.checker).toMatchObject({ length: whole, ended: true })
    const { most: before } = memoryOf(daemon.pid)

    const { turnId, checker, read } = await askForFlood('crowd')
    const idle = openFiles(daemon.pid)
    // Nobody reads from them before they were dropped.
    const streams = await inParallel(
      Array.from({ length: readers }, () => 0),
      20,
      () => daemon.client.attach(turnId, undefined),
    )
    expect(openFiles(daemon.pid)).toBeGreaterThanOrEqual(idle + readers)
    const began = performance.now()
    const reading = read()
    const dropping = droppedFrom(idle + readers, began)
    const gaps = await reading
    expect(checker).toMatchObject({ length: whole, ended: true })
    const took = performance.now() - began
    const { first, last } = await dropping
    expect(first).toBeGreaterThanOrEqual(stalledMs)
    expect(daemon.logged).not.toContain('"level":"error"')

    const { most } = memoryOf(daemon.pid)
    const sorted = gaps.toSorted((a, b) => a - b)
    process.stderr.write(
      `slow-readers: ${(took / 1000).toFixed(1)} s for ${(whole / 1e6).toFixed(0)} MB, the largest gap ` +
        `${sorted.at(-1)?.toFixed(0)} ms (p99 ${sorted[Math.floor(sorted.length * 0.99)]?.toFixed(0)}), ` +
        `dropped after ${(first / 1000).toFixed(1)} to ${(last / 1000).toFixed(1)} s; ` +
        `${before.toFixed(0)} MiB with one reader, ${most.toFixed(0)} with ${readers} more\n`,
    )
    expect(most).toBeLessThanOrEqual(mostMemory)
    expect((most - before) / readers).toBeLessThanOrEqual(mostForReader)

    const back = await inParallel(streams, 10, async (stream, index) => {
      const stalled = createChecker()
      for await (const events of stream) stalled.saw(events)
      expect(stalled.ended).toBe(false)
      // The end is far; a few go there.
      const isThorough = index % 100 === 0
      await resume(turnId, stalled, isThorough ? whole : 300_000)
      return isThorough ? stalled.ended : stalled.length > 300_000
    })
    expect(back).toEqual(back.map(() => true))
    const after = memoryOf(daemon.pid).most
    process.stderr.write(`slow-readers: ${after.toFixed(0)} MiB after all have resumed\n`)
    expect(after).toBeLessThanOrEqual(mostMemory)
  },
  isMany ? 0 : 120_000,
)

/** When the daemon dropped the first and the last of its readers, ms after `began`. */
async function droppedFrom(open: number, began: number): Promise<{ first: number; last: number }> {
  let first: number | undefined
  const last = await eventually(() => {
    const left = openFiles(daemon.pid) - (open - readers)
    if (left < readers - 5) first ??= performance.now() - began
    if (left > 5) throw new Error(`${left} readers are not dropped`)
    return performance.now() - began
  }, stalledMs * 10)
  return { first: first ?? last, last }
}
