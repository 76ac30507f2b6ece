import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { ask, send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'

/** An answer of `ok` costs 1.9 $; a dollar is ten tokens of a prompt. */
const pricing = { prompt: '0.1', completion: '0.25' }

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeEach(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream({ models: ['ok', 'gate'].map((id) => ({ id, pricing })) })
  onTestFinished(() => upstream.close())
  daemon = await startDaemon({ database, upstream, budget: { day: 4 } })
})

/** Ten tokens. */
const content = 'x'.repeat(40)
const doors = ['/v1/chat/completions', '/api/chat/completions', '/api/chat/completions/stream']
const complete = (path: string, more: object = {}) =>
  send(daemon, path, {
    method: 'POST',
    body: { model: 'ok', messages: [{ role: 'user', content }], ...more },
  })

const spent = async (): Promise<number> => {
  const { rows } = await database.pool.query<{ sum: number | null }>(
    'SELECT sum(cost_usd)::float AS sum FROM spend',
  )
  return rows[0]?.sum ?? 0
}

test.each(doors)('what is not stored is paid for out of the same budget: %s', async (path) => {
  for (const times of [1, 2]) {
    expect((await complete(path)).status).toBe(200)
    await eventually(async () => expect(await spent()).toBeCloseTo(1.9 * times))
  }
  for (const refused of [await complete(path), await complete(path, { stream: true })]) {
    expect(refused.status).toBe(402)
    expect(refused.text).toContain('the budget of a day is $4.00: ~$3.80 is spent today')
  }
  await expect(ask(daemon, { model: 'ok', message: content })).rejects.toMatchObject({
    code: 'budget_exceeded',
  })
  expect(upstream.hits('ok')).toBe(2)
})

test('who leaves has paid for the prompt', async () => {
  const leaving = new AbortController()
  const left = send(daemon, '/v1/chat/completions', {
    method: 'POST',
    body: { model: 'gate', messages: [{ role: 'user', content }], stream: true },
    signal: leaving.signal,
  }).catch(() => undefined)
  const call = await upstream.waitFor('gate')
  call.release('x'.repeat(40))
  await eventually(() => expect(upstream.hits('gate')).toBe(1))
  leaving.abort()
  await left
  await eventually(async () => expect(await spent()).toBeGreaterThanOrEqual(1))
})
