import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { done, finish, pause, reasoning, text, usage } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { ask, send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
const origin = 'https://chat.example.org'

beforeAll(async () => {
  database = await createTestDatabase()
  const ends = [finish(), usage(3, 2, { cost: 1 }), done()]
  upstream = await startUpstream({
    litellm: true,
    scripts: {
      short: { steps: () => [text('Hel'), pause(2), text('lo'), ...ends] },
      thinking: { steps: () => [reasoning('Hm.'), pause(2), text('Yes'), ...ends] },
      length: { steps: () => [text('Half'), finish('length'), done()] },
      late: { steps: () => [pause(300), text('late'), ...ends] },
      'broken-late': { steps: () => [pause(300)] },
    },
  })
  daemon = await startDaemon({ database, upstream, origins: [origin] })
})
afterAll(async () => {
  await daemon.stop()
  await upstream.close()
  await database.drop()
})

const hi = [{ role: 'user', content: 'Hi' }]

/** As any client does it: over TCP, with fetch. */
function complete(body: object, headers: Record<string, string> = {}, by = daemon) {
  return fetch(`http://127.0.0.1:${by.port}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${by.token}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ model: 'short', messages: hi, ...body }),
  })
}

interface Chunk {
  id: string
  object: string
  created: number
  model: string
  choices: {
    index: number
    delta: { role?: string; content?: string; reasoning_content?: string }
    finish_reason: string
  }[]
  usage?: object | null
  error?: { message: string; type: string; param: string | null; code: string }
}

/** The data of each frame; throws where a frame is anything but data and comments. */
function framesOf(body: string): (Chunk | '[DONE]')[] {
  expect(body.endsWith('\n\n')).toBe(true)
  return body
    .slice(0, -2)
    .split('\n\n')
    .filter((frame) => !frame.startsWith(':'))
    .map((frame) => {
      expect(frame).toMatch(/^data: [^\n]+$/)
      const data = frame.slice(6)
      return data === '[DONE]' ? data : JSON.parse(data)
    })
}

async function stream(body: object, headers?: Record<string, string>) {
  const response = await complete({ stream: true, ...body }, headers)
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  const frames = framesOf(await response.text())
  expect(frames.at(-1)).toBe('[DONE]')
  const chunks = frames.filter((frame): frame is Chunk => frame !== '[DONE]')
  expect(frames.length - chunks.length).toBe(1)
  return chunks
}

const textOf = (chunks: Chunk[]) =>
  chunks.map(({ choices }) => choices?.[0]?.delta.content ?? '').join('')

async function countOf(table: string): Promise<number> {
  const { rows } = await database.pool.query(`SELECT count(*)::int AS n FROM ${table}`)
  return rows[0].n
}

describe('a completion that is not stored', () => {
  test("is one object in OpenAI's shape", async () => {
    const before = await countOf('messages')
    const response = await complete({})
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'short',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    })
    expect(await countOf('messages')).toBe(before)
  })

  test("or a stream of OpenAI's chunks", async () => {
    const chunks = await stream({})
    const head = {
      id: chunks[0]!.id,
      object: 'chat.completion.chunk',
      created: chunks[0]!.created,
      model: 'short',
    }
    const choice = { index: 0, logprobs: null, finish_reason: null }
    expect(chunks[0]).toEqual({
      ...head,
      choices: [{ ...choice, delta: { role: 'assistant', content: '' } }],
    })
    expect(chunks[1]).toEqual({ ...head, choices: [{ ...choice, delta: { content: 'Hel' } }] })
    expect(chunks.at(-1)).toEqual({
      ...head,
      choices: [{ ...choice, delta: {}, finish_reason: 'stop' }],
    })
    expect(textOf(chunks)).toBe('Hello')
  })

  test('the tokens come in a chunk of their own where they are asked for', async () => {
    const chunks = await stream({ stream_options: { include_usage: true } })
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    })
    for (const chunk of chunks.slice(0, -1)) expect(chunk.usage).toBeNull()
  })

  test('reasoning is no text but stands beside it, as other servers have it', async () => {
    const chunks = await stream({ model: 'thinking' })
    expect(textOf(chunks)).toBe('Yes')
    expect(chunks[1]!.choices[0]!.delta).toEqual({ reasoning_content: 'Hm.' })
    const whole = await (await complete({ model: 'thinking' })).json()
    expect(whole.choices[0].message).toMatchObject({ content: 'Yes', reasoning_content: 'Hm.' })
  })

  test('a length is a length', async () => {
    const body = await (await complete({ model: 'length' })).json()
    expect(body.choices[0]).toMatchObject({ finish_reason: 'length' })
  })

  test('sends the messages as they are, and the parameters that it knows', async () => {
    await complete({
      model: 'echo',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'One' },
            { type: 'text', text: 'two' },
          ],
        },
        { role: 'assistant', content: null, refusal: null },
        { role: 'user', content: 'three', name: 'ann' },
      ],
      temperature: 0.5,
      top_p: null,
      stop: ['END'],
      max_completion_tokens: 7,
    })
    const { body } = upstream.requests.at(-1)!
    expect(body).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'One\ntwo' },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'three' },
      ],
      temperature: 0.5,
      stop: ['END'],
      max_tokens: 7,
    })
    expect(body).not.toHaveProperty('top_p')
    expect(body).not.toHaveProperty('max_completion_tokens')
  })

  test('a daemon that leaves lets an answer finish', async () => {
    const leaving = await startDaemon({ database, upstream })
    const answer = complete({ model: 'gate+drain', stream: true }, {}, leaving)
    const call = await upstream.waitFor('gate+drain')
    call.release('Still ')
    const response = await answer
    const drained = leaving.drain(60_000)
    const refused = await complete({}, {}, leaving)
    expect([refused.status, (await refused.json()).error.code]).toEqual([503, 'shutting_down'])
    call.release('here.')
    call.finish()
    const frames = framesOf(await response.text())
    expect(textOf(frames.filter((frame): frame is Chunk => frame !== '[DONE]'))).toBe('Still here.')
    expect(frames.at(-1)).toBe('[DONE]')
    await drained
  })

  test('and says so where it takes too long', async () => {
    const leaving = await startDaemon({ database, upstream })
    const answer = complete({ model: 'gate+late', stream: true }, {}, leaving)
    const call = await upstream.waitFor('gate+late')
    call.release('Half')
    const response = await answer
    await leaving.drain(1)
    const frames = framesOf(await response.text())
    expect(frames.slice(-2)).toMatchObject([{ error: { code: 'shutting_down' } }, '[DONE]'])
    expect(await call.ended).toBe('aborted')
  })

  test('a client that leaves is not answered any more', async () => {
    const leave = new AbortController()
    const gone = fetch(`http://127.0.0.1:${daemon.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${daemon.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gate+leave', messages: hi }),
      signal: leave.signal,
    })
    const call = await upstream.waitFor('gate+leave')
    leave.abort()
    await expect(gone).rejects.toThrow()
    expect(await call.ended).toBe('aborted')
  })
})

describe('what else a request names', () => {
  test.each([
    { user: 'ann', store: false, metadata: { a: '1' }, service_tier: 'auto' },
    { frequency_penalty: 0, presence_penalty: 0, logit_bias: {}, top_logprobs: null },
    { n: 1, tools: [], tool_choice: 'auto', parallel_tool_calls: true, logprobs: false },
    { tools: [{ type: 'function', function: { name: 'f' } }] },
    { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'none' },
    { functions: [{ name: 'f' }], function_call: 'auto' },
    { response_format: { type: 'text' }, modalities: ['text'], audio: null },
    { a_field_of_next_year: { deep: [1, 2] } },
  ])('is ignored where that is harmless: %j', async (more) => {
    expect((await complete(more)).status).toBe(200)
    const { body } = upstream.requests.at(-1)!
    expect(Object.keys(body as object).sort()).toEqual([
      'messages',
      'model',
      'stream',
      'stream_options',
    ])
  })

  test.each([
    ['n', 2],
    ['tool_choice', 'required'],
    ['tool_choice', { type: 'function', function: { name: 'f' } }],
    ['function_call', { name: 'f' }],
    ['response_format', { type: 'json_object' }],
    ['response_format', 'json'],
    ['logprobs', true],
    ['modalities', ['text', 'audio']],
    ['audio', { voice: 'x' }],
    ['web_search_options', {}],
    ['temperature', 3],
    ['temperature', '1'],
    ['max_tokens', 0],
    ['stop', ['a', 'b', 'c', 'd', 'e']],
    ['messages', []],
    ['messages', undefined],
    ['model', ''],
    ['stream', 'yes'],
  ])('is refused by its name where the answer would be another: %s %j', async (name, value) => {
    const asked = upstream.requests.length
    const response = await complete({ [name]: value })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/json')
    const { error } = await response.json()
    expect(error).toEqual({
      message: expect.stringContaining(name),
      type: 'invalid_request_error',
      param: name,
      code: 'invalid_request',
    })
    expect(upstream.requests.length).toBe(asked)
  })

  test.each([
    ['messages.0.role', { role: 'tool', content: 'x', tool_call_id: '1' }],
    ['messages.0.content', { role: 'user', content: [{ type: 'image_url', image_url: {} }] }],
    ['messages.0.content', { role: 'user', content: 7 }],
  ])('a message that is no text, at %s', async (param, message) => {
    const { error } = await (await complete({ messages: [message] })).json()
    expect(error).toMatchObject({ type: 'invalid_request_error', param })
  })
})

test('what there is not is not found, with a token that may chat, too', async () => {
  const made = await daemon.client.createToken({ name: 'web', scope: 'chat' })
  for (const path of ['/v1/embeddings', '/v1/responses', '/v1/models/short/more']) {
    const response = await fetch(`http://127.0.0.1:${daemon.port}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${made.token}`, 'content-type': 'application/json' },
      body: '{}',
    })
    expect([response.status, (await response.json()).error.code]).toEqual([404, 'not_found'])
  }
})

describe('a failure', () => {
  test.each([
    ['no-such', 404, 'invalid_request_error', 'model_not_found'],
    ['status-429', 429, 'rate_limit_error', 'rate_limit_exceeded'],
    ['status-503', 503, 'server_error', 'overloaded'],
  ])('before any text is a status: %s', async (model, status, type, code) => {
    for (const body of [{ model }, { model, stream: true }]) {
      const response = await complete(body)
      expect(response.status).toBe(status)
      expect(await response.json()).toEqual({
        error: { message: expect.any(String), type, param: null, code },
      })
    }
  })

  test('in the middle is an error among the data, and then the end', async () => {
    const chunks = await stream({ model: 'error-frame' })
    expect(chunks.at(-1)).toEqual({
      error: {
        message: expect.stringContaining('boom in the middle'),
        type: 'server_error',
        param: null,
        code: 'upstream_error',
      },
    })
    expect(textOf(chunks)).toBe('Hello')
  })

  test('in the middle of what is not streamed is no answer', async () => {
    const response = await complete({ model: 'error-frame' })
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(await response.json()).toHaveProperty('error.message')
  })

  test('after a head that could wait no longer is an error among the data', async () => {
    const hasty = await startDaemon({ database, upstream, headPatienceMs: 20 })
    const late = await complete({ model: 'late', stream: true }, {}, hasty)
    expect(textOf(framesOf(await late.text()).slice(0, -1) as Chunk[])).toBe('late')
    const broken = await complete({ model: 'broken-late', stream: true }, {}, hasty)
    expect(broken.status).toBe(200)
    const frames = framesOf(await broken.text())
    expect(frames.at(-2)).toHaveProperty('error.code')
    expect(frames.at(-1)).toBe('[DONE]')
  })

  test.each([
    [
      'a wrong token',
      '/v1/models',
      { headers: { authorization: 'Bearer x' } },
      401,
      'invalid_api_key',
    ],
    ['no token', '/v1/chat/completions', { method: 'POST', token: null }, 401, 'invalid_api_key'],
    ['an unknown path', '/v1/embeddings', { method: 'POST' }, 404, 'not_found'],
    [
      'half a body',
      '/v1/chat/completions',
      { method: 'POST', body: '{"model":' },
      400,
      'invalid_request',
    ],
    [
      'another type',
      '/v1/chat/completions',
      { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'an origin that is not listed',
      '/v1/models',
      { headers: { origin: 'https://evil.example' } },
      403,
      'forbidden',
    ],
  ])("%s is told in OpenAI's shape", async (_, path, raw, status, code) => {
    const answer = await send(daemon, path, raw)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(JSON.parse(answer.text)).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
    })
  })
})

describe('with X-C2A-Session', () => {
  test('the last message becomes a turn, and the session knows what was said before', async () => {
    const role = await daemon.client.createRole({ name: 'Brief', instructions: 'Be brief.' })
    const { id } = await daemon.client.createSession({ role_id: role.id, params: { seed: 7 } })
    await ask(daemon, { message: 'First', model: 'short' }, { sessionId: id })
    const messages = [
      { role: 'system', content: 'Of the request.' },
      { role: 'user', content: 'Never said' },
      { role: 'assistant', content: 'Never answered' },
      { role: 'user', content: 'Second' },
    ]
    const response = await complete(
      { model: 'echo', messages, temperature: 0.5 },
      { 'x-c2a-session': id },
    )
    const { choices, model } = await response.json()
    expect([choices[0].message.content, model]).toEqual(['You said: Second', 'echo'])
    expect(upstream.requests.at(-1)!.body).toMatchObject({
      model: 'echo',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'First' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Second' },
      ],
      temperature: 0.5,
      seed: 7,
    })
    const kept = await daemon.client.listMessages(id)
    expect(kept.map(({ content }) => content)).toEqual([
      'First',
      'Hello',
      'Second',
      'You said: Second',
    ])
  })

  test('a stream is that of the turn, in chunks without names', async () => {
    const { id } = await daemon.client.createSession({})
    const chunks = await stream(
      { model: 'thinking', stream_options: { include_usage: true } },
      { 'x-c2a-session': id },
    )
    expect(textOf(chunks)).toBe('Yes')
    expect(chunks.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }] })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 5 } })
    const [, answer] = await daemon.client.listMessages(id)
    expect(answer).toMatchObject({ content: 'Yes', reasoning: 'Hm.' })
  })

  test('who leaves does not stop the turn', async () => {
    const { id } = await daemon.client.createSession({})
    const leave = new AbortController()
    const gone = fetch(`http://127.0.0.1:${daemon.port}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${daemon.token}`,
        'content-type': 'application/json',
        'x-c2a-session': id,
      },
      body: JSON.stringify({ model: 'gate+stored', messages: hi }),
      signal: leave.signal,
    })
    const call = await upstream.waitFor('gate+stored')
    leave.abort()
    await expect(gone).rejects.toThrow()
    call.release('Kept')
    call.finish()
    expect(await call.ended).toBe('finished')
  })

  test('one model is meant by whoever names one, in a session with plan mode, too', async () => {
    const plan = { planning_model: 'echo', answering_model: 'echo' }
    const { id } = await daemon.client.createSession({ plan })
    expect(textOf(await stream({}, { 'x-c2a-session': id }))).toBe('Hello')
    expect(await daemon.client.listMessages(id)).toHaveLength(2)
  })

  test('a failed turn is an error that must not be tried again by itself', async () => {
    const { id } = await daemon.client.createSession({})
    for (const more of [{}, { stream: true }]) {
      const response = await complete({ model: 'status-503', ...more }, { 'x-c2a-session': id })
      expect([response.status, response.headers.get('x-should-retry')]).toEqual([503, 'false'])
      expect(await response.json()).toHaveProperty('error.type', 'server_error')
    }
    const chunks = await stream({ model: 'error-frame' }, { 'x-c2a-session': id })
    expect(chunks.at(-1)).toHaveProperty('error.message')
  })

  test('an answer that somebody stops is not taken for a whole one', async () => {
    const { id } = await daemon.client.createSession({})
    const response = complete({ model: 'gate+stopped' }, { 'x-c2a-session': id })
    const call = await upstream.waitFor('gate+stopped')
    call.release('Half')
    await daemon.client.stopSession(id)
    expect(await (await response).json()).toHaveProperty('error.code', 'cancelled')
  })

  test('the same Idempotency-Key asks once', async () => {
    const { id } = await daemon.client.createSession({})
    const headers = { 'x-c2a-session': id, 'idempotency-key': randomUUID() }
    const first = await (await complete({}, headers)).json()
    const again = await (await complete({}, headers)).json()
    expect(again).toEqual({ ...first, created: expect.any(Number) })
    expect(await daemon.client.listMessages(id)).toHaveLength(2)
    const other = await complete({ temperature: 1 }, headers)
    expect([other.status, (await other.json()).error.code]).toEqual([422, 'idempotency_key_reused'])
  })

  test.each([
    ['a session that is not there', randomUUID(), {}, 404, 'not_found'],
    ['no id', 'latest', {}, 400, 'invalid_request'],
    [
      'a last message of nobody',
      undefined,
      { messages: [{ role: 'assistant', content: 'x' }] },
      400,
      'invalid_request',
    ],
    [
      'a last message of white space',
      undefined,
      { messages: [{ role: 'user', content: ' ' }] },
      400,
      'invalid_request',
    ],
  ])('%s is refused', async (_, session, body, status, code) => {
    const id = session ?? (await daemon.client.createSession({})).id
    const response = await complete(body, { 'x-c2a-session': id })
    expect([response.status, (await response.json()).error.code]).toEqual([status, code])
  })

  test('a session that is answering says so, and that may be tried again', async () => {
    const { id } = await daemon.client.createSession({})
    const first = complete({ model: 'gate+busy' }, { 'x-c2a-session': id })
    const call = await upstream.waitFor('gate+busy')
    const second = await complete({}, { 'x-c2a-session': id })
    expect([second.status, second.headers.get('x-should-retry')]).toEqual([409, null])
    call.release('x')
    call.finish()
    expect((await first).status).toBe(200)
  })
})

describe('the models', () => {
  test("are listed in the gateway's order, in OpenAI's shape", async () => {
    const { status, text } = await send(daemon, '/v1/models')
    expect(status).toBe(200)
    const ours = JSON.parse((await send(daemon, '/api/models')).text).data
    const { object, data } = JSON.parse(text)
    expect(object).toBe('list')
    expect(data).toHaveLength(ours.length)
    expect(data[0]).toEqual({
      id: ours[0].id,
      object: 'model',
      created: 0,
      owned_by: ours[0].litellm_provider ?? 'unknown',
    })
  })

  test('are the demo alone while no gateway answers', async () => {
    const alone = await startDaemon({ database, upstream: { url: 'http://127.0.0.1:1' } })
    const { data } = JSON.parse((await send(alone, '/v1/models')).text)
    expect(data).toMatchObject([{ id: 'offline/demo', owned_by: 'offline' }])
  })
})

test('a page of a listed origin may name its session', async () => {
  const { status, headers } = await send(daemon, '/v1/chat/completions', {
    method: 'OPTIONS',
    token: null,
    headers: { origin, 'access-control-request-headers': 'authorization,x-c2a-session' },
  })
  expect(status).toBe(204)
  expect(headers['access-control-allow-headers']).toContain('x-c2a-session')
  expect(headers['access-control-allow-origin']).toBe(origin)
})
