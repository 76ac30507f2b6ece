import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { done, finish, text } from '../../test/fakes/upstream/steps.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { type Site, startSite } from '../../test/support/site.js'
import { startStage } from '../../test/support/stage.js'

/*
 * The calls of the original web client, one after the other as it makes them, on another origin and
 * behind a proxy that adds the token where there is none.
 */

const origin = 'https://chat.example.org'
const edge = 2 * 1024 * 1024
/** Long enough for two edges, with characters of several bytes. */
const long = 'Wörter und mehr 😀\n'.repeat(190_000)

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let proxy: Site
let base: string

beforeAll(async () => {
  const stage = await startStage({
    upstream: {
      litellm: true,
      scripts: {
        long: {
          steps: () => [
            ...(long.match(/[\s\S]{1,60000}/g) ?? []).map((piece) => text(piece)),
            finish(),
            done(),
          ],
        },
      },
    },
    origins: [origin],
  })
  ;({ database, upstream, daemon } = stage)
  proxy = await startSite({ daemon })
  base = `http://127.0.0.1:${proxy.port}`
  return stage.close
})
afterAll(() => {
  proxy.close()
})

/** As axios and fetch do it in a page of that origin; no content type where there is no body. */
function call(method: string, path: string, body?: object, token?: string): Promise<Response> {
  return fetch(base + path, {
    method,
    headers: {
      origin,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/** Its reader, on pieces as Chromium's pipe cuts them: nothing is kept between two of them. */
function readAsOriginal(body: Buffer): string {
  let read = ''
  for (let at = 0; at < body.length; at += edge) {
    const piece = new TextDecoder().decode(body.subarray(at, at + edge))
    for (const line of piece.split('\n')) {
      const trimmed = line.trim()
      if (!trimmed.startsWith('data: ')) continue
      const data = trimmed.slice(6)
      if (data === '[DONE]') return read
      try {
        const content = JSON.parse(data).choices?.[0]?.delta?.content
        if (content) read += content
      } catch {
        // As the original: a line that it cannot read is lost.
      }
    }
  }
  return read
}

const bytesOf = async (response: Response): Promise<Buffer> => {
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

test('all of its calls, in its order', async () => {
  const login = await call('POST', '/api/login', { username: 'ann', password: daemon.token })
  const { token, user } = await login.json()
  expect([login.status, user]).toEqual([200, { username: 'ann' }])

  // Without a token, which the proxy adds.
  const models = await (await call('GET', '/api/models')).json()
  const model = models.data[0].model_name || models.data[0].id
  expect(model).toEqual(expect.any(String))

  expect(await (await call('GET', '/api/sessions', undefined, token)).json()).toEqual([])
  const made = await call('POST', '/api/sessions', { title: 'New Chat' }, token)
  const session = await made.json()
  expect([made.status, session.title]).toEqual([201, 'New Chat'])
  const path = `/api/sessions/${session.id}`
  expect(await (await call('GET', `${path}/messages`, undefined, token)).json()).toEqual([])

  const role = await (
    await call('POST', '/api/roles', { name: 'Chef', instructions: 'You cook.\n---\nWell.' }, token)
  ).json()
  const changed = await call('PUT', `/api/roles/${role.id}`, { name: 'Cook' }, token)
  expect(await changed.json()).toEqual({
    ...role,
    name: 'Cook',
    revision: 2,
    updated_at: expect.any(String),
  })
  const [listed] = await (await call('GET', '/api/roles', undefined, token)).json()
  for (const key of ['id', 'name', 'instructions', 'updated_at']) {
    expect(listed[key]).toEqual(expect.any(String))
  }

  const message = `[[ROLE:Cook]]\n${listed.instructions}\n---\nWhat is a roux?`
  const sent = await call('POST', `${path}/chat/stream`, { model: 'echo', message }, token)
  expect(readAsOriginal(await bytesOf(sent))).toBe('You said: What is a roux?')
  const [after] = await (await call('GET', '/api/sessions', undefined, token)).json()
  expect([after.id, after.title]).toEqual([session.id, 'What is a roux?'])
  const messages = await (await call('GET', `${path}/messages`, undefined, token)).json()
  expect(messages).toMatchObject([
    { role: 'user', content: 'What is a roux?', timestamp: expect.any(String) },
    { role: 'assistant', content: 'You said: What is a roux?', timestamp: expect.any(String) },
  ])
  expect(messages[0].isStreaming ?? false).toBe(false)

  const bubbles = [
    { role: 'assistant', content: 'Model set to: echo' },
    { role: 'user', content: 'And a béchamel?' },
  ]
  const edit = await call('POST', '/api/chat/completions/stream', {
    model: 'echo',
    messages: bubbles,
  })
  expect(edit.headers.get('access-control-allow-origin')).toBe(origin)
  expect(readAsOriginal(await bytesOf(edit))).toBe('You said: And a béchamel?')

  expect((await call('DELETE', `/api/roles/${role.id}`, undefined, token)).ok).toBe(true)
  expect((await call('DELETE', path, undefined, token)).ok).toBe(true)
})

describe('its plan mode', () => {
  const rules = 'Rules:\n- Use 1., 2., 3., ...\n- One short, specific action per step'
  const planning = (task: string) =>
    `Create a concise, actionable plan as a numbered checklist only. ${rules}\n- No intro or outro text\n\nTask: ${task}`
  const answering = (task: string, plan: string) =>
    `Follow the numbered steps in the plan below and produce a concrete implementation.\n\nRules:\n- Do not restate\n\nOriginal question: ${task}\n\nPlan (for you to follow, do not echo):\n${plan}`

  test.each([
    ['with a role', true],
    ['without one', false],
  ])('%s: two posts, and the title is the task', async (_, hasRole) => {
    const { id } = await daemon.client.createSession({})
    const role = await daemon.client.createRole({
      name: `P${hasRole}`,
      instructions: 'Task: x\n---',
    })
    const prefix = hasRole ? `[[ROLE:${role.name}]]\n${role.instructions}\n---\n` : ''
    const path = `/api/sessions/${id}/chat/stream`
    const task = 'Write a parser.\n\nTask: of JSON'
    const first = await call('POST', path, { model: 'ok', message: prefix + planning(task) })
    const plan = readAsOriginal(await bytesOf(first))
    expect(plan).toBe('Hello, world.')
    const second = await call('POST', path, {
      model: 'ok',
      message: prefix + answering(task, plan),
    })
    await bytesOf(second)
    expect((await daemon.client.getSession(id)).title).toBe('Write a parser. Task: of JSON')
    const [asked, , again] = await daemon.client.listMessages(id)
    expect([asked!.content, again!.content]).toEqual([planning(task), answering(task, plan)])
    expect(upstream.requests.at(-1)!.body).toMatchObject({
      messages: hasRole
        ? [{ role: 'system', content: role.instructions }, {}, {}, {}]
        : [{}, {}, {}],
    })
  })

  test('its second post in a new session, and what only looks like one', async () => {
    const titled = async (message: string): Promise<string> => {
      const { id } = await daemon.client.createSession({})
      await bytesOf(await call('POST', `/api/sessions/${id}/chat/stream`, { model: 'ok', message }))
      return (await daemon.client.getSession(id)).title
    }
    expect(await titled(answering('Why?', '1. Think'))).toBe('Why?')
    expect(await titled('Task: tidy up')).toBe('Task: tidy up')
    expect(await titled('My list\n\nTask: tidy up')).toBe('My list Task: tidy up')
  })
})

test.each([
  [
    'a turn',
    async () => {
      const { id } = await daemon.client.createSession({})
      return call('POST', `/api/sessions/${id}/chat/stream`, { model: 'long', message: 'Hi' })
    },
  ],
  [
    'its Edit',
    () =>
      call('POST', '/api/chat/completions/stream', {
        model: 'long',
        messages: [{ role: 'user', content: 'Hi' }],
      }),
  ],
])('no frame of %s is lost where its browser cuts the body', async (_, answer) => {
  const body = await bytesOf(await answer())
  expect(body.length).toBeGreaterThan(2 * edge)
  const read = readAsOriginal(body)
  expect(read.length).toBe(long.length)
  expect(read === long).toBe(true)
})

describe('a completion that is not streamed', () => {
  const complete = (more: object = {}) =>
    call('POST', '/api/chat/completions', {
      model: 'echo',
      messages: [{ role: 'user', content: 'Hi' }],
      ...more,
    })

  test("is OpenAI's object, and nothing is stored", async () => {
    const before = await database.pool.query('SELECT count(*) AS n FROM messages')
    const response = await complete()
    expect(response.headers.get('access-control-allow-origin')).toBe(origin)
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      model: 'echo',
      choices: [{ message: { role: 'assistant', content: 'You said: Hi' }, finish_reason: 'stop' }],
    })
    const after = await database.pool.query('SELECT count(*) AS n FROM messages')
    expect(after.rows).toEqual(before.rows)
  })

  test.each([
    ['no-such', 404, 'model_not_found'],
    ['error-frame', 502, 'upstream_error'],
  ])('that fails with %s is a problem', async (model, status, code) => {
    const response = await complete({ model })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, error: expect.any(String) })
  })
})

describe('its origin', () => {
  const calls: [string, string, string][] = [
    ['POST', '/api/login', 'content-type'],
    ['POST', '/api/chat/completions/stream', 'content-type'],
    ['POST', '/api/chat/completions', 'content-type'],
    ['GET', '/api/sessions', 'authorization'],
    ['DELETE', '/api/roles/1', 'authorization'],
    ['POST', '/api/sessions/1/chat/stream', 'authorization,content-type'],
    ['PUT', '/api/roles/1', 'authorization,content-type'],
  ]
  const preflight = (from: string, [method, path, headers]: (typeof calls)[number]) =>
    send(daemon, path, {
      method: 'OPTIONS',
      token: null,
      via: 'tcp',
      headers: {
        origin: from,
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    })

  test.each(calls)('gets the preflight of %s %s with %s', async (...one) => {
    const { status, headers } = await preflight(origin, one)
    expect(status).toBe(204)
    expect(headers['access-control-allow-origin']).toBe(origin)
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    const [method, , wanted] = one
    expect(String(headers['access-control-allow-methods']).split(', ')).toContain(method)
    const allowed = String(headers['access-control-allow-headers']).split(', ')
    for (const name of wanted.split(',')) expect(allowed).toContain(name)
  })

  test.each([
    'https://evil.example',
    'http://chat.example.org',
    'https://chat.example.org:8443',
    'null',
  ])('is not %s, which gets 403 and nothing to read', async (other) => {
    for (const one of calls) {
      const { status, headers } = await preflight(other, one)
      expect([status, headers['access-control-allow-origin']]).toEqual([403, undefined])
    }
    const { status, headers } = await send(daemon, '/api/models', { headers: { origin: other } })
    expect([status, headers['access-control-allow-origin']]).toEqual([403, undefined])
  })
})
