import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { type RawRequest, send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { at, invite, openStream } from '../../test/support/people.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { startStage } from '../../test/support/stage.js'
import { createPool } from '../store/pool.js'
import { createTokenStore } from '../store/tokens.js'
import { createMadeTokens } from './made-tokens.js'
import { hashSecret } from './token-text.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let elsewhere: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ database, upstream, daemon } = stage)
  elsewhere = await stage.startAnother()
  return stage.close
})

const secretOf = (token: string): string => token.split('_').at(-1) ?? ''
const statusOf = async (who: TestDaemon, raw: RawRequest = {}): Promise<number> =>
  (await send(who, '/api/sessions', raw)).status

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
    const streams = await Promise.all([
      openStream(quinn, '/api/events'),
      openStream(quinn, '/api/events'),
    ])
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
