import { randomUUID } from 'node:crypto'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { ProblemError } from '../../shared/contract/problem.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  ask,
  collect,
  send,
  startDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'

/** An answer of `ok` costs 1.9 $; a dollar is ten tokens of a prompt. */
const pricing = { prompt: '0.1', completion: '0.25' }
const priced = ['ok', 'ok+planner', 'gate'].map((id) => ({ id, pricing }))
const free = { id: 'ok+free', pricing: { prompt: '0', completion: '0' } }

let database: TestDatabase
let upstream: Upstream

beforeEach(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream({ models: [...priced, free, 'ok+new'] })
  onTestFinished(() => upstream.close())
})

const start = (budget: NonNullable<TestDaemonOptions['budget']>): Promise<TestDaemon> =>
  startDaemon({ database, upstream, budget })

async function refusalOf(asked: Promise<unknown>): Promise<ProblemError> {
  const error: unknown = await asked.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof ProblemError) return error
  throw error
}

const warningsOf = ({ events }: Awaited<ReturnType<typeof ask>>) =>
  events.flatMap((event) => (event.event === 'warning' ? [event.data] : []))

/** Ten tokens. */
const message = 'x'.repeat(40)

test('GET /api/spend tells what was spent today, by whoever asks, and the budgets', async () => {
  const none = await startDaemon({ database, upstream })
  expect(await none.client.spend()).toEqual({ day: { cost_usd: 0 } })
  await ask(none, { model: 'ok' })
  await ask(none, { model: 'ok' })
  await database.pool.query(
    `INSERT INTO spend (turn_id, owner, at, cost_usd, cost_estimated) VALUES
       (gen_random_uuid(), 'local', now() - interval '24 hours', 100, true),
       (gen_random_uuid(), 'somebody', now(), 50, true)`,
  )
  const spent = { cost_usd: 3.8, cost_estimated: true }
  expect(await none.client.spend()).toEqual({ day: spent })
  const held = await start({ day: 5, session: 2 })
  expect(await held.client.spend()).toEqual({
    day: { ...spent, budget_usd: 5 },
    session_budget_usd: 2,
  })
})

test('a session that has cost its budget sends nothing more, and another one does', async () => {
  const daemon = await start({ session: 2 })
  const { sessionId } = await ask(daemon, { model: 'ok' })
  // 1.9 $ are spent, and the prompt would cost more than the rest.
  const refused = await refusalOf(ask(daemon, { model: 'ok', message }, { sessionId }))
  expect(refused.code).toBe('budget_exceeded')
  expect(refused.message).toMatch(
    /^the budget of a session is \$2\.00: ~\$1\.90 is spent in this one, and this would cost at least ~\$/,
  )
  expect(refused.hint).toContain('c2a config set budget.session_usd')
  expect(upstream.hits('ok')).toBe(1)
  expect(await daemon.client.listMessages(sessionId)).toHaveLength(2)
  await ask(daemon, { model: 'ok', message })
  expect(upstream.hits('ok')).toBe(2)
})

test('what a day has cost counts over all sessions, those that were deleted too', async () => {
  const daemon = await start({ day: 4 })
  const { sessionId } = await ask(daemon, { model: 'ok' })
  await ask(daemon, { model: 'ok' })
  await daemon.client.deleteSession(sessionId)
  const refused = await refusalOf(ask(daemon, { model: 'ok', message }))
  expect(refused).toMatchObject({
    code: 'budget_exceeded',
    message:
      'the budget of a day is $4.00: ~$3.80 is spent today (UTC), and this would cost at least ~$1.00',
    hint: expect.stringContaining('c2a config set budget.day_usd'),
  })
  expect(upstream.hits('ok')).toBe(2)
})

test("yesterday's money and another owner's do not count", async () => {
  const daemon = await start({ day: 4 })
  const insert = `INSERT INTO spend (turn_id, owner, at, cost_usd, cost_estimated)
    VALUES ($1, $2, date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - $3::interval, 100, false)`
  await database.pool.query(insert, [randomUUID(), 'local', '1 microsecond'])
  await database.pool.query(insert, [randomUUID(), 'somebody', '0'])
  await ask(daemon, { model: 'ok', message })
  await database.pool.query(insert, [randomUUID(), 'local', '0'])
  expect((await refusalOf(ask(daemon, { model: 'ok', message }))).message).toContain('~$101.90')
})

test('a request may set a limit for what its session has cost with it', async () => {
  const daemon = await start({})
  const body = { model: 'ok', message }
  const { sessionId } = await ask(daemon, { ...body, max_cost: 1 })
  const refused = await refusalOf(ask(daemon, { ...body, max_cost: 2.5 }, { sessionId }))
  expect(refused).toMatchObject({
    code: 'budget_exceeded',
    message: expect.stringContaining('the limit of this request is $2.50: ~$1.90 is spent'),
    hint: expect.stringContaining('--max-cost'),
  })
  await ask(daemon, { ...body, max_cost: 5 }, { sessionId })
  const again = { turn_id: (await daemon.client.listMessages(sessionId)).at(-1)?.turn_id }
  const retry = (max_cost: number) =>
    daemon.client.retry(sessionId, { ...again, max_cost }, { idempotencyKey: randomUUID() })
  expect((await refusalOf(retry(4))).code).toBe('budget_exceeded')
  expect(upstream.hits('ok')).toBe(2)
  await collect(await retry(50))
  expect(upstream.hits('ok')).toBe(3)
})

test('it is 402 for everybody, also for who asked for events', async () => {
  const daemon = await start({})
  const { id } = await daemon.client.createSession({})
  for (const accept of ['text/event-stream', '*/*']) {
    const { status, text } = await send(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      headers: { accept },
      body: { message, model: 'ok', max_cost: 0.1 },
    })
    expect(status).toBe(402)
    expect(JSON.parse(text)).toMatchObject({ code: 'budget_exceeded' })
  }
  expect(await daemon.client.listMessages(id)).toEqual([])
  expect(await daemon.client.getSession(id)).toMatchObject({ title: 'New Chat', model: null })
})

test('with a plan both prompts count', async () => {
  const daemon = await start({})
  const plan = { planning_model: 'ok+planner', answering_model: 'ok' }
  const least = await refusalOf(ask(daemon, { plan, message, max_cost: 0 }))
  const [, dollars = ''] = /at least ~\$([\d.]+)/.exec(least.message) ?? []
  const { message: alone } = await refusalOf(
    ask(daemon, { plan: { ...plan, planning_model: 'ok+free' }, message, max_cost: 0 }),
  )
  const [, ofAnswer = ''] = /at least ~\$([\d.]+)/.exec(alone) ?? []
  expect(Number(ofAnswer)).toBeGreaterThan(1)
  expect(Number(dollars)).toBeGreaterThan(Number(ofAnswer) + 1)
  expect(upstream.hits('ok') + upstream.hits('ok+planner') + upstream.hits('ok+free')).toBe(0)
})

test('a model without a price is asked, with a warning; without a budget there is none', async () => {
  const daemon = await start({})
  const asked = await ask(daemon, { model: 'ok+new', max_cost: 0 })
  expect(warningsOf(asked)).toEqual([
    {
      code: 'budget_unknown',
      detail: 'no price is known for ok+new: the budget cannot hold it',
    },
  ])
  expect(asked.text).toBe('Hello, world.')
  expect(warningsOf(await ask(daemon, { model: 'ok+new' }))).toEqual([])
  expect(warningsOf(await ask(daemon, { model: 'ok', max_cost: 50 }))).toEqual([])
})

test('what is free is answered, however much was spent, and so is the demo', async () => {
  const daemon = await start({ session: 0, day: 0 })
  for (const model of ['ok+free', 'offline/demo']) {
    expect(warningsOf(await ask(daemon, { model }))).toEqual([])
  }
  expect((await refusalOf(ask(daemon, { model: 'ok' }))).code).toBe('budget_exceeded')
})

test('the very first request waits for the prices, named or not', async () => {
  for (const body of [{ model: 'ok' }, {}]) {
    const daemon = await start({ day: 0.01 })
    expect((await refusalOf(ask(daemon, { ...body, message }))).code).toBe('budget_exceeded')
  }
  expect(upstream.hits('ok')).toBe(0)
})

test('a repeated post attaches to the turn that it paid for', async () => {
  const daemon = await start({ session: 2 })
  const body = { model: 'ok', message }
  const { sessionId, events } = await ask(daemon, body, { key: 'once' })
  expect((await ask(daemon, body, { sessionId, key: 'once' })).events).toEqual(events)
  expect(upstream.hits('ok')).toBe(1)
})
