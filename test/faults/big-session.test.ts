import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { collect } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { makeLongSession } from '../support/long-session.js'
import { isMany, times } from './support/many.js'
import { forgetMost, memoryOf } from './support/memory.js'
import { type Replica, type Replicas, startReplicas } from './support/replicas.js'

const many = times(100_000, 1_000_000)
const rounds = times(20, 200)
/** For a machine that has other work; the figures themselves are printed, ms. */
const patience = { open: 1_000, list: 1_000, post: times(3_000, 6_000) }
/** What a post may add to the daemon's memory, MiB. */
const mostForPost = 20
/** What pages may: some of 8 MiB, each several times over until V8 collects them, but not the session. */
const mostForPages = 250

let database: TestDatabase
let upstream: Upstream
let replicas: Replicas
let daemon: Replica

const row = (model_name: string, window?: number) => ({
  model_name,
  model_info: { mode: 'chat', ...(window !== undefined && { max_input_tokens: window }) },
})

beforeAll(async () => {
  upstream = await startUpstream({
    litellm: true,
    modelInfo: { data: [row('ok'), row('ok+known', 128_000), row('ok+unknown')] },
  })
  database = await createTestDatabase()
  replicas = await startReplicas({ count: 1, database, upstream })
  const [first] = replicas.replicas
  if (first === undefined) throw new Error('there is one')
  daemon = first
  await daemon.client.listModels()
  // What a daemon that has worked for a while has in memory.
  for (let n = 0; n < 30; n++) await post((await daemon.client.createSession({})).id, 'ok')
})

afterAll(async () => {
  await replicas?.dispose()
  await upstream?.close()
  await database?.drop()
})

/** Asks, and gives the terminal event. Throws what the daemon refuses with. */
async function post(sessionId: string, model: string): Promise<unknown> {
  const options = { idempotencyKey: randomUUID() }
  const stream = await daemon.client.chat(sessionId, { message: 'Go on', model }, options)
  return (await collect(stream)).at(-1)
}

/** Does it again and again, and prints how long it took; gives the slowest, ms. */
async function timed(what: string, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    await work()
    took.push(performance.now() - begin)
  }
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(0)
  process.stderr.write(`big-session: ${what}: p50 ${at(0.5)}, p95 ${at(0.95)} ms\n`)
  return sorted.at(-1) ?? Number.NaN
}

/** What `work` added to the daemon's memory at most, MiB. */
async function added(what: string, work: () => Promise<unknown>): Promise<number> {
  forgetMost(daemon.pid)
  const before = memoryOf(daemon.pid).now
  await work()
  const more = memoryOf(daemon.pid).most - before
  process.stderr.write(`big-session: ${what}: ${more.toFixed(1)} MiB more\n`)
  return more
}

const countOf = async (sessionId: string): Promise<number> =>
  (await database.pool.query('SELECT FROM messages WHERE session_id = $1', [sessionId])).rowCount ??
  Number.NaN

test(
  'a session of very many messages is opened, listed and refused in no time',
  async () => {
    const id = await makeLongSession(database.pool, { count: many, chars: 200 })
    const { client } = daemon
    const page = await client.pageMessages(id, 100)
    expect(page.items.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, index) => many - 99 + index),
    )
    const open = await timed(`a page of ${many}`, () => client.pageMessages(id, 100, page.older))
    expect(open).toBeLessThan(patience.open)
    const list = await timed('the list of sessions', () => client.listSessions(100))
    expect(list).toBeLessThan(patience.list)
    for (const model of ['ok+known', 'ok+unknown']) {
      const refused = () =>
        expect(post(id, model)).rejects.toMatchObject({ code: 'context_window' })
      await refused()
      const more = await added(`posts to ${model}`, async () => {
        const slowest = await timed(`a post to ${model}`, refused)
        expect(slowest).toBeLessThan(patience.post)
      })
      expect(more).toBeLessThan(mostForPost)
    }
    expect(await countOf(id)).toBe(many)
    expect(upstream.hits('ok+known') + upstream.hits('ok+unknown')).toBe(0)
  },
  isMany ? 0 : 90_000,
)

test(
  'a long session whose text fits is answered',
  async () => {
    // Nearly as many as a window of 128,000 tokens takes.
    const id = await makeLongSession(database.pool, { count: 20_000, chars: 20 })
    const more = await added('posts of a long history', async () => {
      await timed('a post with a long history', () => post(id, 'ok+known'))
    })
    expect(more).toBeLessThan(150)
    expect(upstream.hits('ok+known')).toBe(rounds)
  },
  isMany ? 0 : 90_000,
)

test(
  'a session of the largest messages comes in pages, and no post reads it',
  async () => {
    const count = 100
    const id = await makeLongSession(database.pool, { count, chars: 4 * 1024 * 1024 })
    const seen: number[] = []
    const pages = await added('pages of 8 MiB', async () => {
      let before: string | undefined
      do {
        const page = await daemon.client.pageMessages(id, count, before)
        seen.unshift(...page.items.map(({ seq }) => seq))
        before = page.older
      } while (before !== undefined && (isMany || seen.length < 12))
    })
    expect(pages).toBeLessThan(mostForPages)
    expect(seen).toEqual(
      Array.from({ length: seen.length }, (_, at) => count - seen.length + at + 1),
    )
    const more = await added('posts after 400 MiB', () =>
      timed('a post after 400 MiB', () =>
        expect(post(id, 'ok+unknown')).rejects.toMatchObject({
          code: 'context_window',
          hint: expect.stringContaining('Start a new session'),
        }),
      ),
    )
    expect(more).toBeLessThan(mostForPost)
  },
  isMany ? 0 : 90_000,
)
