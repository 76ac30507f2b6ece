import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { open, send, type TestDaemon } from '../../test/support/daemon.js'
import { at, invite } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'
import { isStream } from '../http/open-streams.js'

const scopes = ['read', 'chat', 'admin'] as const
type Needed = (typeof scopes)[number] | 'nothing'

/** What each endpoint asks of a token. Whoever adds an endpoint says so here. */
const needed: Record<string, Needed> = {
  'GET /api/health': 'nothing',
  'GET /api/ready': 'nothing',
  'POST /api/login': 'nothing',
  'GET /api/openapi.json': 'read',
  'GET /api/sessions': 'read',
  'POST /api/sessions': 'chat',
  'GET /api/sessions/{id}': 'read',
  'PATCH /api/sessions/{id}': 'chat',
  'DELETE /api/sessions/{id}': 'chat',
  'POST /api/sessions/{id}/fork': 'chat',
  'GET /api/sessions/{id}/messages': 'read',
  'POST /api/sessions/{id}/chat/stream': 'chat',
  'POST /api/sessions/{id}/retry': 'chat',
  'GET /api/sessions/{id}/stream': 'read',
  'POST /api/sessions/{id}/stop': 'chat',
  'GET /api/search': 'read',
  'GET /api/spend': 'read',
  'GET /api/turns/{id}': 'read',
  'GET /api/turns/{id}/stream': 'read',
  'GET /api/roles': 'read',
  'POST /api/roles': 'admin',
  'POST /api/roles/apply': 'admin',
  'GET /api/roles/{id}': 'read',
  'PUT /api/roles/{id}': 'admin',
  'DELETE /api/roles/{id}': 'admin',
  'GET /api/models': 'read',
  'GET /metrics': 'admin',
  'GET /api/events': 'read',
  'GET /api/export': 'read',
  'POST /api/import': 'chat',
  'GET /api/tokens': 'admin',
  'POST /api/tokens': 'admin',
  'DELETE /api/tokens/{id}': 'admin',
  'POST /api/chat/completions/stream': 'chat',
  'POST /api/chat/completions': 'chat',
  'GET /v1/models': 'read',
  'POST /v1/chat/completions': 'chat',
  'POST /api/daemon/stop': 'admin',
}

let daemon: TestDaemon
const tokens = new Map<string, string>()
let operations: { name: string; method: string; path: string; isStream: boolean }[]

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  daemon = stage.daemon
  for (const scope of scopes) {
    tokens.set(scope, (await invite(daemon, `one-who-may-${scope}`, { scope })).made.token)
  }
  const document = JSON.parse((await send(daemon, '/api/openapi.json')).text)
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { responses: Record<string, object> }>).map(
      ([method, { responses }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        isStream: JSON.stringify(responses['200'] ?? '').includes('text/event-stream'),
      }),
    ),
  )
  return stage.close
})

test('every endpoint that is served has a row, and every row is served', () => {
  const served = operations.map(({ name }) => name)
  expect(served.length).toBeGreaterThan(20)
  expect(Object.keys(needed).sort()).toEqual([...served, 'GET /api/openapi.json'].sort())
  // The document lists what the contract has; nothing else is routed.
  const routed = daemon.app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  expect([...new Set(routed)].sort()).toEqual(Object.keys(needed).sort())
})

test('what answers with a stream is known as such before it is started, and nothing else is', () => {
  for (const { path, name, isStream: streams } of operations) {
    expect({ name, isStream: isStream(path.replace('{id}', randomUUID())) }).toEqual({
      name,
      isStream: streams,
    })
  }
  expect(operations.filter((one) => one.isStream).length).toBeGreaterThan(5)
})

/** Knocks with nothing that could be done: only who may not is of interest. */
async function knock(name: string, token: string | null): Promise<number> {
  const [method = '', path = ''] = name.split(' ')
  const id = path.startsWith('/api/tokens') ? 'abcdef012345' : randomUUID()
  const response = await open(daemon, path.replace('{id}', id), {
    method,
    token,
    ...(method === 'GET' ? {} : { body: {} }),
  })
  response.destroy()
  return response.statusCode ?? 0
}

describe.each(Object.entries(needed))('%s', (name, least) => {
  test.each(scopes)(`needs ${least}; with a token of the scope %s`, async (scope) => {
    const status = await knock(name, tokens.get(scope) ?? '')
    const may = least === 'nothing' || scopes.indexOf(scope) >= scopes.indexOf(least)
    expect(status === 403 ? 'forbidden' : 'allowed').toBe(may ? 'allowed' : 'forbidden')
    expect([401, 429, 500, 503]).not.toContain(status)
  })

  test('opens to no wrong token, whatever it looks like', async () => {
    const known = tokens.get('admin') ?? ''
    const wrong = [
      `${known.slice(0, -1)}${known.endsWith('0') ? '1' : '0'}`,
      known.slice(0, -1),
      `c2a_ffffffffffff_${'0'.repeat(64)}`,
    ]
    for (const token of [null, ...wrong]) {
      const status = await knock(name, token)
      if (least === 'nothing') expect(status).not.toBe(403)
      // So many wrong ones from one place that some are only told to wait.
      else expect([401, 429]).toContain(status)
    }
  })
})

test('the refusal says what is missing', async () => {
  const read = at(daemon, tokens.get('read') ?? '')
  await expect(read.client.createSession({})).rejects.toMatchObject({
    code: 'forbidden',
    message: 'this token may only read',
    exit: 4,
  })
  const chat = at(daemon, tokens.get('chat') ?? '')
  await expect(chat.client.createRole({ name: 'x', instructions: 'y' })).rejects.toMatchObject({
    code: 'forbidden',
    message: 'this needs an admin token',
  })
})
