import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { startStage } from '../../test/support/stage.js'

const listed = 'https://chat.example.org'
const adminToken = 'an-admin-token-of-my-own'

let database: TestDatabase
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage({
    origins: [listed],
    hosts: ['c2a.example.org', 'Other.Example.org:8443', 'fd00::1'],
    adminToken,
  })
  ;({ database, daemon } = stage)
  return stage.close
})

const agent = new Agent({ keepAlive: true, maxSockets: 16 })
afterAll(() => agent.destroy())

interface Cell {
  via: 'tcp' | 'unix'
  host: string
  origin: string | undefined
  type: string | undefined
  token: string | undefined
}

/** Makes a session when it gets through. */
function knock({ via, host, origin, type, token }: Cell): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      ...(via === 'unix'
        ? { socketPath: daemon.socketPath }
        : { host: '127.0.0.1', port: daemon.port }),
      agent,
      method: 'POST',
      path: '/api/sessions',
      headers: {
        host,
        ...(origin !== undefined && { origin }),
        ...(type !== undefined && { 'content-type': type }),
        ...(token !== undefined && { authorization: token }),
      },
    })
    request.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    request.on('error', reject)
    request.end('{}')
  })
}

describe('host, origin, token and content type', () => {
  const goodHosts = [
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1:3001',
    '[::1]:3001',
    'c2a.example.org',
    'other.example.org',
    '[fd00::1]:3001',
  ]
  const badHosts = ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '0.0.0.0']
  const goodOrigins = [undefined, listed]
  const badOrigins = ['https://evil.example', 'null', `${listed}.evil.example`, `${listed}:444`]
  const goodTypes = ['application/json', 'Application/JSON; charset=utf-8']
  const badTypes = [
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
  ]
  const good = () => [`Bearer ${daemon.token}`, `bearer ${adminToken}`]
  const bad = () => [
    undefined,
    'Bearer',
    'Bearer x',
    `Basic ${daemon.token}`,
    `Bearer ${daemon.token.slice(0, -1)}`,
    `Bearer ${daemon.token}x`,
  ]

  function expected(cell: Cell): number {
    if (cell.via === 'tcp' && badHosts.includes(cell.host)) return 403
    if (cell.origin !== undefined && badOrigins.includes(cell.origin)) return 403
    if (bad().includes(cell.token)) return 401
    return badTypes.includes(cell.type) ? 415 : 201
  }

  test.each(['tcp', 'unix'] as const)('let in exactly the allowed set over %s', async (via) => {
    const cells: Cell[] = []
    for (const host of via === 'tcp' ? [...goodHosts, ...badHosts] : ['localhost', ...badHosts]) {
      for (const origin of [...goodOrigins, ...badOrigins]) {
        for (const type of [...goodTypes, ...badTypes]) {
          for (const token of [...good(), ...bad()]) cells.push({ via, host, origin, type, token })
        }
      }
    }
    // Every third one is enough to have every pair of them many times.
    const chosen = cells.filter((_, index) => index % 3 === 0)
    const before = await database.pool.query('SELECT count(*) AS n FROM sessions')
    const statuses: number[] = []
    for (let at = 0; at < chosen.length; at += 64) {
      statuses.push(...(await Promise.all(chosen.slice(at, at + 64).map(knock))))
    }
    const wrong = chosen.flatMap((cell, index) =>
      statuses[index] === expected(cell) ? [] : [{ cell, status: statuses[index] }],
    )
    expect(wrong.slice(0, 3)).toEqual([])
    const after = await database.pool.query('SELECT count(*) AS n FROM sessions')
    const made = statuses.filter((status) => status === 201).length
    expect(made).toBeGreaterThan(5)
    expect(after.rows[0].n - before.rows[0].n).toBe(made)
  })
})

/** The status line of a request written by hand. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(daemon.port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += String(chunk)
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''))
    socket.write(text)
  })
}

const get = (lines: string[], path = '/api/sessions', version = '1.1') =>
  raw([`GET ${path} HTTP/${version}`, 'Connection: close', ...lines, '', ''].join('\r\n'))

test.each([
  ['two hosts', ['Host: localhost', 'Host: evil.example'], 400],
  ['the same host twice', ['Host: localhost', 'Host: localhost'], 400],
  ['no host', [], 400],
  ['an empty host', ['Host: '], 400],
  ['credentials in the host', ['Host: localhost@evil.example'], 400],
])('a request with %s is refused', async (_, lines, status) => {
  const answer = await get([...lines, `Authorization: Bearer ${daemon.token}`])
  expect([status, 403]).toContain(Number(answer.split(' ')[1]))
})

test('HTTP/1.0 without a host is refused as well, and an absolute target changes nothing', async () => {
  const authorized = [`Authorization: Bearer ${daemon.token}`]
  expect(await get(authorized, '/api/sessions', '1.0')).toContain(' 400 ')
  expect(await get(['Host: evil.example', ...authorized], 'http://localhost/api/sessions')).toMatch(
    / 40[03] /,
  )
})

describe('without a token', () => {
  test('only health, readiness and login answer, whatever the OpenAPI document lists', async () => {
    const document = JSON.parse((await send(daemon, '/api/openapi.json')).text)
    const open: string[] = []
    for (const [path, methods] of Object.entries(document.paths as Record<string, object>)) {
      for (const method of Object.keys(methods)) {
        const { status } = await send(daemon, path.replace('{id}', crypto.randomUUID()), {
          method: method.toUpperCase(),
          token: null,
        })
        if (status !== 401) open.push(`${method} ${path}`)
      }
    }
    expect(open).toEqual(['get /api/health', 'get /api/ready', 'post /api/login'])
    expect((await send(daemon, '/api/openapi.json', { token: null })).status).toBe(401)
    expect((await send(daemon, '/', { token: null })).status).toBe(401)
  })

  test('readiness says yes or no and nothing else', async () => {
    const bare = await send(daemon, '/api/ready', { token: null })
    expect(JSON.parse(bare.text)).toEqual({ ready: true })
    const wrong = await send(daemon, '/api/ready', { token: 'wrong' })
    expect(JSON.parse(wrong.text)).toEqual({ ready: true })
    const { details } = JSON.parse((await send(daemon, '/api/ready')).text)
    expect(details).toMatchObject({ database: { ok: true, managed: false }, draining: false })
  })

  test('a listed origin gets its preflight, any other a refusal', async () => {
    const preflight = (origin: string) =>
      send(daemon, '/api/sessions', {
        method: 'OPTIONS',
        token: null,
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
    const { status, headers } = await preflight(listed)
    expect(status).toBe(204)
    expect(headers).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': expect.stringContaining('authorization'),
      vary: 'Origin',
    })
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    const refused = await preflight('https://evil.example')
    expect(refused.status).toBe(403)
    expect(refused.headers['access-control-allow-origin']).toBeUndefined()
  })
})

test('an allowed origin may read answers and errors', async () => {
  const headers = { origin: listed }
  for (const path of ['/api/sessions', '/api/nothing']) {
    const answer = await send(daemon, path, { headers })
    expect(answer.headers['access-control-allow-origin']).toBe(listed)
    // The next page, when to come again, and what to quote when something went wrong.
    expect(answer.headers['access-control-expose-headers']).toBe('link, retry-after, x-request-id')
  }
  const unauthorized = await send(daemon, '/api/sessions', { headers, token: 'x' })
  expect(unauthorized.headers['access-control-allow-origin']).toBe(listed)
})

test('tokens are never logged nor answered', async () => {
  await send(daemon, '/api/sessions', { token: 'c2a_wrong_secret' })
  const { text } = await send(daemon, '/api/ready')
  for (const secret of [daemon.token, adminToken, 'c2a_wrong_secret']) {
    expect(daemon.logged.join('\n') + text).not.toContain(secret)
  }
})
