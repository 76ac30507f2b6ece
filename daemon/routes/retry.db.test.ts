import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { retryAndFollow } from '../../shared/client/follow.js'
import type { RetryBody } from '../../shared/contract/chat.js'
import type { TurnEvent, TurnOutcome } from '../../shared/contract/event.js'
import type { Message } from '../../shared/contract/message.js'
import { answer, reset, role, text } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { createHistory, expectHolds } from '../../test/faults/support/check.js'
import {
  ask,
  collect,
  send,
  startDaemon,
  type TestDaemon,
  textOf,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { noLimit } from '../../test/support/no-limit.js'
import { createSessionStore } from '../store/sessions.js'
import { startTurn } from '../store/turn-start.js'
import { createTurnStore } from '../store/turns.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let other: TestDaemon

beforeAll(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream({
    scripts: {
      /** `Answer 1.`, then `Answer 2.` */
      nth: { steps: ({ earlier }) => answer(`Answer ${earlier + 1}.`) },
      /** `Answer 1.`, then nothing but a broken line. */
      once: { steps: ({ earlier }) => (earlier === 0 ? answer('Answer 1.') : [reset]) },
      /** Nothing that anybody could see, whole or cut off. */
      blank: { steps: () => answer('\n', ' \u00a0\u3000') },
      'blank-cut': { steps: () => [role(), text('\n'), reset] },
    },
  })
  daemon = await startDaemon({ database, upstream })
  other = await startDaemon({ database, upstream })
})
afterAll(async () => {
  await Promise.all([daemon.stop(), other.stop()])
  await expectHolds(createHistory(), { database })
  await upstream.close()
  await database.drop()
})

async function retry(
  sessionId: string,
  body: RetryBody = {},
  { key = randomUUID(), by = daemon } = {},
): Promise<{ events: TurnEvent[]; text: string; outcome: TurnOutcome }> {
  const stream = await by.client.retry(sessionId, body, { idempotencyKey: key })
  const events = await collect(stream)
  return { events, text: textOf(events), outcome: events.at(-1)?.data as TurnOutcome }
}

const post = (sessionId: string, body?: unknown) =>
  send(daemon, `/api/sessions/${sessionId}/retry`, { method: 'POST', body })

/** All of a session's messages, those that were replaced as well. */
async function everything(sessionId: string): Promise<Message[]> {
  return JSON.parse((await send(daemon, `/api/sessions/${sessionId}/messages?variants=1`)).text)
}

const textsOf = (messages: readonly Message[]) => messages.map(({ content }) => content)

/** The request of a model's n-th call, as role and text. */
async function sent(model: string, n: number): Promise<unknown> {
  const { body } = await upstream.waitFor(model, n)
  return body['messages']
}

/** As a day after the turn's end. */
async function fold(turnId: string): Promise<void> {
  await database.pool.query(
    `UPDATE turns SET created_at = created_at - day, finished_at = finished_at - day
     FROM (SELECT interval '25 hours' AS day) AS later WHERE id = $1`,
    [turnId],
  )
  await createTurnStore(database.pool).foldEvents()
}

/** A session with one answered question, whose model is that one. */
async function answered(model: string, settings = {}) {
  const session = await daemon.client.createSession({ model, ...settings })
  const first = await ask(daemon, { message: 'Why?' }, { sessionId: session.id })
  return { id: session.id, turnId: (first.last.data as TurnOutcome).turn_id }
}

describe('an answer that is given again', () => {
  test('takes the place of the older one, which is kept, under the same question', async () => {
    const { id, turnId } = await answered('nth+place')
    const [question, before] = await daemon.client.listMessages(id)
    const { events, text, outcome } = await retry(id)
    expect(text).toBe('Answer 2.')
    expect(events[0]).toMatchObject({
      event: 'turn.started',
      data: { user_message_id: question?.id, retry_of: turnId },
    })
    expect(outcome).toMatchObject({ status: 'complete', messages: [{ seq: 3, length: 9 }] })
    const shown = await daemon.client.listMessages(id)
    expect(shown).toMatchObject([
      { id: question?.id, content: 'Why?', seq: 1 },
      { content: 'Answer 2.', seq: 3, variants: 1, turn_id: outcome.turn_id },
    ])
    expect(await everything(id)).toMatchObject([
      { id: question?.id },
      { id: before?.id, content: 'Answer 1.', variant_of: shown[1]?.id },
      { id: shown[1]?.id },
    ])
    expect(await daemon.client.getTurn(outcome.turn_id)).toMatchObject({ retry_of: turnId })
    expect(await sent('nth+place', 2)).toEqual([{ role: 'user', content: 'Why?' }])
  })

  test('once more: all older ones point to the newest, and the conversation goes on with it', async () => {
    const { id } = await answered('nth+more')
    await retry(id)
    await retry(id)
    const shown = await daemon.client.listMessages(id)
    expect(shown[1]).toMatchObject({ content: 'Answer 3.', variants: 2 })
    const older = (await everything(id)).filter(({ variant_of }) => variant_of !== undefined)
    expect(textsOf(older)).toEqual(['Answer 1.', 'Answer 2.'])
    expect(older.every(({ variant_of }) => variant_of === shown[1]?.id)).toBe(true)
    await ask(daemon, { message: 'And?' }, { sessionId: id })
    expect(await sent('nth+more', 4)).toEqual([
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content: 'Answer 3.' },
      { role: 'user', content: 'And?' },
    ])
    // Now the second question is the last one.
    await retry(id)
    expect(await sent('nth+more', 5)).toEqual(await sent('nth+more', 4))
    expect(textsOf(await daemon.client.listMessages(id))).toEqual([
      ...['Why?', 'Answer 3.', 'And?', 'Answer 5.'],
    ])
  })

  test('pages hold what is shown, and a limit counts nothing else', async () => {
    const { id } = await answered('nth+pages')
    for (let times = 0; times < 3; times++) await retry(id)
    await ask(daemon, { message: 'And?' }, { sessionId: id })
    const newest = await daemon.client.pageMessages(id, 2)
    expect(textsOf(newest.items)).toEqual(['And?', 'Answer 5.'])
    const before = await daemon.client.pageMessages(id, 2, newest.older)
    expect(textsOf(before.items)).toEqual(['Why?', 'Answer 4.'])
    expect(before.older).toBeUndefined()
    const { text, headers } = await send(daemon, `/api/sessions/${id}/messages?variants=1&limit=3`)
    expect(textsOf(JSON.parse(text))).toEqual(['Answer 4.', 'And?', 'Answer 5.'])
    expect(headers['link']).toContain('variants=1')
  })

  test('may name its own model, role and plan; else the session has them', async () => {
    const role = await daemon.client.createRole({ name: 'Pirate', instructions: 'Arr.' })
    const { id } = await answered('nth+session')
    await retry(id, { model: 'ok+own', role: 'Pirate', temperature: 0.5 })
    expect((await upstream.waitFor('ok+own')).body).toMatchObject({ temperature: 0.5 })
    expect(await sent('ok+own', 1)).toEqual([
      { role: 'system', content: role.instructions },
      { role: 'user', content: 'Why?' },
    ])
    await retry(id)
    expect(await sent('nth+session', 2)).toEqual([{ role: 'user', content: 'Why?' }])
    expect(await daemon.client.getSession(id)).toMatchObject({
      ...{ model: 'nth+session', role_id: null, title: 'Why?' },
    })
  })

  test('in plan mode the plan is replaced with its answer, also by and of a chat', async () => {
    const plan = { planning_model: 'nth+plan', answering_model: 'nth+build' }
    const { id } = await answered('nth+chat', { plan })
    await retry(id)
    const both = await daemon.client.listMessages(id)
    expect(both).toMatchObject([
      { content: 'Why?' },
      { kind: 'plan', content: 'Answer 2.', variants: 1, seq: 4 },
      { kind: 'answer', content: 'Answer 2.', variants: 1, seq: 5 },
    ])
    await retry(id, { plan: null, model: 'ok' })
    expect(await daemon.client.listMessages(id)).toMatchObject([
      { content: 'Why?' },
      { kind: 'chat', content: 'Hello, world.', variants: 2 },
    ])
    await retry(id)
    const [, planned, built] = await daemon.client.listMessages(id)
    expect([planned, built]).toMatchObject([
      { kind: 'plan', variants: 2 },
      { kind: 'answer', variants: 3 },
    ])
    const older = (await everything(id)).filter(({ variant_of }) => variant_of !== undefined)
    const pointed = older.map(({ kind, variant_of }) => [kind, variant_of === planned?.id])
    expect(pointed).toEqual([
      ...[
        ['plan', true],
        ['answer', false],
        ['plan', true],
        ['answer', false],
        ['chat', false],
      ],
    ])
  })

  test('a streaming one is shown with what is committed of it, while the older one waits', async () => {
    const { id } = await answered('ok+live')
    const stream = await daemon.client.retry(
      id,
      { model: 'gate+live' },
      { idempotencyKey: randomUUID() },
    )
    const call = await upstream.waitFor('gate+live')
    call.release('so far')
    await eventually(async () =>
      expect(await daemon.client.listMessages(id)).toMatchObject([
        { content: 'Why?' },
        { content: 'so far', status: 'streaming', variants: 1 },
      ]),
    )
    const { live_turn_id } = await daemon.client.getSession(id)
    const busy = await post(id)
    expect(busy.status).toBe(409)
    expect(JSON.parse(busy.text)).toMatchObject({ code: 'session_busy', turn_id: live_turn_id })
    call.finish()
    await collect(stream)
  })

  test('a day later its turn is told from its messages', async () => {
    const { id } = await answered('nth+fold')
    const told = await retry(id)
    await retry(id)
    const { turn_id } = told.outcome
    await fold(turn_id)
    const again = await collect(await daemon.client.attach(turn_id, undefined))
    expect(again[0]?.data).toEqual(told.events[0]?.data)
    expect(again.at(-1)?.data).toEqual(told.outcome)
  })
})

describe('only the last answer', () => {
  test('turn_id may be any turn that answered the last question, and no other', async () => {
    const { id, turnId } = await answered('nth+named')
    const { outcome } = await retry(id, { turn_id: turnId })
    await retry(id, { turn_id: turnId })
    await retry(id, { turn_id: outcome.turn_id })
    await ask(daemon, { message: 'And?' }, { sessionId: id })
    const late = await post(id, { turn_id: turnId })
    expect([late.status, JSON.parse(late.text).code]).toEqual([409, 'not_latest'])
    const elsewhere = await answered('nth+elsewhere')
    for (const turn_id of [elsewhere.turnId, randomUUID()]) {
      const unknown = await post(id, { turn_id })
      expect([unknown.status, JSON.parse(unknown.text).code]).toEqual([404, 'not_found'])
    }
  })

  test('a session without an answer, an unknown one and an unknown field are refused', async () => {
    const { id } = await daemon.client.createSession({})
    await database.pool.query(
      `INSERT INTO messages (session_id, role, content) VALUES ($1, 'user', 'By hand')`,
      [id],
    )
    const none = await post(id)
    expect(none.status).toBe(404)
    expect(JSON.parse(none.text).detail).toBe('there is no answer in this session yet')
    expect((await post(randomUUID())).status).toBe(404)
    const odd = await post(id, { message: 'Hi' })
    expect(odd.status).toBe(400)
    expect(JSON.parse(odd.text).detail).toContain('unknown: message; known are turn_id, model')
  })

  test('what was written by hand since is neither lost nor sent', async () => {
    const { id } = await answered('nth+hand')
    await database.pool.query(
      `INSERT INTO messages (session_id, role, content) VALUES ($1, 'user', 'By hand')`,
      [id],
    )
    await retry(id)
    expect(await sent('nth+hand', 2)).toEqual([{ role: 'user', content: 'Why?' }])
    expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'By hand', 'Answer 2.'])
  })
})

describe('the same request again', () => {
  test('attaches, on any replica, and asks once; another body is refused', async () => {
    const { id } = await answered('ok+same')
    const key = randomUUID()
    const body = { model: 'nth+same' }
    const all = await Promise.all(
      [daemon, other, daemon, other].map((by) => retry(id, body, { key, by })),
    )
    for (const { events } of all) expect(events).toEqual(all[0]?.events)
    expect((await retry(id, body, { key })).events).toEqual(all[0]?.events)
    expect(upstream.hits('nth+same')).toBe(1)
    await expect(retry(id, { model: 'nth+else' }, { key })).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    })
  })

  test('is what a client sends after a line that broke, and it follows to the end', async () => {
    const { id } = await answered('nth+client')
    const first = daemon.client
    const seen: TurnEvent[] = []
    let connects = 0
    const outcome = await retryAndFollow({
      sessionId: id,
      body: {},
      idempotencyKey: randomUUID(),
      reconnectMs: 5_000,
      async connect() {
        connects += 1
        if (connects > 1) return other.client
        return {
          ...first,
          async retry(...asked) {
            const stream = await first.retry(...asked)
            // Accepted, but nobody came to know.
            await stream.return(undefined)
            return stream
          },
        }
      },
      onEvents(events) {
        seen.push(...events)
      },
    })
    expect(connects).toBe(2)
    expect(outcome.status).toBe('complete')
    expect(textOf(seen)).toBe('Answer 2.')
    expect(upstream.hits('nth+client')).toBe(2)
  })

  test('a daemon that drains takes none', async () => {
    const { id } = await answered('nth+drain')
    const third = await startDaemon({ database, upstream })
    await third.drain()
    await expect(retry(id, {}, { by: third })).rejects.toMatchObject({ code: 'shutting_down' })
  })
})

describe('a retry that brings less hides nothing', () => {
  test('that failed: the older answer is shown again, in the same moment', async () => {
    const { id, turnId } = await answered('once+fails')
    const { outcome } = await retry(id)
    expect(outcome).toMatchObject({ status: 'failed', restored_turn_id: turnId })
    const [, shown] = await daemon.client.listMessages(id)
    expect(shown).toMatchObject({ content: 'Answer 1.', status: 'complete', turn_id: turnId })
    // Nobody needs to look for an empty one.
    expect(shown).not.toHaveProperty('variants')
    expect(shown).not.toHaveProperty('variant_of')
    expect(await everything(id)).toMatchObject([
      { content: 'Why?' },
      { content: 'Answer 1.' },
      { content: '', status: 'failed', variant_of: shown?.id },
    ])
    const { outcome: second } = await retry(id, { turn_id: outcome.turn_id, model: 'nth+fails' })
    expect(await daemon.client.getTurn(second.turn_id)).toMatchObject({ retry_of: turnId })
    const all = await everything(id)
    expect(all.map(({ content, variant_of }) => [content, variant_of ?? ''])).toEqual([
      ['Why?', ''],
      ['Answer 1.', all[3]?.id],
      ['', all[3]?.id],
      ['Answer 1.', ''],
    ])
    const again = await collect(await daemon.client.attach(outcome.turn_id, undefined))
    expect(again.at(-1)?.data).toEqual(outcome)
  })

  test('is told the same when its events are gone', async () => {
    const { id } = await answered('once+told')
    const { outcome } = await retry(id)
    await fold(outcome.turn_id)
    const told = await collect(await daemon.client.attach(outcome.turn_id, undefined))
    expect(told.at(-1)?.data).toEqual(outcome)
  })

  test('that was stopped before its first word', async () => {
    const { id, turnId } = await answered('ok+stopped')
    const running = retry(id, { model: 'gate+stopped' })
    await upstream.waitFor('gate+stopped')
    await daemon.client.stopSession(id)
    expect((await running).outcome).toMatchObject({ status: 'stopped', restored_turn_id: turnId })
    expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Hello, world.'])
  })

  test('with a part of its text, of white space, or stopped half-way it hides no whole one', async () => {
    const { id, turnId } = await answered('ok+part')
    for (const [model, status] of [
      ['cut-mid+part', 'failed'],
      ['blank+part', 'complete'],
      ['blank-cut+part', 'failed'],
    ] as const) {
      const { outcome } = await retry(id, { model })
      expect(outcome, model).toMatchObject({ status, restored_turn_id: turnId })
      expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Hello, world.'])
    }
    const running = retry(id, { model: 'gate+part' })
    const call = await upstream.waitFor('gate+part')
    call.release('Half')
    await eventually(async () =>
      expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Half']),
    )
    await daemon.client.stopSession(id)
    expect((await running).outcome).toMatchObject({ status: 'stopped', restored_turn_id: turnId })
    // Of these four, two have a text that somebody may want to see.
    expect(await daemon.client.listMessages(id)).toMatchObject([
      { content: 'Why?' },
      { content: 'Hello, world.', variants: 2 },
    ])
  })

  test('a part replaces a part, also when it was stopped, and white space no text', async () => {
    const { id } = await answered('cut-mid+first')
    const { outcome } = await retry(id, { model: 'cut-mid+second' })
    expect(outcome).toMatchObject({ status: 'failed', messages: [{ length: 11 }] })
    expect(outcome).not.toHaveProperty('restored_turn_id')
    const running = retry(id, { model: 'gate+second' })
    const call = await upstream.waitFor('gate+second')
    call.release('Half')
    await eventually(async () =>
      expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Half']),
    )
    await daemon.client.stopSession(id)
    expect((await running).outcome).not.toHaveProperty('restored_turn_id')
    expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Half'])
    const blank = await retry(id, { model: 'blank+second' })
    expect(blank.outcome).toHaveProperty('restored_turn_id')
    expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Half'])
  })

  test('an empty one stays over an empty one', async () => {
    const empty = await answered('status-400+empty')
    const again = await retry(empty.id, { model: 'rst-head+empty' })
    expect(again.outcome).not.toHaveProperty('restored_turn_id')
    const [, shown] = await daemon.client.listMessages(empty.id)
    expect(shown).toMatchObject({ content: '', turn_id: again.outcome.turn_id })
    // To the model the question was never asked.
    await ask(daemon, { message: 'And?', model: 'ok+empty' }, { sessionId: empty.id })
    expect(await sent('ok+empty', 1)).toEqual([{ role: 'user', content: 'And?' }])
    // Nor is it left out when only an earlier try of it was empty.
    const good = await answered('status-400+good')
    await retry(good.id, { model: 'nth+good' })
    await ask(daemon, { message: 'And?', model: 'ok+good' }, { sessionId: good.id })
    expect(await sent('ok+good', 1)).toEqual([
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content: 'Answer 1.' },
      { role: 'user', content: 'And?' },
    ])
  })

  test('a plan without its answer does not stand in for both', async () => {
    const plan = { planning_model: 'nth+p', answering_model: 'once+a' }
    const { id, turnId } = await answered('ok', { plan })
    const { outcome } = await retry(id)
    expect(outcome).toMatchObject({ status: 'failed', restored_turn_id: turnId })
    expect(await daemon.client.listMessages(id)).toMatchObject([
      { content: 'Why?' },
      { kind: 'plan', content: 'Answer 1.', variants: 1, turn_id: turnId },
      { kind: 'answer', content: 'Answer 1.', turn_id: turnId },
    ])
  })

  test('of a daemon that died: whoever takes the turn over shows the older answer', async () => {
    const { id, turnId } = await answered('ok+dead')
    const dead = await startTurn(database.pool, {
      ...{ owner: 'local', sessionId: id, content: { turnId: undefined } },
      ...{ instance: 'dead', boot: randomUUID(), leaseMs: 60_000 },
      choose: () => ({ model: 'm', plan: null, roleId: null, sessionModel: null, title: 'T' }),
      limit: noLimit,
      guard: () => undefined,
    })
    if (!('started' in dead)) throw new Error('attached')
    expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', ''])
    await startDaemon({ database, upstream, instance: 'dead' })
    expect(textsOf(await daemon.client.listMessages(id))).toEqual(['Why?', 'Hello, world.'])
    const told = await collect(await daemon.client.attach(dead.started.id, undefined))
    expect(told.at(-1)).toMatchObject({
      event: 'turn.interrupted',
      data: { restored_turn_id: turnId },
    })
  })
})

test("asks LiteLLM for a fresh answer: a cache would give the old one's text again", async () => {
  const litellm = await startUpstream({ litellm: true })
  const behind = await startDaemon({ database, upstream: litellm })
  const { sessionId } = await ask(behind, { model: 'ok' })
  const { outcome } = await retry(sessionId, {}, { by: behind })
  expect(outcome.status).toBe('complete')
  const cache = litellm.requests.flatMap(({ model, body }) =>
    model === 'ok' ? [body['cache']] : [],
  )
  expect(cache).toEqual([undefined, { 'no-cache': true }])
  await litellm.close()
})

test('a start that fails half-way replaces nothing', async () => {
  const { id, turnId } = await answered('ok+half')
  const sessions = createSessionStore(database.pool)
  const before = await everything(id)
  await expect(
    startTurn(database.pool, {
      ...{ owner: 'local', sessionId: id, content: { turnId } },
      ...{ instance: 'i', boot: randomUUID(), leaseMs: 60_000 },
      choose: () => ({ model: 'm', plan: null, roleId: null, sessionModel: null, title: 'T' }),
      limit: noLimit,
      guard() {
        throw new Error('too long')
      },
    }),
  ).rejects.toThrow('too long')
  expect(await everything(id)).toEqual(before)
  expect((await sessions.get('local', id))?.live_turn_id).toBeNull()
})
