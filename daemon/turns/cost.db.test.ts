import { beforeAll, expect, test } from 'vitest'
import { done, finish, object, role, text, usage } from '../../test/fakes/upstream/steps.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { abandonTurn } from '../../test/support/abandoned-turn.js'
import { ask, collect, startGated, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { startStage } from '../../test/support/stage.js'
import { settleTurn } from '../store/turn-settle.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

/** A dollar for ten tokens of a prompt, and for four of an answer. */
const pricing = { prompt: '0.1', completion: '0.25' }
const priced = ['ok', 'gate', 'no-usage', 'told', 'error-frame', 'latest'].map((id) => ({
  id,
  pricing,
}))

beforeAll(async () => {
  const stage = await startStage({
    upstream: {
      models: [...priced, ...['gate+1', 'gate+2', 'gate+3'].map((id) => ({ id, pricing })), 'echo'],
      scripts: {
        told: {
          steps: () => [role(), text('Hi'), finish(), usage(9, 1, { cost: 0.003 }), done()],
        },
        // What answers is not in the list.
        latest: {
          steps: () => [
            object({
              model: 'of-may',
              choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }],
              usage: { prompt_tokens: 9, completion_tokens: 4 },
            }),
            done(),
          ],
        },
      },
    },
  })
  ;({ database, upstream, daemon } = stage)
  await daemon.client.listModels()
  return stage.close
})

interface Booked {
  turn_id: string
  owner: string
  cost_usd: string
  cost_estimated: boolean
}

async function booked(sessionId: string): Promise<[cost: number, isEstimated: boolean][]> {
  const { rows } = await database.pool.query<Booked>(
    `SELECT p.* FROM spend p JOIN turns t ON t.id = p.turn_id WHERE t.session_id = $1 ORDER BY p.at`,
    [sessionId],
  )
  return rows.map((row) => [Number(row.cost_usd), row.cost_estimated])
}

const sumOf = async (sessionId: string) => (await daemon.client.getSession(sessionId)).usage

test("the gateway's own cost is taken at its word, everywhere", async () => {
  const { sessionId, events, last } = await ask(daemon, { model: 'told' })
  const used = { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10, cost_usd: 0.003 }
  expect(events.find(({ event }) => event === 'usage')?.data).toEqual(used)
  expect(last.data).toMatchObject({ usage: used })
  const [, message] = await daemon.client.listMessages(sessionId)
  expect(message?.usage).toEqual(used)
  expect(await sumOf(sessionId)).toEqual(used)
  expect(await booked(sessionId)).toEqual([[0.003, false]])
})

test('a cost that is reckoned from the prices says so, everywhere', async () => {
  const { sessionId, events, last } = await ask(daemon, { model: 'ok' })
  const used = {
    ...{ prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    ...{ cost_usd: 1.9, cost_estimated: true },
  }
  expect(events.find(({ event }) => event === 'usage')?.data).toEqual(used)
  expect(last.data).toMatchObject({ usage: used })
  const [, message] = await daemon.client.listMessages(sessionId)
  expect(message?.usage).toEqual(used)
  expect(await sumOf(sessionId)).toEqual(used)
  expect(await booked(sessionId)).toEqual([[1.9, true]])
})

test('where a name stands for a dated model its own price counts', async () => {
  const { last } = await ask(daemon, { model: 'latest' })
  expect(last.data).toMatchObject({
    messages: [{ model: 'of-may' }],
    usage: { cost_usd: 1.9, cost_estimated: true },
  })
})

test('a turn with a plan costs both of its parts, and is an estimate if one is', async () => {
  const plan = { planning_model: 'told', answering_model: 'ok' }
  const { sessionId, last } = await ask(daemon, { plan })
  const used = {
    ...{ prompt_tokens: 18, completion_tokens: 5, total_tokens: 23 },
    ...{ cost_usd: 1.903, cost_estimated: true },
  }
  expect(last.data).toMatchObject({ usage: used })
  expect(await sumOf(sessionId)).toEqual(used)
  expect(await booked(sessionId)).toEqual([[1.903, true]])
})

test('a part without a price is not made up: the turn has no cost, and what is known of it is booked', async () => {
  const plan = { planning_model: 'told', answering_model: 'echo' }
  const { sessionId, last } = await ask(daemon, { plan })
  expect(last.data).toMatchObject({ usage: { prompt_tokens: 18 } })
  expect(last.data).not.toHaveProperty('usage.cost_usd')
  expect(await booked(sessionId)).toEqual([[0.003, true]])
  expect(await sumOf(sessionId)).toMatchObject({ cost_usd: 0.003, cost_estimated: true })
})

test('an answer that was replaced was paid for, and a session sums up all of them', async () => {
  const { sessionId } = await ask(daemon, { model: 'told' })
  await collect(await daemon.client.retry(sessionId, {}, { idempotencyKey: sessionId }))
  const [, ...answers] = await daemon.client.listMessages(sessionId)
  expect(answers).toHaveLength(1)
  const used = { prompt_tokens: 18, completion_tokens: 2, total_tokens: 20, cost_usd: 0.006 }
  expect(await sumOf(sessionId)).toEqual(used)
  expect((await daemon.client.patchSession(sessionId, { title: 'T' })).usage).toEqual(used)
  const listed = (await daemon.client.listSessions()).find(({ id }) => id === sessionId)
  expect(listed).not.toHaveProperty('usage')
})

test('a model without a price counts tokens and costs nothing that anybody knows', async () => {
  const { sessionId } = await ask(daemon, { model: 'echo' })
  const usage = await sumOf(sessionId)
  expect(usage?.prompt_tokens).toBe(9)
  expect(usage).not.toHaveProperty('cost_usd')
  expect(usage).not.toHaveProperty('cost_estimated')
  expect(await booked(sessionId)).toEqual([])
})

test('beside one with a price it makes the sum an estimate', async () => {
  const { sessionId } = await ask(daemon, { model: 'told' })
  await ask(daemon, { model: 'echo' }, { sessionId })
  expect(await sumOf(sessionId)).toMatchObject({ cost_usd: 0.003, cost_estimated: true })
})

test('a session where nothing was counted has no usage', async () => {
  const { id } = await daemon.client.createSession({})
  expect(await daemon.client.getSession(id)).not.toHaveProperty('usage')
  const { sessionId } = await ask(daemon, { model: 'status-401' })
  expect(await sumOf(sessionId)).toBeUndefined()
  expect(await booked(sessionId)).toEqual([])
})

test('what was stopped in the middle was paid for: prompt and text so far are booked, and shown as no tokens', async () => {
  const { session, stream, call } = await startGated(daemon, upstream, '1', {
    message: 'x'.repeat(40),
  })
  call.release('four')
  await eventually(async () =>
    expect((await daemon.client.listMessages(session.id))[1]?.content).toBe('four'),
  )
  await daemon.client.stopSession(session.id)
  await collect(stream)
  const [, message] = await daemon.client.listMessages(session.id)
  expect(message).toMatchObject({ status: 'stopped' })
  expect(message).not.toHaveProperty('usage')
  // 10 tokens for a dollar, 1 for a quarter.
  expect(await booked(session.id)).toEqual([[1.25, true]])
  expect(await sumOf(session.id)).toMatchObject({ total_tokens: 0, cost_usd: 1.25 })
})

test.each(['no-usage', 'error-frame'])('so was %s', async (model) => {
  const { sessionId } = await ask(daemon, { model, message: 'x'.repeat(40) })
  expect(await booked(sessionId)).toEqual([[1.5, true]])
})

test.each([
  ['', undefined],
  [', whatever a file that was imported in the gap says it has cost', 0],
])('a turn that is deleted with its session while it runs stays paid for%s', async (_, said) => {
  const gate = said === undefined ? '2' : '3'
  const { session, stream, call } = await startGated(daemon, upstream, gate, {
    message: 'x'.repeat(40),
  })
  call.release('four')
  await eventually(async () =>
    expect((await daemon.client.listMessages(session.id))[1]?.content).toBe('four'),
  )
  const { live_turn_id } = await daemon.client.getSession(session.id)
  if (said !== undefined) {
    await database.pool.query(
      `INSERT INTO spend (turn_id, owner, cost_usd, cost_estimated) VALUES ($1, 'mallory', $2, false)`,
      [live_turn_id, said],
    )
  }
  await daemon.client.deleteSession(session.id)
  await collect(stream)
  await eventually(async () => {
    const { rows } = await database.pool.query<Booked>('SELECT * FROM spend WHERE turn_id = $1', [
      live_turn_id,
    ])
    expect(rows).toMatchObject([{ owner: 'local', cost_usd: '1.25', cost_estimated: true }])
  })
})

test('a turn is booked once, however often it is settled', async () => {
  const { id, sessionId, epoch } = await abandonTurn(database, { instance: 'x', leaseMs: 60_000 })
  const end = { status: 'stopped', reckoned: 0.5 } as const
  const input = { turnId: id, fence: { epoch }, end }
  const [one, other] = await Promise.all([
    settleTurn(database.pool, input),
    settleTurn(database.pool, input),
  ])
  expect([one, other].toSorted()).toEqual([false, true])
  expect(await settleTurn(database.pool, { ...input, fence: { take: 'any' } })).toBe(false)
  expect(await booked(sessionId)).toEqual([[0.5, true]])
})

test('of a turn whose daemon died only the plan that it had told of is booked', async () => {
  const plan = { planning_model: 'p', answering_model: 'a' }
  const turn = await abandonTurn(database, { instance: 'x', leaseMs: 60_000, plan })
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost_usd: 0.25 }
  const planned = { id: turn.planMessageId ?? '', status: 'complete', model: 'p', usage } as const
  const fence = { epoch: turn.epoch }
  await settleTurn(database.pool, { turnId: turn.id, fence, messages: [planned] })
  expect(await booked(turn.sessionId)).toEqual([])
  const end = { status: 'interrupted' } as const
  await settleTurn(database.pool, { turnId: turn.id, fence: { take: 'any' }, end })
  expect(await booked(turn.sessionId)).toEqual([[0.25, false]])
})
