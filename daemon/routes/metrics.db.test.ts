import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { done, finish, pause, role, text, usage } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { abandonTurn } from '../../test/support/abandoned-turn.js'
import {
  ask,
  collect,
  open,
  send,
  startDaemon,
  startGated,
  type TestDaemon,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { type Metric, readExposition, sampleValue } from '../../test/support/exposition.js'
import { invite } from '../../test/support/people.js'

const hostile = 'm"} 1 \\ x'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  const slow = {
    steps: () => [
      role(),
      pause(60),
      text('a'),
      pause(15),
      text('b'),
      finish(),
      usage(9, 2),
      done(),
    ],
  }
  upstream = await startUpstream({
    litellm: true,
    scripts: { timed: slow, [hostile]: slow, unlisted: slow },
    models: ['timed', hostile, 'ok'],
  })
})
afterAll(() => upstream.close())
beforeEach(async () => {
  database = await createTestDatabase()
  daemon = await startDaemon({ database, upstream })
})

async function scrape(from = daemon): Promise<Map<string, Metric>> {
  const { status, headers, text } = await send(from, '/metrics')
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  return readExposition(text)
}

test('nobody reads the figures without a token', async () => {
  for (const via of ['unix', 'tcp'] as const) {
    const { status, text } = await send(daemon, '/metrics', { token: null, via })
    expect(status).toBe(401)
    expect(text).not.toContain('c2a_turns')
  }
})

test('a token of its own opens the figures and nothing else, even while the database is away', async () => {
  const metricsToken = 'only-for-prometheus'
  const gone = await createTestDatabase()
  const watched = await startDaemon({ database: gone, upstream, metricsToken })
  const scraped = async () => (await send(watched, '/metrics', { token: metricsToken })).status
  expect(await scraped()).toBe(200)
  for (const path of ['/api/sessions', '/api/export', '/api/tokens', '/api/openapi.json']) {
    expect((await send(watched, path, { token: metricsToken })).status).toBe(403)
  }
  const stop = { method: 'POST', token: metricsToken, body: {} }
  expect((await send(watched, '/api/daemon/stop', stop)).status).toBe(403)
  expect(watched.stopAsked()).toBe(0)
  const ready = await send(watched, '/api/ready', { token: metricsToken })
  expect(JSON.parse(ready.text)).toEqual({ ready: true })
  await gone.drop()
  expect(await scraped()).toBe(200)
})

test('people see no figures of each other; the refusal names the token that is for it', async () => {
  const bob = await invite(daemon, 'bob')
  const { status, text } = await send(bob, '/metrics')
  expect(status).toBe(403)
  expect(JSON.parse(text)).toMatchObject({
    code: 'forbidden',
    hint: expect.stringContaining('C2A_METRICS_TOKEN'),
  })
})

test('turns, tokens, times and commits are counted', async () => {
  const before = await scrape()
  expect(sampleValue(before, 'c2a_turns_total', { status: 'failed' })).toBe(0)
  await ask(daemon, { model: 'timed' })
  await ask(daemon, { model: hostile })
  await ask(daemon, { model: 'status-429' })

  const metrics = await scrape()
  const value = (name: string, labels?: Record<string, string>) =>
    sampleValue(metrics, name, labels)
  expect(value('c2a_turns_total', { status: 'complete' })).toBe(2)
  expect(value('c2a_turns_total', { status: 'failed' })).toBe(1)
  expect(value('c2a_turn_problems_total', { code: 'rate_limited' })).toBe(1)
  expect(value('c2a_turns_live')).toBe(0)
  expect(value('c2a_tokens_total', { model: 'timed', kind: 'prompt' })).toBe(9)
  expect(value('c2a_tokens_total', { model: hostile, kind: 'completion' })).toBe(2)
  // Two answers began, after at least 60 ms, with one more piece each.
  expect(value('c2a_first_token_seconds_count')).toBe(2)
  expect(value('c2a_first_token_seconds_bucket', { le: '0.05' })).toBe(0)
  expect(value('c2a_between_tokens_seconds_count')).toBe(2)
  expect(value('c2a_between_tokens_seconds_sum')).toBeGreaterThan(0.02)
  expect(value('c2a_commit_seconds_count')).toBeGreaterThanOrEqual(2)
})

test('what the gateway does not list is counted as other, so that nobody uses up the names', async () => {
  await ask(daemon, { model: 'unlisted' })
  await ask(daemon, { model: 'timed' })
  const { samples = [] } = (await scrape()).get('c2a_tokens_total') ?? {}
  const names = samples.map(({ labels }) => labels['model'])
  expect([...new Set(names)].sort()).toEqual(['other', 'timed'])
})

test('requests are counted by template and status, never by path', async () => {
  await send(daemon, '/api/sessions')
  await send(daemon, '/api/sessions/2a6f0b3e-0f3c-4b39-9d4c-1f2b3c4d5e6f/messages')
  await send(daemon, '/api/sessions', { token: null })
  for (const path of ['/wp-admin', '/api/%2e%2e/"', '/api/nothing']) await send(daemon, path)
  const { sessionId } = await ask(daemon, { model: 'ok' })
  await send(daemon, `/api/sessions/${sessionId}/stream`)

  const metrics = await scrape()
  const requests = (route: string, status: string, method = 'GET') =>
    sampleValue(metrics, 'c2a_http_requests_total', { route, status, method })
  expect(requests('/api/sessions', '200')).toBe(1)
  expect(requests('/api/sessions', '401')).toBe(1)
  expect(requests('/api/sessions/:id/messages', '404')).toBe(1)
  expect(requests('/api/sessions/:id/chat/stream', '200', 'POST')).toBe(1)
  expect(requests('/api/sessions/:id/stream', '200')).toBe(1)
  expect(requests('none', '404')).toBe(3)
  expect(sampleValue(metrics, 'c2a_http_problems_total', { code: 'not_found' })).toBe(4)
  const routes = metrics
    .get('c2a_http_requests_total')
    ?.samples.map(({ labels }) => labels['route'])
  expect(routes?.filter((route) => /wp-admin|nothing|[0-9a-f]{8}-/.test(route ?? ''))).toEqual([])
})

test('live turns and open streams go up, and down again', async () => {
  const changes = await open(daemon, '/api/events', {})
  const { call, stream } = await startGated(daemon, upstream, 'metrics')
  await eventually(async () => {
    const metrics = await scrape()
    expect(sampleValue(metrics, 'c2a_turns_live')).toBe(1)
    expect(sampleValue(metrics, 'c2a_streams_live', { kind: 'turn' })).toBe(1)
    expect(sampleValue(metrics, 'c2a_streams_live', { kind: 'changes' })).toBe(1)
  })
  call.finish()
  await collect(stream)
  changes.destroy()
  await eventually(async () => {
    const metrics = await scrape()
    expect(sampleValue(metrics, 'c2a_turns_live')).toBe(0)
    expect(sampleValue(metrics, 'c2a_streams_live', { kind: 'turn' })).toBe(0)
    expect(sampleValue(metrics, 'c2a_streams_live', { kind: 'changes' })).toBe(0)
  })
})

test('a stopped turn, one whose session goes, and one of a daemon that died', async () => {
  const stopped = await startGated(daemon, upstream, 'stopped')
  await daemon.client.stopSession(stopped.session.id)
  const deleted = await startGated(daemon, upstream, 'deleted')
  await daemon.client.deleteSession(deleted.session.id)
  await eventually(async () => {
    const metrics = await scrape()
    expect(sampleValue(metrics, 'c2a_turns_total', { status: 'stopped' })).toBe(1)
    expect(sampleValue(metrics, 'c2a_turns_total', { status: 'lost' })).toBe(1)
  })
  const instance = randomUUID()
  await abandonTurn(database, { instance, leaseMs: 60_000 })
  const heir = await startDaemon({ database, upstream, instance })
  expect(sampleValue(await scrape(heir), 'c2a_turns_recovered_total')).toBe(1)
})

test('what is around the daemon, and the process itself', async () => {
  await scrape()
  const metrics = await scrape()
  const value = (name: string, labels?: Record<string, string>) =>
    sampleValue(metrics, name, labels)
  expect(value('c2a_database_up')).toBe(1)
  expect(value('c2a_database_connections', { pool: 'reads' })).toBeGreaterThan(0)
  expect(value('c2a_database_waiting', { pool: 'posts' })).toBe(0)
  expect(value('c2a_gateway_up')).toBe(1)
  expect(value('c2a_gateway_info', { kind: 'litellm', version: '1.106.2' })).toBe(1)
  expect(value('c2a_draining')).toBe(0)
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7)
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(value('c2a_build_info')).toBe(1)
  expect(value('c2a_event_loop_delay_seconds', { quantile: '0.99' })).toBeGreaterThanOrEqual(0)
})

test('a gateway that is away, and a database that is away, are told in time', async () => {
  const away = await startDaemon({ database, upstream: { url: 'http://127.0.0.1:9' } })
  expect(sampleValue(await scrape(away), 'c2a_gateway_up')).toBe(0)
  await database.pool.query('SELECT 1')
  const gone = await createTestDatabase()
  const alone = await startDaemon({ database: gone, upstream })
  expect(sampleValue(await scrape(alone), 'c2a_database_up')).toBe(1)
  await gone.drop()
  expect(sampleValue(await scrape(alone), 'c2a_database_up')).toBe(0)
})
