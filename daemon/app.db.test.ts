import { randomUUID } from 'node:crypto'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../test/fakes/upstream/upstream.js'
import { type RawRequest, send, type TestDaemon } from '../test/support/daemon.js'
import type { TestDatabase } from '../test/support/database.js'
import { startStage } from '../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true, models: ['ok', 'echo'] } })
  ;({ database, upstream, daemon } = stage)
  return stage.close
})

async function call(method: string, path: string, body?: unknown, raw: RawRequest = {}) {
  const answer = await send(daemon, path, { method, ...(body !== undefined && { body }), ...raw })
  return { ...answer, body: answer.text === '' ? undefined : JSON.parse(answer.text) }
}

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

describe('sessions', () => {
  test('are made, read, changed and deleted in the shapes that clients rely on', async () => {
    const made = await call('POST', '/api/sessions')
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: uuid,
      title: 'New Chat',
      model: null,
      role_id: null,
      plan: null,
      params: {},
      live_turn_id: null,
      created_at: time,
      updated_at: time,
    })
    const path = `/api/sessions/${made.body.id}`
    expect((await call('GET', path)).body).toEqual(made.body)
    const changed = await call('PATCH', path, { title: ' Mine ', model: 'ok' })
    expect(changed.status).toBe(200)
    expect(changed.body).toEqual({
      ...made.body,
      title: 'Mine',
      model: 'ok',
      updated_at: time,
    })
    expect(Date.parse(changed.body.updated_at)).toBeGreaterThan(Date.parse(made.body.updated_at))
    expect((await call('GET', `${path}/messages`)).body).toEqual([])
    const gone = await call('DELETE', path)
    expect([gone.status, gone.text]).toEqual([204, ''])
    for (const [method, where] of [
      ['GET', path],
      ['DELETE', path],
      ['GET', `${path}/messages`],
    ] as const) {
      expect((await call(method, where)).status).toBe(404)
    }
    expect((await call('PATCH', path, { title: 'x' })).status).toBe(404)
  })

  test.each([
    ['no body', undefined, {}],
    ['an empty body that is called JSON', '', { headers: { 'content-type': 'application/json' } }],
    ['an empty object', {}, {}],
    ["the original client's", { title: 'New Chat' }, {}],
  ])('may be made with %s', async (_, body, raw) => {
    expect((await call('POST', '/api/sessions', body, raw)).status).toBe(201)
  })

  test('list the latest first, whole or by pages that the Link header names', async () => {
    const all = (await call('GET', '/api/sessions')).body
    expect(all.length).toBeGreaterThan(2)
    const pages: unknown[] = []
    let path: string | undefined = '/api/sessions?limit=2'
    while (path !== undefined) {
      const page = await call('GET', path)
      pages.push(...page.body)
      const link = page.headers['link']
      path = link && /^<(\/api\/sessions\?[^>]*)>; rel="next"$/.exec(String(link))![1]
    }
    expect(pages).toEqual(all)
  })

  test('give their messages in pages that go back from the newest', async () => {
    const { id } = (await call('POST', '/api/sessions')).body
    await database.pool.query(
      `INSERT INTO messages (session_id, role, content)
       SELECT $1, 'user', n FROM generate_series(1, 5) AS n`,
      [id],
    )
    const path = `/api/sessions/${id}/messages`
    const newest = await call('GET', `${path}?limit=3`)
    expect(newest.body.map((message: { content: string }) => message.content)).toEqual([
      '3',
      '4',
      '5',
    ])
    expect(newest.body[0]).toEqual({
      id: uuid,
      role: 'user',
      kind: 'chat',
      content: '3',
      status: 'complete',
      model: null,
      seq: 3,
      created_at: time,
      timestamp: newest.body[0].created_at,
    })
    const next = /^<([^>]+)>; rel="next"$/.exec(String(newest.headers['link']))![1]!
    const older = await call('GET', next)
    expect(older.body.map((message: { content: string }) => message.content)).toEqual(['1', '2'])
    expect(older.headers['link']).toBeUndefined()
  })

  test('with an id that nobody made at random are served as well', async () => {
    const id = '11111111-1111-1111-1111-111111111111'
    await database.pool.query('INSERT INTO sessions (id) VALUES ($1)', [id])
    expect((await call('GET', `/api/sessions/${id}`)).status).toBe(200)
    expect((await call('DELETE', `/api/sessions/${id}`)).status).toBe(204)
  })
})

describe('roles', () => {
  test('are made, read, changed in part and deleted', async () => {
    const made = await call('POST', '/api/roles', {
      name: '  Code reviewer ',
      instructions: " <b>Be strict & O'Brien</b>\n",
    })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      id: uuid,
      name: 'Code reviewer',
      instructions: " <b>Be strict & O'Brien</b>\n",
      params: {},
      revision: 1,
      created_at: time,
      updated_at: time,
    })
    const path = `/api/roles/${made.body.id}`
    const changed = await call('PUT', path, { instructions: 'Be kind.' })
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({
      name: 'Code reviewer',
      instructions: 'Be kind.',
      revision: 2,
    })
    expect((await call('GET', path)).body).toEqual(changed.body)
    expect((await call('GET', '/api/roles')).body).toEqual([changed.body])
    const taken = await call('POST', '/api/roles', { name: 'Code reviewer', instructions: 'x' })
    expect([taken.status, taken.body.code]).toEqual([409, 'role_exists'])
    const gone = await call('DELETE', path)
    expect([gone.status, gone.text]).toEqual([204, ''])
    expect((await call('GET', path)).status).toBe(404)
  })

  test.each([
    ['no name', { instructions: 'x' }],
    ['a blank name', { name: ' ', instructions: 'x' }],
    ['101 characters of name', { name: 'x'.repeat(101), instructions: 'x' }],
    ['blank instructions', { name: 'x', instructions: ' \n' }],
  ])('are refused with %s', async (_, body) => {
    expect((await call('POST', '/api/roles', body)).status).toBe(400)
  })

  test('an empty change is refused', async () => {
    expect((await call('PUT', `/api/roles/${randomUUID()}`, {})).status).toBe(400)
    expect((await call('PUT', `/api/roles/${randomUUID()}`, { name: 'x' })).status).toBe(404)
  })
})

test('models come in the gateway’s order, without its own parameters', async () => {
  const { status, body } = await call('GET', '/api/models')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    data: [{ id: 'ok', litellm_provider: 'openai' }, { id: 'echo' }],
    stale: false,
    source: 'model_info',
  })
  expect(JSON.stringify(body)).not.toMatch(/litellm_params|secret/)
})

test('health tells what runs, and the daemon can be asked to stop', async () => {
  const health = await call('GET', '/api/health', undefined, { token: null })
  expect(health.body).toEqual({ status: 'OK', timestamp: time, version: '0.0.0', build: 'source' })
  const { id } = (await call('POST', '/api/sessions')).body
  const stream = await daemon.client.chat(
    id,
    { message: 'Hi', model: 'gate+idle' },
    { idempotencyKey: randomUUID() },
  )
  const busy = await call('POST', '/api/daemon/stop?if_idle=1')
  expect([busy.status, busy.body.code, daemon.stopAsked()]).toEqual([409, 'session_busy', 0])
  const gate = await upstream.waitFor('gate+idle')
  gate.finish()
  for await (const _ of stream);
  const stopped = await call('POST', '/api/daemon/stop')
  expect([stopped.status, stopped.body, daemon.stopAsked()]).toEqual([202, { stopping: true }, 1])
})

describe('errors', () => {
  const json = { 'content-type': 'application/json' }
  const unknown = randomUUID()

  test.each<[string, string, string, RawRequest, number, string]>([
    ['an unknown endpoint', 'GET', '/api/nothing', {}, 404, 'not_found'],
    ['a method that a path lacks', 'PUT', '/api/sessions', {}, 404, 'not_found'],
    ['no token', 'GET', '/api/sessions', { token: null }, 401, 'unauthorized'],
    ['malformed JSON', 'POST', '/api/sessions', { body: '{"title"' }, 400, 'invalid_request'],
    ['JSON that is no object', 'POST', '/api/sessions', { body: '[]' }, 400, 'invalid_request'],
    ['a wrong type', 'POST', '/api/sessions', { body: { title: 1 } }, 400, 'invalid_request'],
    [
      'a body nested without end',
      'POST',
      '/api/sessions',
      { body: `{"title":"\\u0000","x":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
      400,
      'invalid_request',
    ],
    ['no body where one is needed', 'POST', '/api/roles', {}, 400, 'invalid_request'],
    [
      'an empty JSON body where one is needed',
      'POST',
      '/api/roles',
      { body: '', headers: json },
      400,
      'invalid_request',
    ],
    [
      'another type of body',
      'POST',
      '/api/sessions',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
    ],
    ['an id that is none', 'GET', '/api/sessions/x', {}, 400, 'invalid_request'],
    ['an id with NUL', 'GET', '/api/sessions/%00', {}, 400, 'invalid_request'],
    ['a broken escape in the path', 'GET', '/api/sessions/%E0%A4%A', {}, 400, 'invalid_request'],
    ['an unknown id', 'GET', `/api/turns/${unknown}`, {}, 404, 'not_found'],
    ['an empty patch', 'PATCH', `/api/sessions/${unknown}`, { body: {} }, 400, 'invalid_request'],
    ['a limit of none', 'GET', '/api/sessions?limit=0', {}, 400, 'invalid_request'],
    ['a limit without end', 'GET', '/api/roles?limit=1e9', {}, 400, 'invalid_request'],
    ['a forged cursor', 'GET', '/api/sessions?cursor=WzFd', {}, 400, 'invalid_request'],
    [
      'a role that is not there',
      'POST',
      '/api/sessions',
      { body: { role: 'Nobody' } },
      404,
      'not_found',
    ],
  ])('%s', async (_, method, path, raw, status, code) => {
    const answer = await call(method, path, undefined, raw)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.body).toMatchObject({
      type: `urn:c2a:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      error: answer.body.detail,
      request_id: answer.headers['x-request-id'],
    })
    expect(answer.body.detail).not.toMatch(/zod|stack|\n/i)
  })

  test('nobody without a token makes the daemon read or parse a body', async () => {
    const bomb = `[${'{},'.repeat(300_000)}1]`
    for (const path of ['/api/health', '/api/ready', '/api/sessions']) {
      const { status } = await call('POST', path, bomb, { token: null })
      // Had it been read, its shape would have been refused with 400.
      expect([401, 404]).toContain(status)
    }
    const login = await call('POST', '/api/login', bomb, { token: null })
    expect(login.status).toBe(413)
    const inside = await call('POST', '/api/sessions', bomb)
    expect([inside.status, inside.body.code]).toEqual([400, 'invalid_request'])
  })

  test('a body over 32 MiB is refused with the limit, by its length or while it comes', async () => {
    const body = Buffer.alloc(32 * 1024 * 1024 + 1, 0x20)
    const refused = await call('POST', '/api/sessions', body)
    expect([refused.status, refused.body.code]).toEqual([413, 'payload_too_large'])
    expect(refused.body.detail).toContain('32 MiB')
    const chunked = await call('POST', '/api/sessions', body, {
      headers: { 'transfer-encoding': 'chunked' },
    }).catch((error: NodeJS.ErrnoException) => error.code)
    // A sender that never listens while it sends may find the connection closed.
    if (typeof chunked === 'object') expect(chunked.status).toBe(413)
    else expect(['ECONNRESET', 'EPIPE']).toContain(chunked)
    expect((await call('GET', '/api/health')).status).toBe(200)
  })
})

describe('the OpenAPI document', () => {
  test('is valid 3.1', async () => {
    const { body } = await call('GET', '/api/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    const result = await new Validator().validate(body)
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
  })

  test('has every route, and every operation needs the token or is known not to', async () => {
    const { paths } = (await call('GET', '/api/openapi.json')).body
    const documented = Object.entries(
      paths as Record<string, Record<string, { security?: object }>>,
    )
    const operations = documented.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        id: `${method.toUpperCase()} ${path}`,
        secured: security !== undefined,
      })),
    )
    const served = daemon.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/api/openapi.json')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(new Set(operations.map(({ id }) => id))).toEqual(new Set(served))
    expect(operations.filter(({ secured }) => !secured).map(({ id }) => id)).toEqual([
      'GET /api/health',
      'GET /api/ready',
      'POST /api/login',
    ])
  })
})
