import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  ask,
  open,
  type RawRequest,
  send,
  startDaemon,
  type TestDaemon,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { at, invite } from '../../test/support/people.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { createPool } from '../store/pool.js'
import { createTokenStore } from '../store/tokens.js'
import { createMadeTokens } from './made-tokens.js'
import { hashSecret } from './token-text.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let elsewhere: TestDaemon

beforeAll(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream({ litellm: true })
  daemon = await startDaemon({ database, upstream })
  elsewhere = await startDaemon({ database, upstream })
})
afterAll(async () => {
  await Promise.all([daemon.stop(), elsewhere.stop()])
  await upstream.close()
  await database.drop()
})

const secretOf = (token: string): string => token.split('_').at(-1) ?? ''
const statusOf = async (who: TestDaemon, raw: RawRequest = {}): Promise<number> =>
  (await send(who, '/api/sessions', raw)).status

describe('a token', () => {
  test('is shown when it is made, and never again', async () => {
    const made = await send(daemon, '/api/tokens', {
      method: 'POST',
      body: { name: ' Carol ', expires_in: 3_600 },
    })
    expect(made.status).toBe(201)
    expect(made.headers['cache-control']).toBe('no-store')
    const { token, ...rest } = JSON.parse(made.text)
    expect(rest).toMatchObject({ name: 'carol', scope: 'chat', state: 'valid', last_used_at: null })
    expect(Date.parse(rest.expires_at) - Date.parse(rest.created_at)).toBe(3_600_000)
    const list = (await send(daemon, '/api/tokens')).text
    expect(JSON.parse(list)).toContainEqual(rest)
    expect(list).not.toContain(secretOf(token))
    expect(JSON.parse(list)[0]).not.toHaveProperty('hash')
  })

  test.each([
    [{}, 'name: is missing'],
    [{ name: '' }, 'name: must be 1 to 64 letters'],
    [{ name: '-rf' }, 'name: must be 1 to 64 letters'],
    [{ name: 'a b' }, 'name: must be 1 to 64 letters'],
    [{ name: 'a\u001b[31m' }, 'name: must be 1 to 64 letters'],
    [{ name: 'x'.repeat(65) }, 'name: must be 1 to 64 letters'],
    [{ name: 'Local' }, 'name: local is the user of the token file'],
    [{ name: 'a', scope: 'root' }, 'scope: must be read or chat or admin'],
    [{ name: 'a', expires_in: 0 }, 'expires_in: must be at least 1'],
    [{ name: 'a', owner: 'local' }, 'owner'],
  ])('is not made for %j', async (body, words) => {
    const answer = await send(daemon, '/api/tokens', { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text).detail).toContain(words)
  })

  test('of any alphabet is fine', async () => {
    expect((await invite(daemon, 'Ünal.Ölçer')).made.name).toBe('ünal.ölçer')
    expect((await invite(daemon, 'マリ')).made.name).toBe('マリ')
  })

  test('leaves nothing but its hash in the database, and nothing in the log', async () => {
    const dave = await invite(daemon, 'dave', { scope: 'admin' })
    await ask(dave, { model: 'ok' })
    await send(dave, '/api/nothing')
    await send(daemon, '/api/login', {
      method: 'POST',
      token: null,
      body: { username: 'dave', password: dave.token },
    })
    const { rows: columns } = await database.pool.query<{ column: string; table: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public'`,
    )
    expect(columns.length).toBeGreaterThan(50)
    const secret = secretOf(dave.token)
    const hex = Buffer.from(secret).toString('hex')
    for (const { table, column } of columns) {
      const { rows } = await database.pool.query(
        `SELECT 1 FROM "${table}" WHERE "${column}"::text ~* $1`,
        [`${secret}|${hex}|${dave.token}`],
      )
      expect({ table, column, found: rows.length }).toEqual({ table, column, found: 0 })
    }
    const { rows } = await database.pool.query('SELECT hash FROM tokens WHERE id = $1', [
      dave.made.id,
    ])
    expect(rows[0].hash).toEqual(hashSecret(secret))
    expect(daemon.logged.join('\n')).not.toContain(secret)
    // What a log may be given is not logged either: a hash is of no use to anybody.
    expect(daemon.logged.join('\n')).not.toContain(rows[0].hash.toString('hex'))
  })

  test('is a password for the original web client, as long as it is valid', async () => {
    const erin = await invite(daemon, 'erin')
    const login = (password: string) =>
      send(elsewhere, '/api/login', {
        method: 'POST',
        token: null,
        body: { username: 'Erin', password },
      })
    const answer = await login(erin.token)
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { token: erin.token, user: { username: 'Erin' } },
    ])
    await daemon.client.revokeToken(erin.made.id)
    expect((await login(erin.token)).status).toBe(401)
  })

  test('has its last use noted, but not at every request', async () => {
    const frank = await invite(daemon, 'frank')
    const usedAt = async () => {
      const tokens = await daemon.client.listTokens()
      return tokens.find(({ id }) => id === frank.made.id)?.last_used_at
    }
    const set = (ago: string) =>
      database.pool.query('UPDATE tokens SET last_used_at = now() - $2::interval WHERE id = $1', [
        frank.made.id,
        ago,
      ])
    expect(await usedAt()).toBeNull()
    await frank.client.listSessions()
    await eventually(async () => expect(await usedAt()).not.toBeNull())
    await set('50 s')
    const before = await usedAt()
    for (let turn = 0; turn < 5; turn++) await frank.client.listSessions()
    expect(await usedAt()).toBe(before)
    await set('61 s')
    const old = await usedAt()
    await frank.client.listSessions()
    await eventually(async () => expect(await usedAt()).not.toBe(old))
  })
})

describe('a name', () => {
  test('that gets a new token gets its sessions back, whatever became of the old one', async () => {
    const first = await invite(daemon, 'Grace', { scope: 'admin' })
    const { sessionId } = await ask(first, { model: 'ok' })
    await daemon.client.revokeToken(first.made.id)
    await expect(first.client.listSessions()).rejects.toMatchObject({ code: 'unauthorized' })
    const second = await invite(elsewhere, ' GRACE')
    expect((await second.client.listSessions()).map(({ id }) => id)).toEqual([sessionId])
    expect(second.made.owner).toBe(first.made.owner)
    // The name is only how it is found: what is owned does not name it.
    expect(second.made.owner).not.toContain('grace')
    const reader = await invite(daemon, 'grace', { scope: 'read' })
    expect(await reader.client.getSession(sessionId)).toMatchObject({ id: sessionId })
    await expect(reader.client.deleteSession(sessionId)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('that looks alike is another person', async () => {
    const one = await invite(daemon, 'heidi')
    for (const name of ['heidi2', 'heid', 'h.eidi', 'hеidi']) {
      expect((await invite(daemon, name)).made.owner).not.toBe(one.made.owner)
    }
  })

  test('has one owner, however many first tokens are made at once', async () => {
    // Nobody is quick enough to see no other by luck.
    await database.pool.query(
      `CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END';
       CREATE TRIGGER take_time BEFORE INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION take_time()`,
    )
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? daemon : elsewhere).client.createToken({ name: 'ivan' }),
      ),
    )
    await database.pool.query('DROP FUNCTION take_time CASCADE')
    expect(new Set(made.map(({ owner }) => owner)).size).toBe(1)
    expect(new Set(made.map(({ token }) => token)).size).toBe(8)
  })
})

/** Resolves when the other side has ended it. */
async function stream(who: TestDaemon, path: string, raw: RawRequest = {}) {
  const response = await open(who, path, raw)
  expect(response.statusCode).toBe(200)
  response.on('error', () => undefined)
  const state = { ended: false, response }
  response.on('close', () => {
    state.ended = true
  })
  response.resume()
  return state
}

describe('a token that is over', () => {
  test('is refused at once on every replica, and its streams are cut where they are', async () => {
    // No sweep comes to their help.
    const time = { sweepMs: 60_000, leaseMs: 130_000 }
    const here = await startDaemon({ database, upstream, time })
    const other = await startDaemon({ database, upstream, time })
    const judy = await invite(here, 'judy')
    const there = at(other, judy.token)
    const { id } = await judy.client.createSession({})
    const bystander = await invite(daemon, 'karl')
    const streams = await Promise.all([
      stream(there, '/api/events'),
      stream(judy, '/api/events'),
      stream(there, `/api/sessions/${id}/chat/stream`, {
        method: 'POST',
        headers: { accept: 'text/event-stream' },
        body: { message: 'Hi', model: 'gate+judy' },
      }),
    ])
    const call = await upstream.waitFor('gate+judy')
    call.release('shown')
    const edit = expect(
      open(there, '/api/chat/completions/stream', {
        method: 'POST',
        body: { model: 'gate+judy-edit', messages: [{ role: 'user', content: 'Hi' }] },
      }),
    ).rejects.toThrow()
    const editCall = await upstream.waitFor('gate+judy-edit')
    const others = await Promise.all([
      stream(at(other, bystander.token), '/api/events'),
      stream(other, '/api/events'),
    ])
    await daemon.client.revokeToken(judy.made.id)
    // From the answer on, not later.
    expect(await Promise.all([statusOf(judy), statusOf(there)])).toEqual([401, 401])
    await edit
    expect(await editCall.ended).toBe('aborted')
    await eventually(() => expect(streams.map(({ ended }) => ended)).toEqual([true, true, true]))
    expect(others.map(({ ended }) => ended)).toEqual([false, false])
    // The answer belongs to the daemon: it goes on, and waits for the next token of that name.
    call.finish()
    const next = await invite(daemon, 'judy')
    await eventually(async () => {
      const [, answer] = await next.client.listMessages(id)
      expect(answer).toMatchObject({
        status: 'complete',
        content: expect.stringContaining('shown'),
      })
    })
    expect(await daemon.client.revokeToken(judy.made.id)).toBeUndefined()
    await expect(daemon.client.revokeToken('ffffffffffff')).rejects.toMatchObject({
      code: 'not_found',
    })
    for (const { response } of others) response.destroy()
  })

  test('is found by the sweep when nobody tells', async () => {
    const lena = await invite(daemon, 'lena')
    const events = await stream(at(elsewhere, lena.token), '/api/events')
    await database.pool.query('ALTER TABLE tokens DISABLE TRIGGER trg_tokens_tell')
    try {
      await daemon.client.revokeToken(lena.made.id)
      await eventually(() => expect(events.ended).toBe(true))
    } finally {
      await database.pool.query('ALTER TABLE tokens ENABLE TRIGGER trg_tokens_tell')
    }
  })

  test('by its time is refused as well, and its streams are cut', async () => {
    const mia = await invite(daemon, 'mia', { expires_in: 2 })
    const events = await stream(mia, '/api/events')
    expect(await statusOf(mia)).toBe(200)
    await eventually(() => expect(events.ended).toBe(true))
    expect(await statusOf(at(elsewhere, mia.token))).toBe(401)
    const tokens = await daemon.client.listTokens()
    expect(tokens.find(({ id }) => id === mia.made.id)).toMatchObject({
      state: 'expired',
      revoked_at: null,
    })
  })

  test('cannot be told from one that never was', async () => {
    const nina = await invite(daemon, 'nina')
    await daemon.client.revokeToken(nina.made.id)
    const answers = await Promise.all(
      [nina.token, `c2a_ffffffffffff_${'0'.repeat(64)}`, 'wrong'].map((token) =>
        send(daemon, '/api/sessions', { token }),
      ),
    )
    const told = answers.map(({ status, text }) => {
      const { request_id: _, ...problem } = JSON.parse(text)
      return { status, problem }
    })
    expect(told[1]).toEqual(told[0])
    expect(told[2]).toEqual(told[0])
  })
})

describe('limits', () => {
  test('of requests hold for a made token, say when to come again, and not for local', async () => {
    const strict = await startDaemon({ database, upstream, limits: { requestsPerMinute: 5 } })
    const olga = at(strict, (await invite(daemon, 'olga')).token)
    const peer = at(strict, (await invite(daemon, 'peter')).token)
    const statuses: number[] = []
    for (let turn = 0; turn < 5; turn++) statuses.push(await statusOf(olga))
    expect(statuses).toEqual([200, 200, 200, 200, 200])
    const refused = await send(olga, '/api/sessions', { method: 'POST', body: {} })
    expect(refused.status).toBe(429)
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'rate_limited_client' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(12)
    expect(await olga.client.health()).toMatchObject({ status: 'OK' })
    expect(await statusOf(peer)).toBe(200)
    for (let turn = 0; turn < 8; turn++) expect(await statusOf(strict)).toBe(200)
  })

  test('of streams hold before anything is started, and a stream that ended makes room', async () => {
    const strict = await startDaemon({ database, upstream, limits: { streams: 2 } })
    const quinn = at(strict, (await invite(daemon, 'quinn')).token)
    const { id } = await quinn.client.createSession({})
    const streams = await Promise.all([stream(quinn, '/api/events'), stream(quinn, '/api/events')])
    const post = () =>
      send(quinn, `/api/sessions/${id}/chat/stream`, {
        method: 'POST',
        body: { message: 'Hi', model: 'ok' },
      })
    const refused = await post()
    expect(refused.status).toBe(429)
    expect(refused.headers['retry-after']).toBe('5')
    expect(await quinn.client.listMessages(id)).toEqual([])
    // What is no stream goes on, such as what stops one.
    expect(await quinn.client.stopSession(id)).toMatchObject({ turn_id: null })
    streams[0]?.response.destroy()
    await eventually(async () => expect((await post()).status).toBe(200))
    streams[1]?.response.destroy()
  })
})

describe('whoever tries tokens', () => {
  /** As written, on a connection of its own. */
  const raw = (lines: string[]): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(daemon.port, '127.0.0.1')
      let answer = ''
      socket.on('data', (chunk) => {
        answer += String(chunk)
      })
      socket.on('error', () => resolve(answer))
      socket.on('close', () => resolve(answer))
      socket.write(
        ['GET /api/tokens HTTP/1.1', 'Host: localhost', 'Connection: close', ...lines, '', ''].join(
          '\r\n',
        ),
      )
    })

  test('gets in by nothing that is not a token', async () => {
    const { made } = await invite(daemon, 'rita', { scope: 'admin' })
    const { token, id } = made
    const hash = hashSecret(secretOf(token)).toString('hex')
    const wrong = [
      `Bearer c2a_${id}_`,
      `Bearer c2a_${id}_${hash}`,
      `Bearer ${token}\tx`,
      `Bearer ${token},${token}`,
      `Bearer ${token}\0`,
      `Bearer "${token}"`,
      `Bearer ${token.toUpperCase()}`,
      `Bearer ${token}é`,
      `Bearer ${token.replace('_', '＿')}`,
      `Bearer c2a_' OR 1=1 --_x`,
      `Basic ${Buffer.from(`rita:${token}`).toString('base64')}`,
      `Bearer c2a_${id}_${'f'.repeat(20_000)}`,
      `Bearer ${'c2a_'.repeat(5_000)}`,
      token,
    ]
    for (const header of wrong) {
      expect(await raw([`Authorization: ${header}`])).toMatch(/^HTTP\/1\.1 (400|401|429|431) /)
    }
    // Two of them: the first counts, as Node has it; a right one after it opens nothing.
    expect(await raw(['Authorization: Bearer x', `Authorization: Bearer ${token}`])).toMatch(
      / 401 /,
    )
    expect(await raw([`X-Forwarded-User: local`, 'X-C2A-Owner: local'])).toMatch(/ 401 /)
    expect(await raw([`Authorization: Bearer ${'f'.repeat(40_000)}`])).toMatch(/ 431 /)
    expect(await raw([`Authorization: Bearer ${token}`])).toMatch(/ 200 /)
    expect(daemon.errors).toEqual([])
  })

  test('is made to wait, and keeps nobody out who has one', async () => {
    const sam = await invite(daemon, 'sam')
    const wrong = { token: `c2a_${sam.made.id}_${'0'.repeat(64)}`, via: 'tcp' as const }
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => send(elsewhere, '/api/sessions', wrong)),
    )
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(50)
    expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true)
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0)
    expect(await statusOf(at(elsewhere, sam.token), { via: 'tcp' })).toBe(200)
    // Whoever sends none was not trying.
    expect(await statusOf(elsewhere, { token: null, via: 'tcp' })).toBe(401)
  })

  test('costs the database one query at a time, however many come at once', async () => {
    const store = createTokenStore(database.pool)
    let running = 0
    let most = 0
    let queries = 0
    let notes = 0
    const tokens = createMadeTokens({
      log: recordingLog(),
      tokens: {
        async noteUse(id) {
          notes += 1
          await store.noteUse(id)
        },
        async findValid(ids) {
          queries += 1
          most = Math.max(most, ++running)
          try {
            return await store.findValid(ids)
          } finally {
            running -= 1
          }
        },
      },
    })
    const { made } = await invite(daemon, 'tina')
    const found = await Promise.all([
      ...Array.from({ length: 500 }, () =>
        tokens.identify(`c2a_${randomUUID().slice(-12)}_${'0'.repeat(64)}`),
      ),
      tokens.identify(made.token),
      ...Array.from({ length: 100 }, () => tokens.identify('c2a__')),
    ])
    expect(found.filter((one) => one !== undefined)).toEqual([
      { owner: made.owner, scope: 'chat', tokenId: made.id },
    ])
    expect({ queries, most }).toEqual({ queries: 1, most: 1 })
    // One that is asked about after a query went out waits for the next: it may have been revoked.
    const first = tokens.identify(made.token)
    await Promise.resolve()
    await Promise.resolve()
    const second = tokens.identify(made.token)
    await Promise.all([first, second])
    await eventually(async () => {
      expect((await store.findValid([made.id])).get(made.id)?.unnoted).toBe(false)
    })
    const noted = notes
    await tokens.identify(made.token)
    expect(notes).toBe(noted)
    expect({ queries, most }).toEqual({ queries: 4, most: 1 })
  })

  test('is told that the database is away, and not that the token is wrong', async () => {
    const nowhere = createPool({ host: '127.0.0.1', port: 9 }, recordingLog())
    const tokens = createMadeTokens({ tokens: createTokenStore(nowhere), log: recordingLog() })
    const text = `c2a_ffffffffffff_${'0'.repeat(64)}`
    for (let turn = 0; turn < 2; turn++) {
      await expect(tokens.identify(text)).rejects.toMatchObject({ code: 'db_unavailable' })
    }
    await nowhere.end()
  })
})
