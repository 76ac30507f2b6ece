import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../shared/client/client.js'
import { askAndFollow } from '../../shared/client/follow.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { hang, type Step, text } from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { collect } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { quantile } from '../support/quantile.js'
import { createHistory, expectHolds, type History } from './support/check.js'
import { flow } from './support/crowd.js'
import { startDatabaseProxy } from './support/database-proxy.js'
import type { FaultProxy } from './support/fault-proxy.js'
import { faultTimes, isMany, times } from './support/many.js'
import { createRandom } from './support/random.js'
import { type Replica, startReplicas } from './support/replicas.js'

/** What a busy machine adds to a promise, ms. */
const marginMs = 3_000
/** What leaving may take beyond the drain time, ms: the promise. */
const closingMs = 5_000 + marginMs
/** What is done at once, ms. */
const atOnceMs = 2_000 + marginMs
/** For a test, ms. */
const longMs = isMany ? 0 : 180_000
const drainMs = isMany ? faultTimes.drainMs : 300

/** More than sockets hold, and then nothing, ever. */
function* flood(): Iterable<Step> {
  for (let n = 0; n < 24; n++) yield text('x'.repeat(16_000))
  yield hang
}

let upstream: Upstream
beforeEach(async () => {
  upstream = await startUpstream({ litellm: true, scripts: { flow, flood: { steps: flood } } })
  return () => upstream.close()
})

/** Asks and reads; how it ends is the history's business: a daemon that leaves cuts it or refuses it. */
async function ask(replica: Replica, history: History, model: string): Promise<void> {
  const key = randomUUID()
  try {
    const { id } = await replica.client.createSession({})
    const stream = await replica.client.chat(id, { message: key, model }, { idempotencyKey: key })
    for await (const _ of history.read(stream, { key }));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
  }
}

/** Takes the head of a stream that has no end and reads nothing more, ever. */
function hangOn(replica: Replica, token: string, path: string, body?: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath: replica.socketPath,
      path,
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'text/event-stream',
        ...(body && { 'content-type': 'application/json' }),
      },
    })
    onTestFinished(() => void outgoing.destroy())
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      response.pause()
      response.on('error', () => undefined)
      resolve()
    })
    outgoing.end(body && JSON.stringify(body))
  })
}

/** SIGTERM, and how it left. */
async function leave(replica: Replica): Promise<number> {
  const since = performance.now()
  const code = await replica.stop()
  const ms = performance.now() - since
  expect(code).toBe(0)
  expect(ms).toBeLessThan(drainMs + closingMs)
  return Math.round(ms)
}

/** The live turns of whoever runs in this home. */
async function liveTurns({ pool }: TestDatabase, { instance }: Replica): Promise<unknown[]> {
  const live = `SELECT id FROM turns WHERE status = 'streaming' AND instance = $1`
  return (await pool.query(live, [instance])).rows
}

test(
  'SIGTERM under load: exit 0 in time and every turn ended, whatever hangs',
  async () => {
    const random = createRandom()
    const database = await createTestDatabase()
    const { replicas, token } = await startReplicas({
      count: 3,
      database,
      upstream,
      time: { drainMs },
    })
    const history = createHistory()
    const took: number[] = []
    const readers: Promise<void>[] = []

    const round = async (replica: Replica, name: string): Promise<void> => {
      const named = (model: string): string => `${model}+${name}`
      for (const model of ['hang', 'hang-mid', 'flow', 'ok']) {
        readers.push(ask(replica, history, named(model)))
      }
      const { id } = await replica.client.createSession({})
      const body = { message: 'Go', model: named('flood') }
      await hangOn(replica, token, `/api/sessions/${id}/chat/stream`, body)
      await hangOn(replica, token, '/api/events')
      // Some are still starting, or none is any more.
      await upstream.waitFor(named(random.oneOf(['flood', 'hang', 'hang-mid', 'flow'])))
      took.push(await leave(replica))
      expect(await liveTurns(database, replica)).toEqual([])
      await replica.restart()
    }
    await Promise.all(
      replicas.map(async (replica, index) => {
        for (let n = times(10, 34); n > 0; n--) await round(replica, `${index}-${n}`)
      }),
    )
    await Promise.all(readers)
    await expectHolds(history, { database, upstream }, `seed ${random.seed}`)
    process.stdout.write(
      `${took.length} SIGTERMs: gone after at most ${Math.max(...took)} ms, ${drainMs} of them to drain\n`,
    )
  },
  longMs,
)

test('who leaves says so at once, lets answers finish, and goes at once when told again', async () => {
  const database = await createTestDatabase()
  const { replicas } = await startReplicas({
    count: 1,
    database,
    upstream,
    time: { drainMs: 30_000 },
  })
  const [replica] = replicas as [Replica]
  const { client } = replica
  const session = await client.createSession({})
  const model = 'gate+leaving'
  const post = (id: string, model: string) =>
    client.chat(id, { message: 'Hi', model }, { idempotencyKey: randomUUID() })
  const stream = await post(session.id, model)
  const call = await upstream.waitFor(model)
  const other = await client.createSession({})
  await post(other.id, 'hang')

  const since = performance.now()
  replica.signal('SIGTERM')
  await eventually(async () => expect(await client.ready()).toMatchObject({ ready: false }))
  await expect(post((await client.createSession({})).id, 'ok')).rejects.toMatchObject({
    code: 'shutting_down',
  })
  expect(performance.now() - since).toBeLessThan(atOnceMs)
  call.release('to the end')
  call.finish()
  expect((await collect(stream)).at(-1)?.event).toBe('turn.done')

  const again = performance.now()
  replica.signal('SIGTERM')
  expect(await replica.ended).toBe(1)
  expect(performance.now() - again).toBeLessThan(atOnceMs)
})

/** A Postgres that says nothing: connections are open, and silent. */
const silent = { bandwidth: 0 }

/** One daemon whose way to its database can be broken. */
async function startBehindProxy() {
  const database = await createTestDatabase()
  const { proxy, url } = await startDatabaseProxy(database)
  const { replicas } = await startReplicas({
    count: 1,
    database,
    upstream,
    databaseUrl: () => url,
    time: { drainMs },
  })
  const [replica] = replicas as [Replica]
  return { database, proxy, replica }
}

test.each([
  ['is away', (proxy: FaultProxy) => proxy.down()],
  ['hangs', (proxy: FaultProxy) => proxy.set(silent)],
])(
  'a database that %s holds nobody up who leaves; who comes back ends its turns',
  async (_, break_) => {
    const { database, proxy, replica } = await startBehindProxy()
    const history = createHistory()
    const reading = ['hang-mid', 'flow', 'flow'].map((model) => ask(replica, history, model))
    await eventually(async () => expect(await liveTurns(database, replica)).toHaveLength(3))
    await break_(proxy)
    await leave(replica)
    await Promise.all(reading)
    proxy.set({})
    await proxy.up()
    await replica.restart()
    await expectHolds(history, { database, upstream })
  },
)

test('a daemon that waits for its first database leaves when it is told to', async () => {
  const { proxy, replica } = await startBehindProxy()
  await leave(replica)
  proxy.set(silent)
  const starting = replica.restart().catch(() => undefined)
  const before = proxy.accepted
  await eventually(() => expect(proxy.accepted).toBeGreaterThan(before))
  await leave(replica)
  await starting
})

/** How long a follower of a rolling restart may be without its answer, ms: the promise. */
const gapMs = 2_000 + marginMs

test(
  'a rolling restart of three replicas under twenty streams loses nothing that was shown',
  async () => {
    const random = createRandom()
    const database = await createTestDatabase()
    const { replicas } = await startReplicas({ count: 3, database, upstream, time: { drainMs } })
    const history = createHistory()
    const gaps: number[] = []
    let rolling = true

    const person = async (): Promise<void> => {
      const connect = async (): Promise<Client> => random.oneOf(replicas).client
      const create = async () => (await connect()).createSession({})
      while (rolling) {
        const { id } = await eventually(create)
        const key = randomUUID()
        const { saw, until } = history.reader({ key })
        let brokeAt: number | undefined
        await until(
          askAndFollow({
            sessionId: id,
            body: { message: key, model: 'flow' },
            idempotencyKey: key,
            connect,
            reconnectMs: 60_000,
            onBreak() {
              brokeAt = performance.now()
            },
            onEvents(events) {
              if (brokeAt !== undefined) gaps.push(performance.now() - brokeAt)
              brokeAt = undefined
              saw(events)
            },
          }),
        )
      }
    }
    const people = Array.from({ length: 20 }, person)
    for (const replica of replicas) {
      await eventually(async () => expect(await liveTurns(database, replica)).not.toEqual([]))
      await leave(replica)
      await replica.restart()
    }
    rolling = false
    await Promise.all(people)
    await expectHolds(history, { database, upstream }, `seed ${random.seed}`)
    const [median, most] = [0.5, 1].map((share) => Math.round(quantile(gaps, share)))
    process.stdout.write(
      `${gaps.length} breaks: without the stream for ${median} ms at the median, ${most} at most\n`,
    )
    expect(most).toBeLessThan(gapMs)
  },
  longMs,
)
