import { createHash } from 'node:crypto'
import { type ClientRequest, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rowsOf } from '../../test/support/all-rows.js'
import { send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { exportText, importRaw } from '../../test/support/raw-import.js'
import { importFile } from '../backup/import.js'

type Place = { daemon: TestDaemon; database: TestDatabase }
let source: Place
let file: string
let lines: string[]

async function place(): Promise<Place> {
  const database = await createTestDatabase()
  const upstream = { url: 'http://127.0.0.1:9' }
  return { database, daemon: await startDaemon({ database, upstream }) }
}

const sessions = 6
const perSession = 8

beforeAll(async () => {
  source = await place()
  const { pool } = source.database
  await source.daemon.client.createRole({ name: 'R', instructions: 'x' })
  for (let n = 0; n < sessions; n++) {
    await pool.query(
      `WITH s AS (INSERT INTO sessions (title, created_at)
         VALUES ('S' || $1::int, '2024-01-01'::timestamptz + $1::int * interval '1 day') RETURNING id)
       INSERT INTO messages (session_id, seq, role, content)
       SELECT s.id, n, CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END, 'words é ' || n
       FROM s, generate_series(1, $2::int) AS n`,
      [n, perSession],
    )
    await pool.query('UPDATE sessions SET next_seq = $1', [perSession + 1])
  }
  file = await exportText(source.daemon)
  lines = file.trimEnd().split('\n')
})
afterAll(async () => {
  await source.daemon.stop()
  await source.database.drop()
})

/** Sessions of a place, which must all be whole. */
async function wholeSessions({ database }: Place): Promise<number> {
  const { rows } = await database.pool.query(
    `SELECT (SELECT count(*) FROM messages m WHERE m.session_id = s.id) AS messages FROM sessions s`,
  )
  for (const { messages } of rows) expect(messages).toBe(perSession)
  return rows.length
}

test('an import that is cut anywhere has whole sessions only, and done again it is as if done once', async () => {
  const expected = await rowsOf(source.database.pool)
  const bytes = Buffer.from(file)
  // Seeded, so that a failure can be repeated: beginnings, ends, and anything between.
  const cuts = Array.from({ length: 24 }, (_, n) => (n * 7919 * 104_729) % bytes.length)
  for (const cut of [0, 1, bytes.length - 1, ...cuts]) {
    const to = await place()
    const { status, body } = await importRaw(to.daemon, bytes.subarray(0, cut))
    expect(status, `cut at ${cut}`).toBe(400)
    expect(body.code).toBe('invalid_request')
    await wholeSessions(to)
    expect((await importRaw(to.daemon, file)).status).toBe(200)
    expect(await rowsOf(to.database.pool), `cut at ${cut}`).toEqual(expected)
    await to.daemon.stop()
    await to.database.drop()
  }
}, 120_000)

/** An import whose body is still to be sent. */
const openImport = ({ socketPath, token }: TestDaemon, headers = {}): ClientRequest =>
  httpRequest({
    ...{ socketPath, path: '/api/import', method: 'POST' },
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-ndjson',
      ...headers,
    },
  })

test('a sender that hangs up in the middle leaves whole sessions, and the connection is free again', async () => {
  const to = await place()
  for (let n = 0; n < 4; n++) {
    await new Promise<void>((resolve) => {
      const request = openImport(to.daemon, { 'content-length': Buffer.byteLength(file) })
      request.on('error', () => resolve())
      request.write(file.slice(0, file.length / 2), () => request.destroy(new Error('gone')))
    })
  }
  await expect
    .poll(() => importRaw(to.daemon, file).then(({ status }) => status), { timeout: 10_000 })
    .toBe(200)
  expect(await wholeSessions(to)).toBe(sessions)
})

const sealed = (changed: readonly string[]): string => {
  const body = `${changed.join('\n')}\n`
  const end = JSON.parse(lines.at(-1) ?? '')
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `${body}${JSON.stringify({ ...end, sha256 })}\n`
}

/** The file with other lines, and hashes that fit them again. */
function forged(change: (line: Record<string, unknown>, index: number) => unknown): string {
  let own: string[] = []
  const changed = lines.slice(0, -1).map((text, index) => {
    const line = change(JSON.parse(text), index) as Record<string, unknown>
    if (line['type'] === 'session') own = []
    if (line['type'] === 'session_end') {
      const sha256 = createHash('sha256')
        .update(`${own.join('\n')}\n`)
        .digest('hex')
      return JSON.stringify({ ...line, sha256 })
    }
    own.push(JSON.stringify(line))
    return JSON.stringify(line)
  })
  return sealed(changed)
}

const firstId = (type: string): string =>
  lines.map((line) => JSON.parse(line)).find((line) => line.type === type).id
const other = '00000000-0000-4000-8000-000000000001'

test.each<[string, () => string | Buffer, RegExp]>([
  ['nothing', () => '\n', /not an export of c2a/],
  ['something else', () => 'PK\u0003\u0004 zip\n', /not an export of c2a/],
  ['another JSON', () => '{"format":"x"}\n', /not an export of c2a/],
  [
    'a newer version',
    () => forged((line, n) => (n === 0 ? { ...line, version: 3 } : line)),
    /version 3, this daemon reads 2/,
  ],
  ['bytes that are no UTF-8', () => Buffer.concat([head(), Buffer.from([0xff, 10])]), /line 2: /],
  ['a line that is no JSON', () => `${lines[0]}\n{"type":\n`, /line 2: not valid JSON/],
  ['a nested line', () => `${lines[0]}\n${'['.repeat(99)}\n`, /line 2: .*nested deeper/],
  ['an unknown type', () => `${lines[0]}\n{"type":"tokens"}\n`, /line 2: /],
  ['a message alone', () => `${lines[0]}\n${lineOf('message')}\n`, /message does not belong here/],
  [
    'a wrong date',
    () => forged(set('session', { created_at: '2024-13-01T00:00:00Z' })),
    /created_at/,
  ],
  [
    'a date beyond',
    () => forged(set('session', { created_at: '0000-01-01T00:00:00Z' })),
    /does not fit/,
  ],
  ['a live message', () => forged(set('message', { status: 'streaming' })), /status/],
  ['a seq twice', () => forged(set('message', { seq: 1 })), /there twice/],
  ['a message twice', () => forged(set('message', { id: other })), /there twice/],
  ['a foreign turn', () => forged(set('message', { turn_id: other })), /names what is not there/],
  ['a foreign variant', () => forged(set('message', { variant_of: other })), /names what is not/],
])('%s is refused with a clear error, and nothing is stored of it', async (_, make, error) => {
  const to = await place()
  const { status, body } = await importRaw(to.daemon, make())
  expect(body.detail).toMatch(error)
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' })
  expect(await wholeSessions(to)).toBe(0)
  expect(to.daemon.errors).toEqual([])
})

const head = () => Buffer.from(`${lines[0]}\n`)
const lineOf = (type: string) => lines.find((line) => line.startsWith(`{"type":"${type}"`))
const set = (type: string, more: object) => (line: Record<string, unknown>) =>
  line['type'] === type ? { ...line, ...more } : line

test('a session that was changed is not stored; those before it are, and the error says so', async () => {
  const to = await place()
  const at = file.indexOf('"title":"S3"')
  const changed = `${file.slice(0, at)}"title":"X3"${file.slice(at + 12)}`
  const { status, body } = await importRaw(to.daemon, changed)
  expect(status).toBe(400)
  expect(body.detail).toMatch(
    /does not match its hash.*the 4 roles and sessions before it are stored/,
  )
  expect(await wholeSessions(to)).toBe(3)
  const removed = sealed(lines.slice(0, -1).filter((line) => !line.includes('words é 5')))
  expect((await importRaw(to.daemon, removed)).body.detail).toMatch(/as many turns and messages/)
})

test('a file whose sessions are right and whose whole is not is refused at its end', async () => {
  const end = JSON.parse(lines.at(-1) ?? '')
  const before = lines.slice(0, -1)
  const tampered = [...before, JSON.stringify({ ...end, sha256: '0'.repeat(64) }), ''].join('\n')
  const fewer = [...before, JSON.stringify({ ...end, sessions: 7 }), ''].join('\n')
  const longer = `${file}${lines[1]}\n`
  const to = await place()
  for (const [text, error] of [
    [tampered, /does not match its hash/],
    [fewer, /has 6 sessions, not 7/],
    [longer, /after the end/],
    [`${before.join('\n')}\n`, /its last line is missing/],
  ] as const) {
    const { status, body } = await importRaw(to.daemon, text)
    expect(status).toBe(400)
    expect(body.detail).toMatch(error)
  }
})

test("ids that are somebody else's are a conflict, and theirs stays as it is", async () => {
  const id = { session: firstId('session'), message: firstId('message') }
  for (const setUp of [
    `INSERT INTO sessions (id, owner, title) VALUES ('${id.session}', 'ann', 'hers')`,
    `WITH s AS (INSERT INTO sessions (owner) VALUES ('ann') RETURNING id)
     INSERT INTO messages (id, session_id, seq, role, content) SELECT '${id.message}', id, 1, 'user', 'hers' FROM s`,
  ]) {
    const to = await place()
    await to.database.pool.query(setUp)
    const before = await rowsOf(to.database.pool)
    const { status, body } = await importRaw(to.daemon, file)
    expect({ status, code: body.code }).toEqual({ status: 409, code: 'import_conflict' })
    const after = await rowsOf(to.database.pool)
    expect({ ...after, roles: [], role_revisions: [] }).toEqual(before)
  }
})

test('a gigantic line costs no memory, and is refused while it comes', async () => {
  const to = await place()
  const piece = Buffer.alloc(1024 * 1024, 'x')
  let sent = 0
  const endless = async function* () {
    yield Buffer.from(`${lines[0]}\n{"type":"session","title":"`)
    for (; sent < 1_000; sent++) yield piece
  }
  const identity = { owner: 'local', scope: 'admin' } as const
  const pool = to.database.pool
  await expect(importFile(pool, identity, endless())).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/line 2: longer than 16777216 bytes/),
  })
  expect(sent).toBeLessThan(20)
})

test('what a token may: reading exports, chat imports, roles and sessions of others need an admin', async () => {
  const to = await place()
  const { pool } = to.database
  const chunks = async function* (text: string) {
    yield Buffer.from(text)
  }
  const chat = { owner: 'ann', scope: 'chat' } as const
  await expect(importFile(pool, chat, chunks(file))).rejects.toMatchObject({ code: 'forbidden' })
  await expect(
    importFile(pool, chat, chunks(forged(set('session', { owner: 'bob' })))),
  ).rejects.toMatchObject({ code: 'forbidden' })
  const noRoles = lines.filter((line) => !/^\{"type":"role/.test(line)).slice(0, -1)
  const end = { ...JSON.parse(lines.at(-1) ?? ''), roles: 0, role_revisions: 0 }
  end.sha256 = createHash('sha256')
    .update(`${noRoles.join('\n')}\n`)
    .digest('hex')
  const own = `${noRoles.join('\n')}\n${JSON.stringify(end)}\n`
  expect(await importFile(pool, chat, chunks(own))).toMatchObject({ sessions: { added: sessions } })
  const { rows } = await pool.query('SELECT DISTINCT owner FROM sessions')
  expect(rows).toEqual([{ owner: 'ann' }])
  const all = await exportText(to.daemon, '?all=1')
  expect(all).toContain('"owner":"ann"')
  const elsewhere = await place()
  expect((await importRaw(elsewhere.daemon, all)).status).toBe(200)
  expect(await rowsOf(elsewhere.database.pool)).toEqual(await rowsOf(pool))
  // Only one's own, unless all are asked for.
  expect(await exportText(to.daemon)).not.toContain('"type":"session"')
})

test('refusals come as a status: another type, an unknown session', async () => {
  expect(await importRaw(source.daemon, file, { 'content-type': 'text/plain' })).toMatchObject({
    status: 415,
  })
  expect((await send(source.daemon, `/api/export?session=${other}`)).status).toBe(404)
  expect((await send(source.daemon, '/api/export?session=x')).status).toBe(400)
  expect((await send(source.daemon, '/api/export', { token: null })).status).toBe(401)
})

test('more than two at once are told to wait, and a sender who leaves makes room', async () => {
  const to = await place()
  const unfinished = [1, 2].map(() => {
    const request = openImport(to.daemon)
    request.on('error', () => undefined)
    request.write(file.slice(0, file.length / 2))
    return request
  })
  const status = () => send(to.daemon, '/api/export').then((response) => response.status)
  await expect.poll(status).toBe(429)
  for (const request of unfinished) request.destroy()
  await expect.poll(status).toBe(200)
})
