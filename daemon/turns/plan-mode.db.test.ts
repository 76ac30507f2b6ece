import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answeringPrompt, planningPrompt } from '../../shared/plan.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { ask, collect, startDaemon, type TestDaemon, textOf } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream()
  daemon = await startDaemon({ database, upstream })
})
afterAll(async () => {
  await daemon.stop()
  await upstream.close()
  await database.drop()
})

test('the plan streams after its phase, then the answer to it, in one turn', async () => {
  const plan = { planning_model: 'ok+p', answering_model: 'reasoning+a' }
  const { events, sessionId } = await ask(daemon, { message: 'Build it', plan })
  const order = events.map(({ event }) => event)
  expect(order.filter((name, index) => name !== order[index - 1])).toEqual([
    'turn.started',
    'phase',
    'delta',
    'usage',
    'phase',
    'reasoning',
    'delta',
    'usage',
    'turn.done',
  ])
  const messages = await daemon.client.listMessages(sessionId)
  expect(messages).toMatchObject([
    { role: 'user', content: 'Build it', kind: 'chat', seq: 1 },
    { kind: 'plan', content: 'Hello, world.', model: 'ok+p', status: 'complete', seq: 2 },
    { kind: 'answer', content: '42', model: 'reasoning+a', reasoning: 'Let me think.', seq: 3 },
  ])
  const [, planMessage, answer] = messages
  expect(events.find(({ event }) => event === 'turn.started')!.data).toMatchObject({
    plan,
    model: 'reasoning+a',
    message_id: answer!.id,
  })
  expect(events.filter(({ event }) => event === 'phase').map(({ data }) => data)).toEqual([
    { phase: 'plan', message_id: planMessage!.id, model: 'ok+p' },
    { phase: 'answer', message_id: answer!.id, model: 'reasoning+a' },
  ])
  expect(events.at(-1)!.data).toMatchObject({
    usage: { prompt_tokens: 18, completion_tokens: 5, total_tokens: 23 },
    messages: [
      { id: planMessage!.id, kind: 'plan', status: 'complete', length: 13 },
      { id: answer!.id, kind: 'answer', status: 'complete', length: 2 },
    ],
  })
  expect(await daemon.client.getTurn(answer!.turn_id!)).toMatchObject({
    plan,
    model: 'reasoning+a',
  })
})

test('the prompts travel and are not stored; the role applies to both phases', async () => {
  await daemon.client.createRole({ name: 'Builder', instructions: 'You build.' })
  const plan = { planning_model: 'ok+prompt', answering_model: 'echo+prompt' }
  await ask(daemon, { message: 'A shed', plan, role: 'Builder' })
  const system = { role: 'system', content: 'You build.' }
  const [planning, answering] = await Promise.all([
    upstream.waitFor('ok+prompt'),
    upstream.waitFor('echo+prompt'),
  ])
  expect(planning.body['messages']).toEqual([
    system,
    { role: 'user', content: planningPrompt('A shed') },
  ])
  expect(answering.body['messages']).toEqual([
    system,
    { role: 'user', content: answeringPrompt('A shed', 'Hello, world.') },
  ])
})

test.each([
  ['at once', 'status-500', '', 0],
  ['half-way', 'error-frame', 'Hello', 1],
])('a planner that fails %s ends the turn; its text is kept', async (_, planner, text, kept) => {
  const answering_model = `ok+never-${planner}`
  const { sessionId, last } = await ask(daemon, {
    plan: { planning_model: planner, answering_model },
  })
  expect(last).toMatchObject({
    event: 'turn.failed',
    data: {
      status: 'failed',
      problem: { code: 'upstream_error' },
      messages: [
        { kind: 'plan', status: 'failed', length: text.length },
        { kind: 'answer', status: 'failed', length: 0 },
      ],
    },
  })
  expect(upstream.hits(answering_model)).toBe(0)
  const messages = await daemon.client.listMessages(sessionId)
  expect(messages.map(({ content }) => content)).toEqual(['Hi', text, ''])
  // A turn without any text is not part of the conversation that follows.
  const next = await ask(daemon, { message: 'Next', model: 'echo-body' }, { sessionId })
  expect(JSON.parse(next.text).messages).toHaveLength(1 + 2 * kept)
})

describe('stopped', () => {
  const gated = async (plan: { planning_model: string; answering_model: string }) => {
    const session = await daemon.client.createSession({ plan })
    const stream = await daemon.client.chat(
      session.id,
      { message: 'Go' },
      { idempotencyKey: randomUUID() },
    )
    const until = async (text: string): Promise<void> => {
      let seen = ''
      while (!seen.includes(text)) seen += textOf((await stream.next()).value!)
    }
    return { session, stream, until }
  }

  test('while it plans: the plan so far is kept, the answer never begins', async () => {
    const plan = { planning_model: 'gate+plan', answering_model: 'ok+unasked' }
    const { session, stream, until } = await gated(plan)
    const call = await upstream.waitFor('gate+plan')
    call.release('1. Think')
    await until('1. Think')
    expect(await daemon.client.stopSession(session.id)).toMatchObject({ status: 'stopped' })
    expect(await call.ended).toBe('aborted')
    expect((await collect(stream)).at(-1)!.event).toBe('turn.stopped')
    expect(await daemon.client.listMessages(session.id)).toMatchObject([
      { content: 'Go' },
      { kind: 'plan', content: '1. Think', status: 'stopped' },
      { kind: 'answer', content: '', status: 'stopped' },
    ])
    expect(upstream.hits('ok+unasked')).toBe(0)
  })

  test('while it answers: the whole plan and the answer so far are kept', async () => {
    const plan = { planning_model: 'ok+plan', answering_model: 'gate+answer' }
    const { session, stream, until } = await gated(plan)
    const call = await upstream.waitFor('gate+answer')
    call.release('Half')
    await until('Half')
    // The plan is settled as soon as it is whole, long before the answer.
    expect((await daemon.client.listMessages(session.id))[1]).toMatchObject({
      status: 'complete',
      content: 'Hello, world.',
    })
    await daemon.client.stopSession(session.id)
    expect(await call.ended).toBe('aborted')
    expect((await collect(stream)).at(-1)!.data).toMatchObject({
      messages: [{ status: 'complete' }, { status: 'stopped', length: 4 }],
    })
    expect(await daemon.client.listMessages(session.id)).toMatchObject([
      { content: 'Go' },
      { kind: 'plan', content: 'Hello, world.', status: 'complete' },
      { kind: 'answer', content: 'Half', status: 'stopped' },
    ])
  })
})

test('nobody needs to be there between the phases', async () => {
  const plan = { planning_model: 'gate+alone', answering_model: 'ok' }
  const session = await daemon.client.createSession({ plan })
  const leave = new AbortController()
  const stream = await daemon.client.chat(
    session.id,
    { message: 'Go' },
    { idempotencyKey: randomUUID(), signal: leave.signal },
  )
  await stream.next()
  const call = await upstream.waitFor('gate+alone')
  leave.abort()
  call.release('1. Do')
  call.finish()
  await eventually(async () => {
    const messages = await daemon.client.listMessages(session.id)
    expect(messages.map(({ status }) => status)).toEqual(['complete', 'complete', 'complete'])
  })
})
