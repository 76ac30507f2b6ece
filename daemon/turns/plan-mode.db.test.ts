import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TurnEvent } from '../../shared/contract/event.js'
import { answeringPrompt, planningPrompt } from '../../shared/plan.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { abandonTurn } from '../../test/support/abandoned-turn.js'
import {
  ask,
  collect,
  namesOf,
  startDaemon,
  type TestDaemon,
  textOf,
  turnOf,
} from '../../test/support/daemon.js'
import { createTestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { startStage } from '../../test/support/stage.js'

let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage()
  ;({ upstream, daemon } = stage)
  return stage.close
})

test('the plan streams after its phase, then the answer to it, in one turn', async () => {
  const plan = { planning_model: 'ok+p', answering_model: 'reasoning+a' }
  const { events, sessionId } = await ask(daemon, { message: 'Build it', plan })
  expect(namesOf(events)).toEqual([
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
  // The answer that never began says why, as the plan does.
  const ended = { status: 'failed', error_code: 'upstream_error' }
  expect(messages).toMatchObject([{ status: 'complete' }, ended, ended])
  // A turn without any text is not part of the conversation that follows.
  const next = await ask(daemon, { message: 'Next', model: 'echo-body' }, { sessionId })
  expect(JSON.parse(next.text).messages).toHaveLength(1 + 2 * kept)
})

test('an answer that fails after its plan has the problem, and the plan has none', async () => {
  const { sessionId } = await ask(daemon, {
    plan: { planning_model: 'ok', answering_model: 'status-500' },
  })
  const [, plan, answer] = await daemon.client.listMessages(sessionId)
  expect(plan).toMatchObject({ kind: 'plan', status: 'complete' })
  expect(plan).not.toHaveProperty('problem')
  expect(answer).toMatchObject({
    kind: 'answer',
    problem: { code: 'upstream_error', detail: expect.stringContaining('scripted failure 500') },
  })
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

  test('between the phases: the whole plan is kept, the answer has not begun', async () => {
    const plan = { planning_model: 'ok+done', answering_model: 'hang+unbegun' }
    const { session, stream } = await gated(plan)
    const call = await upstream.waitFor('hang+unbegun')
    expect(await daemon.client.stopSession(session.id)).toMatchObject({ status: 'stopped' })
    expect(await call.ended).toBe('aborted')
    expect((await collect(stream)).at(-1)!.event).toBe('turn.stopped')
    expect(await daemon.client.listMessages(session.id)).toMatchObject([
      { content: 'Go' },
      { kind: 'plan', content: 'Hello, world.', status: 'complete' },
      { kind: 'answer', content: '', status: 'stopped' },
    ])
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

test('a planner that failed leaves a session that takes the next post at once', async () => {
  const plan = { planning_model: 'error-frame', answering_model: 'ok+after' }
  const session = await daemon.client.createSession({ plan })
  const post = (body: object) =>
    daemon.client.chat(session.id, { message: 'Go', ...body }, { idempotencyKey: randomUUID() })
  for await (const batch of await post({})) {
    const end = batch.find(({ event }) => event === 'turn.failed')
    if (end === undefined) continue
    // While the stream of the one that failed is still open.
    expect((await daemon.client.getSession(session.id)).live_turn_id).toBeNull()
    const events = await collect(await post({ plan: { ...plan, planning_model: 'ok+better' } }))
    expect(events.at(-1)!.event).toBe('turn.done')
  }
  const messages = await daemon.client.listMessages(session.id)
  expect(messages.map(({ status }) => status)).toEqual([
    'complete',
    'failed',
    'failed',
    'complete',
    'complete',
    'complete',
  ])
})

describe('a daemon that died', () => {
  const plan = { planning_model: 'p', answering_model: 'a' }
  const phase = (name: string) => ({
    event: 'phase',
    data: JSON.stringify({ phase: name, message_id: randomUUID(), model: 'm' }),
    message_id: null,
  })
  const text = (data: string, message_id: string | null) => ({ event: 'delta', data, message_id })

  test.each<
    [when: string, Partial<Parameters<typeof abandonTurn>[1]>, plan: object, answer: object]
  >([
    [
      'while it planned',
      { events: (turn) => [phase('plan'), text('1. Th', turn.planMessageId)] },
      { content: '1. Th', status: 'interrupted' },
      { content: '', status: 'interrupted' },
    ],
    [
      'between the phases',
      { events: (turn) => [phase('plan'), text('1. Think', turn.planMessageId)], planned: true },
      { content: '1. Think', status: 'complete' },
      { content: '', status: 'interrupted' },
    ],
    [
      'while it answered',
      {
        events: (turn) => [
          phase('plan'),
          text('1. Think', turn.planMessageId),
          phase('answer'),
          text('Ha', turn.answerMessageId),
        ],
        planned: true,
      },
      { content: '1. Think', status: 'complete' },
      { content: 'Ha', status: 'interrupted' },
    ],
  ])(
    '%s: what there is stays, and the next post is taken',
    async (_when, left, planned, answer) => {
      const own = await createTestDatabase()
      const turn = await abandonTurn(own, { instance: 'dead', leaseMs: 1, plan, ...left })
      const time = { leaseMs: 400, sweepMs: 60 }
      const heir = await startDaemon({ database: own, upstream, time })
      const events = await collect(await heir.client.attach(turn.id, undefined))
      expect(events.at(-1)).toMatchObject({
        event: 'turn.interrupted',
        data: { status: 'interrupted', messages: [{ kind: 'plan' }, { kind: 'answer' }] },
      })
      expect(await heir.client.listMessages(turn.sessionId)).toMatchObject([
        { content: 'Hi' },
        { kind: 'plan', ...planned },
        { kind: 'answer', ...answer },
      ])
      const next = await ask(heir, { model: 'ok' }, { sessionId: turn.sessionId })
      expect(next.text).toBe('Hello, world.')
    },
  )
})

test('a reader may come and go in and between both phases: it sees the rest, and all of it once', async () => {
  const plan = { planning_model: 'gate+resumed-plan', answering_model: 'gate+resumed-answer' }
  const session = await daemon.client.createSession({ plan })
  const options = { idempotencyKey: randomUUID() }
  const stream = await daemon.client.chat(session.id, { message: 'Go' }, options)
  const whole: TurnEvent[] = []
  const readUntil = async (event: string, text = ''): Promise<void> => {
    while (whole.at(-1)?.event !== event || !textOf(whole).endsWith(text)) {
      whole.push(...((await stream.next()).value ?? []))
    }
  }
  const comers: { after: number; events: Promise<TurnEvent[]> }[] = []
  /** One from the beginning, and one who has seen what there is. */
  const come = async (): Promise<void> => {
    const turnId = turnOf(whole)
    for (const after of [0, whole.length]) {
      const cursor = after === 0 ? undefined : whole.at(-1)?.id
      comers.push({ after, events: collect(await daemon.client.attach(turnId, cursor)) })
    }
  }
  const planning = await upstream.waitFor('gate+resumed-plan')
  await readUntil('phase')
  await come()
  planning.release('1. Think')
  await readUntil('delta', 'Think')
  await come()
  planning.finish()
  await readUntil('phase')
  await come()
  const answering = await upstream.waitFor('gate+resumed-answer')
  answering.release('Thought')
  await readUntil('delta', 'Thought')
  await come()
  answering.finish()
  whole.push(...(await collect(stream)))
  await come()
  for (const { after, events } of comers) expect(await events).toEqual(whole.slice(after))
  expect(textOf(whole)).toBe('1. ThinkThought')
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
