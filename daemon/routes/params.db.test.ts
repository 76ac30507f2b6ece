import { beforeAll, describe, expect, test } from 'vitest'
import type { TurnOutcome } from '../../shared/contract/event.js'
import { failure } from '../../test/fakes/upstream/steps.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { ask, collect, send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

const strict = {
  steps: () => [failure(400, "Unsupported value: 'temperature' does not support 0.5")],
}

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true, scripts: { strict } } })
  ;({ database, upstream, daemon } = stage)
  return stage.close
})

const names = ['temperature', 'top_p', 'max_tokens', 'seed', 'stop', 'reasoning_effort']

/** What of a request are parameters. */
function paramsOf(body: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)))
}

/** What the gateway was asked with, and what the turn says of it. */
async function sent(sessionId: string, body: Parameters<typeof ask>[1] = {}) {
  const { text, last } = await ask(daemon, { model: 'echo-body', ...body }, { sessionId })
  const turn = await daemon.client.getTurn((last.data as TurnOutcome).turn_id)
  return { wire: paramsOf(JSON.parse(text)), turn: turn.params }
}

let count = 0
const makeRole = (params: object) =>
  daemon.client.createRole({ name: `R${++count}`, instructions: 'x', params })

const call = async (method: string, path: string, body?: unknown) => {
  const { status, text } = await send(daemon, path, { method, body })
  return { status, body: text === '' ? undefined : JSON.parse(text) }
}

describe('what goes to the gateway, and into the turn', () => {
  test.each<[string, object, object, object, object]>([
    ['nothing', {}, {}, {}, {}],
    ["the role's", {}, {}, { temperature: 0 }, { temperature: 0 }],
    ["the session's over the role's", {}, { top_p: 0.5 }, { top_p: 1 }, { top_p: 0.5 }],
    ["the call's over both", { seed: 3 }, { seed: 2 }, { seed: 1 }, { seed: 3 }],
    [
      'each by itself',
      { seed: 3 },
      { stop: ['a', 'b'] },
      { seed: 1, max_tokens: 5, reasoning_effort: 'low' },
      { seed: 3, stop: ['a', 'b'], max_tokens: 5, reasoning_effort: 'low' },
    ],
    [
      'not what a call says null to',
      { temperature: null, seed: null },
      { temperature: 1 },
      { temperature: 2, seed: 1, top_p: 1 },
      { top_p: 1 },
    ],
  ])('%s', async (_, body, session, role, expected) => {
    const { id: role_id } = await makeRole(role)
    const { id } = await daemon.client.createSession({ role_id, params: session })
    expect(await sent(id, body)).toEqual({ wire: expected, turn: expected })
    // What one call names does not stick.
    expect((await daemon.client.getSession(id)).params).toEqual(session)
  })

  test('the role that one call names brings its own, and no role none', async () => {
    const { id: role_id } = await makeRole({ temperature: 1 })
    const { id: other } = await makeRole({ temperature: 2 })
    const { id } = await daemon.client.createSession({ role_id })
    expect(await sent(id, { role_id: other })).toMatchObject({ wire: { temperature: 2 } })
    expect(await sent(id, { role_id: null })).toMatchObject({ wire: {} })
  })

  test('the same in both phases of plan mode', async () => {
    const { id: role_id } = await makeRole({ seed: 1, top_p: 0.1 })
    const plan = { planning_model: 'ok+planner', answering_model: 'ok+answerer' }
    const { id } = await daemon.client.createSession({ role_id, plan, params: { top_p: 0.2 } })
    await ask(daemon, { max_tokens: 7 }, { sessionId: id })
    for (const model of ['ok+planner', 'ok+answerer']) {
      const { body } = await upstream.waitFor(model)
      expect(paramsOf(body)).toEqual({ seed: 1, top_p: 0.2, max_tokens: 7 })
    }
  })

  test('a retry has those of its own moment, and what it names itself', async () => {
    const { id } = await daemon.client.createSession({ model: 'ok+retry', params: { seed: 1 } })
    await ask(daemon, { temperature: 1 }, { sessionId: id })
    await daemon.client.patchSession(id, { params: { seed: 2 } })
    const again = await daemon.client.retry(id, { top_p: 0.5 }, { idempotencyKey: `r${count}` })
    await collect(again)
    const { body } = await upstream.waitFor('ok+retry', 2)
    expect(paramsOf(body)).toEqual({ seed: 2, top_p: 0.5 })
  })

  test("of the original web client, too: a lifted role brings the stored one's", async () => {
    const { name } = await makeRole({ seed: 9 })
    const { id } = await daemon.client.createSession({ params: { top_p: 0.5 } })
    const lifted = (instructions: string) => `[[ROLE:${name}]]\n${instructions}\n---\nHi`
    expect(await sent(id, { message: lifted('x') })).toMatchObject({
      wire: { seed: 9, top_p: 0.5 },
    })
    // Other instructions are another role, whatever its name.
    expect((await sent(id, { message: lifted('y') })).wire).toEqual({ top_p: 0.5 })
  })

  test("its Edit takes a call's, which has neither session nor role", async () => {
    const edit = (more: object) =>
      call('POST', '/api/chat/completions/stream', {
        model: 'ok+edit',
        messages: [{ role: 'user', content: 'Hi' }],
        ...more,
      }).catch(() => undefined)
    await edit({ temperature: 0.5, seed: null })
    const { body } = await upstream.waitFor('ok+edit')
    expect(paramsOf(body)).toEqual({ temperature: 0.5 })
  })

  test('a server that refuses one says so, and the hint says which to leave out', async () => {
    const { id } = await daemon.client.createSession({
      model: 'strict',
      params: { temperature: 0.5 },
    })
    const { last } = await ask(daemon, {}, { sessionId: id })
    expect((last.data as TurnOutcome).problem).toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('does not support 0.5'),
      hint: expect.stringContaining('/set temperature'),
    })
  })
})

describe('sessions and roles keep them', () => {
  const params = { temperature: 0.5, stop: ['\n', 'é'], seed: -1 }

  test.each([
    ['PATCH', '/api/sessions', {}],
    ['PUT', '/api/roles', { name: 'Keeper', instructions: 'x' }],
  ])('a whole object replaces, null is none, left out stays: %s %s', async (method, path, made) => {
    const row = await call('POST', path, { ...made, params })
    expect(row).toMatchObject({ status: 201, body: { params } })
    const where = `${path}/${row.body.id}`
    const change = async (body: object) => (await call(method, where, body)).body.params
    expect(await change({ ...made, title: 'T' })).toEqual(params)
    expect(await change({ params: { top_p: 1 } })).toEqual({ top_p: 1 })
    expect((await call('GET', where)).body.params).toEqual({ top_p: 1 })
    const [listed] = (await call('GET', path)).body.filter(
      ({ id }: { id: string }) => id === row.body.id,
    )
    expect(listed.params).toEqual({ top_p: 1 })
    expect(await change({ params: null })).toEqual({})
    expect(
      (await call('POST', path, { ...made, name: 'Other', params: null })).body.params,
    ).toEqual({})
  })

  test("a role's are a part of its revision", async () => {
    const { id } = await makeRole({ seed: 1 })
    expect(await daemon.client.putRole(id, { params: { seed: 2 } })).toMatchObject({ revision: 2 })
    expect(await daemon.client.putRole(id, { params: { seed: 2 } })).toMatchObject({ revision: 2 })
    const { rows } = await database.pool.query(
      'SELECT revision, params FROM role_revisions WHERE role_id = $1 ORDER BY 1',
      [id],
    )
    expect(rows).toEqual([
      { revision: 1, params: { seed: 1 } },
      { revision: 2, params: { seed: 2 } },
    ])
  })

  test.each<[string, string, object]>([
    ['POST', '/api/sessions', {}],
    ['POST', '/api/roles', { name: 'No', instructions: 'x' }],
    ['PATCH', '/api/sessions/:id', {}],
  ])('%s %s refuses what is unknown or out of range', async (method, path, body) => {
    const { id } = await daemon.client.createSession({ params: { seed: 5 } })
    const refused = (bad: unknown) =>
      call(method, path.replace(':id', id), { ...body, params: bad })
    expect(await refused({ temprature: 1 })).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_request',
        detail: `params: unknown: temprature (did you mean temperature?); known are ${names.join(', ')}`,
      },
    })
    expect((await refused({ temperature: 2.5 })).body.detail).toBe(
      'params.temperature: must be a number from 0 to 2',
    )
    expect((await refused([])).status).toBe(400)
    expect((await daemon.client.getSession(id)).params).toEqual({ seed: 5 })
  })

  test('and so does a call, before anything is stored', async () => {
    const { id } = await daemon.client.createSession({})
    const post = (body: object) =>
      call('POST', `/api/sessions/${id}/chat/stream`, { message: 'Hi', model: 'ok', ...body })
    expect((await post({ temprature: 1 })).body).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('temprature (did you mean temperature?); known are'),
    })
    expect((await post({ top_p: 2 })).body.detail).toBe('top_p: must be a number from 0 to 1')
    expect(await daemon.client.listMessages(id)).toEqual([])
  })
})
