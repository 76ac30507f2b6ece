import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { askAndFollow, attachAndFollow } from '../../shared/client/follow.js'
import type { TurnEvent, TurnOutcome } from '../../shared/contract/event.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { textOf, turnOf } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { createHistory, expectHolds, type History } from './support/check.js'
import { startDatabaseProxy } from './support/database-proxy.js'
import { faultTimes, settledWithinMs, times } from './support/many.js'
import { startOwnPostgres } from './support/own-postgres.js'
import { type Replica, startReplicas } from './support/replicas.js'

/** What a busy machine adds to a promise, ms. */
const marginMs = 3_000
/** A dependency is back, and so is what waited for it, ms: the promise. */
const recoveredMs = 3_000 + marginMs

/** Long enough for a busy machine to renew it. */
const usualLeaseMs = times(6_000, faultTimes.leaseMs)

let upstream: Upstream
beforeEach(async () => {
  upstream = await startUpstream({ litellm: true })
  return () => upstream.close()
})

/** A turn of model `gate`, asked at one replica and followed at another, too. */
interface Followed {
  readonly events: readonly TurnEvent[]
  /** What the stream said of the database: stalled, or going on. */
  readonly stalls: readonly boolean[]
  readonly text: () => string
  /** For the reader that asked, once the other one has seen the end, too: the same, or the history tells. */
  readonly outcome: Promise<TurnOutcome>
  say(text: string): void
  finish(): void
}

async function follow(
  [asked, other]: readonly [Replica, Replica],
  history: History,
): Promise<Followed> {
  const key = randomUUID()
  const model = `gate+${key}`
  const { id } = await asked.client.createSession({})
  const reader = history.reader({ key })
  const stalls: boolean[] = []
  const asking = reader.until(
    askAndFollow({
      sessionId: id,
      body: { message: key, model },
      idempotencyKey: key,
      connect: async () => asked.client,
      reconnectMs: 60_000,
      onStall: (stalled) => void stalls.push(stalled),
      onEvents: reader.saw,
    }),
  )
  const call = await upstream.waitFor(model)
  const turnId = await eventually(() => turnOf(reader.events))
  const far = history.reader()
  const connect = async () => other.client
  const joined = far.until(
    attachAndFollow({ turnId, connect, reconnectMs: 60_000, onEvents: far.saw }),
  )
  const outcome = Promise.all([asking, joined]).then(([first]) => first)
  // It is awaited when the test is so far.
  outcome.catch(() => undefined)
  return {
    events: reader.events,
    stalls,
    text: () => textOf(reader.events),
    outcome,
    say: call.release,
    finish: call.finish,
  }
}

/** Starts ten turns over two replicas, with some text that every reader has seen. */
async function followTen(replicas: readonly Replica[], history: History): Promise<Followed[]> {
  const [one, two] = replicas as [Replica, Replica]
  const turns = await Promise.all(
    Array.from({ length: 10 }, (_, index) => follow(index % 2 ? [one, two] : [two, one], history)),
  )
  for (const turn of turns) turn.say('before ')
  await eventually(() => {
    for (const { text } of turns) expect(text()).toBe('before ')
  })
  return turns
}

/** Says something to all of them and measures how long it takes to be seen by the last. */
async function seenAfter(turns: readonly Followed[], whole: string): Promise<number> {
  const since = performance.now()
  await eventually(() => {
    for (const { text } of turns) expect(text()).toBe(whole)
  })
  return Math.round(performance.now() - since)
}

async function finishAll(turns: readonly Followed[]): Promise<void> {
  for (const turn of turns) turn.finish()
  for (const { outcome } of turns) expect((await outcome).status).toBe('complete')
}

/** The processes that were started are those that run still. */
function expectAlive(replicas: readonly Replica[], pids: readonly number[]): void {
  expect(replicas.map(({ pid }) => pid)).toEqual(pids)
  expect(replicas.every(({ isRunning }) => isRunning)).toBe(true)
}

async function start(
  database: TestDatabase,
  more: { url?: string; patienceMs?: number; leaseMs?: number } = {},
) {
  const { url, patienceMs = faultTimes.databasePatienceMs, leaseMs = usualLeaseMs } = more
  const { replicas } = await startReplicas({
    count: 2,
    database,
    upstream,
    time: { leaseMs, databasePatienceMs: patienceMs },
    ...(url !== undefined && { databaseUrl: () => url }),
  })
  // A reader may wait for as long as the daemon does, and then it hears of the end.
  const history = createHistory({ silenceMs: patienceMs + 30_000 })
  return { replicas, pids: replicas.map(({ pid }) => pid), history }
}

test('Postgres is stopped, its backends killed: streams pause, say so, and go on without a gap', async () => {
  const postgres = await startOwnPostgres()
  const { replicas, pids, history } = await start(postgres.database)
  const turns = await followTen(replicas, history)
  const took: number[] = []
  let whole = 'before '
  for (const signal of ['SIGQUIT', 'SIGINT'] as const) {
    await postgres.goAway(signal)
    for (const turn of turns) turn.say(`${signal} `)
    await eventually(() => {
      for (const { stalls } of turns) expect(stalls.at(-1)).toBe(true)
    })
    // Nothing is shown that is not stored.
    for (const { text } of turns) expect(text()).toBe(whole)
    whole += `${signal} `
    await postgres.comeBack()
    took.push(await seenAfter(turns, whole))
    for (const { stalls } of turns) expect(stalls.at(-1)).toBe(false)
  }
  for (let kills = times(3, 100); kills > 0; kills--) {
    await postgres.terminateBackends()
    for (const turn of turns) turn.say('on ')
    whole += 'on '
    took.push(await seenAfter(turns, whole))
  }
  await finishAll(turns)
  await expectHolds(history, { database: postgres.database, upstream })
  expectAlive(replicas, pids)
  process.stdout.write(`text was seen ${took.join(', ')} ms after Postgres was back\n`)
  expect(Math.max(...took)).toBeLessThan(recoveredMs)
})

test('Postgres stays away for too long: streams end, nobody waits in silence, and no text is lost', async () => {
  const postgres = await startOwnPostgres()
  const patienceMs = times(1_000, faultTimes.databasePatienceMs)
  const { replicas, pids, history } = await start(postgres.database, { patienceMs })
  const turns = await followTen(replicas, history)
  // Readers of one connection: they see the stream end.
  const streams = await Promise.all(
    turns.map(async ({ events }, index) => {
      const { client } = replicas[index % 2] as Replica
      const stream = await client.attach(turnOf(events), undefined)
      await stream.next()
      return stream
    }),
  )
  const done = turns.slice(0, 3)
  await postgres.goAway('SIGQUIT')
  for (const turn of turns) turn.say('and after')
  // Some have come to their end meanwhile.
  for (const turn of done) turn.finish()
  for (const stream of streams) for await (const _ of stream);
  const [{ client }] = replicas as [Replica]
  await expect(client.listSessions()).rejects.toMatchObject({ code: 'db_unavailable' })
  expect((await client.ready()).ready).toBe(false)
  expect(await client.health()).toMatchObject({ status: 'OK' })
  await eventually(() => {
    for (const { logged } of replicas) {
      expect(logged.match(/could not go on with a turn/g)).toHaveLength(5)
    }
  })
  await postgres.comeBack()
  const since = performance.now()
  await eventually(async () => {
    const live = `SELECT id FROM turns WHERE status = 'streaming'`
    expect((await postgres.database.pool.query(live)).rows).toEqual([])
  })
  const ms = Math.round(performance.now() - since)
  for (const [index, { outcome, text }] of turns.entries()) {
    const { status, problem } = await outcome
    expect(status).toBe(index < done.length ? 'complete' : 'interrupted')
    if (index >= done.length) expect(problem?.code).toBe('db_unavailable')
    expect(text()).toBe('before and after')
  }
  expectAlive(replicas, pids)
  await expectHolds(history, { database: postgres.database, upstream })
  process.stdout.write(`turns that had been given up ended ${ms} ms after Postgres was back\n`)
  expect(ms).toBeLessThan(settledWithinMs + marginMs)
})

test('Postgres hangs: connections are open and silent, streams say so and go on', async () => {
  const database = await createTestDatabase()
  const { proxy, url } = await startDatabaseProxy(database)
  const { replicas, pids, history } = await start(database, { url })
  const turns = await followTen(replicas, history)
  proxy.set({ bandwidth: 0 })
  for (const turn of turns) turn.say('silence ')
  await eventually(() => {
    for (const { stalls } of turns) expect(stalls).toEqual([true])
  })
  const [{ client }] = replicas as [Replica]
  expect((await client.ready()).ready).toBe(false)
  expect(await client.health()).toMatchObject({ status: 'OK' })
  // For longer than a lease, which nobody could renew, and nobody is to judge.
  await eventually(async () => {
    const { rows } = await database.pool.query('SELECT lease_until < now() AS late FROM turns')
    expect(rows).toEqual(turns.map(() => ({ late: true })))
  })
  proxy.set({})
  const ms = await seenAfter(turns, 'before silence ')
  await finishAll(turns)
  await expectHolds(history, { database, upstream })
  expectAlive(replicas, pids)
  process.stdout.write(`text was seen ${ms} ms after Postgres spoke again\n`)
  expect(ms).toBeLessThan(recoveredMs)
})

test('lines to Postgres that are dead without a word are given up, and the answer goes on', async () => {
  const database = await createTestDatabase()
  const { proxy, url } = await startDatabaseProxy(database)
  const { replicas, pids, history } = await start(database, {
    url,
    patienceMs: 30_000,
    // A dead line is given up after five seconds, in which its turns' leases must not expire.
    leaseMs: 15_000,
  })
  const turns = await followTen(replicas, history)
  // Those that are there lead nowhere for ever; new ones are served.
  const dead = proxy.accepted
  proxy.set((index) => (index < dead ? { swallowMs: Number.POSITIVE_INFINITY } : {}))
  for (const turn of turns) turn.say('anew')
  await expect
    .poll(() => turns.map(({ text }) => text()), { timeout: 30_000, interval: 50 })
    .toEqual(turns.map(() => 'before anew'))
  await finishAll(turns)
  await expectHolds(history, { database, upstream })
  expectAlive(replicas, pids)
})

test('the gateway dies before, during and after an answer, and comes back', async () => {
  const database = await createTestDatabase()
  const { replicas, pids, history } = await start(database)
  const [{ client }] = replicas as [Replica]
  const answer = async (model: string): Promise<TurnOutcome> => {
    const key = randomUUID()
    const { id } = await client.createSession({})
    const reader = history.reader({ key })
    const asked = { sessionId: id, body: { message: key, model }, idempotencyKey: key }
    const connect = async () => client
    return reader.until(
      askAndFollow({ ...asked, connect, reconnectMs: 10_000, onEvents: reader.saw }),
    )
  }
  for (let deaths = times(3, 100); deaths > 0; deaths--) {
    const turns = await followTen(replicas, history)
    const { port } = upstream
    await upstream.close()
    const since = performance.now()
    for (const { outcome, text } of turns) {
      expect(await outcome).toMatchObject({
        status: 'failed',
        problem: { code: 'stream_truncated' },
      })
      expect(text()).toBe('before ')
    }
    expect(performance.now() - since).toBeLessThan(1_000 + marginMs)
    expect(await answer('ok')).toMatchObject({
      status: 'failed',
      problem: { code: 'gateway_unreachable' },
    })
    expect(await client.ready()).toMatchObject({ ready: true })
    upstream = await startUpstream({ litellm: true, port })
    const back = performance.now()
    expect(await answer('ok')).toMatchObject({ status: 'complete' })
    expect(performance.now() - back).toBeLessThan(recoveredMs)
  }
  await expectHolds(history, { database })
  expectAlive(replicas, pids)
})
