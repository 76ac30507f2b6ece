import { createHash, randomUUID } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { rowsOf } from '../../test/support/all-rows.js'
import {
  ask,
  collect,
  send,
  startDaemon,
  startGated,
  type TestDaemon,
  textOf,
  turnOf,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { exportText, importRaw } from '../../test/support/raw-import.js'
import { exportColumns } from '../store/export-rows.js'

type Place = { daemon: TestDaemon; database: TestDatabase }

async function place(url = 'http://127.0.0.1:9'): Promise<Place> {
  const database = await createTestDatabase()
  return { database, daemon: await startDaemon({ database, upstream: { url } }) }
}

/** A conversation of every kind. */
async function filled(): Promise<Place & { sessionId: string }> {
  const upstream = await startUpstream({})
  const { daemon, database } = await place(upstream.url)
  const { client } = daemon
  const role = await client.createRole({ name: 'Pirate', instructions: 'Arr "é" \u{1F680}\n' })
  await client.putRole(role.id, { instructions: 'Arr!', params: { temperature: 0.5 } })
  const { sessionId, events } = await ask(daemon, {
    model: 'ok',
    message: 'One\u0007',
    role: 'Pirate',
  })
  await collect(await client.retry(sessionId, { model: 'ok' }, { idempotencyKey: randomUUID() }))
  await client.patchSession(sessionId, { role_id: role.id, params: { seed: 4, stop: ['a', 'b'] } })
  await ask(daemon, { plan: { planning_model: 'ok', answering_model: 'ok' } })
  await client.createSession({ title: 'Empty' })
  await client.createSession({ ephemeral: true })
  await database.pool.query(
    `INSERT INTO spend (turn_id, owner, at, cost_usd, cost_estimated)
     VALUES ($1, 'local', '2024-01-02 03:04:05.678901', 0.000000012345678901234567, true)
     ON CONFLICT (turn_id) DO UPDATE SET at = EXCLUDED.at, cost_usd = EXCLUDED.cost_usd`,
    [turnOf(events)],
  )
  // What the original's database brings.
  await database.pool.query(
    `WITH s AS (INSERT INTO sessions (title) VALUES ('old') RETURNING id)
     INSERT INTO messages (session_id, role, content, lifted_role)
     SELECT id, 'user', 'old words', '{"name": "n", "instructions": "i"}' FROM s`,
  )
  return { daemon, database, sessionId }
}

const none = { added: 0, updated: 0, kept: 0 }

test('all rows of all tables arrive elsewhere as they were, and a second import changes none', async () => {
  const from = await filled()
  const to = await place()
  const file = await exportText(from.daemon)
  const before = await rowsOf(from.database.pool)
  expect(before.messages).toHaveLength(7)
  expect(before.turns).toHaveLength(3)
  const first = await importRaw(to.daemon, file)
  expect(first).toMatchObject({
    status: 200,
    body: {
      sessions: { ...none, added: 4 },
      turns: { ...none, added: 3 },
      messages: { ...none, added: 7 },
      roles: { ...none, added: 1 },
      role_revisions: { ...none, added: 2 },
    },
  })
  expect(await rowsOf(to.database.pool)).toEqual(before)
  const second = await importRaw(to.daemon, file)
  expect(second.body).toMatchObject({
    sessions: { ...none, kept: 4 },
    messages: { ...none, kept: 7 },
    roles: { ...none, kept: 1 },
    role_revisions: { ...none, kept: 2 },
  })
  expect(await rowsOf(to.database.pool)).toEqual(before)
  expect([...from.daemon.errors, ...to.daemon.errors]).toEqual([])
})

test('an imported session goes on: its turns replay, a retry works, numbers continue', async () => {
  const from = await filled()
  const upstream = await startUpstream({})
  const to = await place(upstream.url)
  await importRaw(to.daemon, await exportText(from.daemon, `?session=${from.sessionId}`))
  const messages = await to.daemon.client.listMessages(from.sessionId)
  expect(messages).toEqual(await from.daemon.client.listMessages(from.sessionId))
  const answer = messages.at(-1)
  const replay = await collect(await to.daemon.client.attach(answer?.turn_id ?? '', undefined))
  expect(textOf(replay)).toBe(answer?.content)
  const again = await to.daemon.client.retry(
    from.sessionId,
    { model: 'ok' },
    { idempotencyKey: randomUUID() },
  )
  await collect(again)
  expect((await to.daemon.client.listMessages(from.sessionId)).at(-1)).toMatchObject({
    variants: 2,
  })
  await ask(to.daemon, { model: 'ok' }, { sessionId: from.sessionId })
  expect(await to.daemon.client.getSession(from.sessionId)).toMatchObject({
    title: 'One\u0007',
    params: { seed: 4, stop: ['a', 'b'] },
  })
})

test('what is here is kept, unless the file has the later version', async () => {
  const from = await filled()
  const to = await place()
  const { client } = to.daemon
  const early = await exportText(from.daemon)
  await importRaw(to.daemon, early)
  await from.daemon.client.patchSession(from.sessionId, { title: 'Later there' })
  const [role] = await from.daemon.client.listRoles()
  await from.daemon.client.putRole(role?.id ?? '', { instructions: 'Later there' })
  const late = await exportText(from.daemon)
  expect((await importRaw(to.daemon, late)).body).toMatchObject({
    sessions: { added: 0, updated: 1, kept: 3 },
    roles: { added: 0, updated: 1, kept: 0 },
    role_revisions: { added: 1, updated: 0, kept: 2 },
  })
  expect(await rowsOf(to.database.pool)).toEqual(await rowsOf(from.database.pool))
  await client.patchSession(from.sessionId, { title: 'Later here' })
  await importRaw(to.daemon, early)
  await importRaw(to.daemon, late)
  expect(await client.getSession(from.sessionId)).toMatchObject({ title: 'Later here' })
})

test('what both copies said since they parted is kept, one after the other', async () => {
  const upstream = await startUpstream({})
  const from = await place(upstream.url)
  const to = await place(upstream.url)
  const { sessionId } = await ask(from.daemon, { model: 'ok', message: 'both' })
  await importRaw(to.daemon, await exportText(from.daemon))
  await ask(to.daemon, { model: 'ok', message: 'here' }, { sessionId })
  await ask(from.daemon, { model: 'ok', message: 'there' }, { sessionId })
  const file = await exportText(from.daemon)
  const words = async (): Promise<string[]> => {
    const messages = await to.daemon.client.listMessages(sessionId)
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
    return messages.filter(({ role }) => role === 'user').map(({ content }) => content)
  }
  expect((await importRaw(to.daemon, file)).body.messages).toEqual({
    added: 2,
    updated: 0,
    kept: 2,
  })
  expect(await words()).toEqual(['both', 'here', 'there'])
  expect((await importRaw(to.daemon, file)).body.messages).toEqual({
    added: 0,
    updated: 0,
    kept: 4,
  })
  expect(await words()).toEqual(['both', 'here', 'there'])
  await ask(to.daemon, { model: 'ok', message: 'on' }, { sessionId })
})

test('a live turn is exported as interrupted with its text; once it has ended the file has the whole', async () => {
  const upstream = await startUpstream({})
  const from = await place(upstream.url)
  const to = await place()
  const { session, call, stream } = await startGated(from.daemon, upstream, 'export')
  call.release('Half')
  const events = stream[Symbol.asyncIterator]()
  for (let seen = ''; !seen.includes('Half'); ) seen += textOf((await events.next()).value ?? [])
  const early = await exportText(from.daemon)
  await importRaw(to.daemon, early)
  const [, partial] = await to.daemon.client.listMessages(session.id)
  expect(partial).toMatchObject({ status: 'interrupted', content: 'Half' })
  // As it runs, nothing takes it away.
  expect((await importRaw(from.daemon, early)).body.turns).toMatchObject({ kept: 1 })
  call.release(' and half')
  call.finish()
  while (!(await events.next()).done);
  // Here it has ended, later than the file says.
  expect((await importRaw(from.daemon, early)).body.turns).toMatchObject({ kept: 1 })
  expect((await importRaw(to.daemon, await exportText(from.daemon))).body).toMatchObject({
    turns: { updated: 1 },
    messages: { added: 0, updated: 1, kept: 1 },
  })
  expect(await to.daemon.client.listMessages(session.id)).toMatchObject([
    { role: 'user' },
    { content: 'Half and half', status: 'complete' },
  ])
  expect(await rowsOf(to.database.pool)).toEqual(await rowsOf(from.database.pool))
})

test('a role of the same name and words stands for the one in the file; another gets a number', async () => {
  const from = await filled()
  const to = await place()
  const mine = await to.daemon.client.createRole({ name: 'Pirate', instructions: 'Mine.' })
  const same = { name: 'Same', instructions: 'Same.' }
  const here = await to.daemon.client.createRole(same)
  const there = await from.daemon.client.createRole(same)
  const { id } = await from.daemon.client.createSession({ role_id: there.id })
  const file = await exportText(from.daemon)
  for (const added of [1, 0]) {
    expect((await importRaw(to.daemon, file)).body.roles).toEqual({
      ...none,
      added,
      kept: 2 - added,
    })
    expect((await to.daemon.client.listRoles()).map(({ name }) => name)).toEqual([
      'Pirate',
      'Pirate (2)',
      'Same',
    ])
  }
  expect(await to.daemon.client.getSession(id)).toMatchObject({ role_id: here.id })
  const pirates = (await to.daemon.client.listRoles()).filter(({ id }) => id !== mine.id)
  expect(await to.daemon.client.getSession(from.sessionId)).toMatchObject({
    role_id: pirates[0]?.id,
  })
})

test('a file may be compressed, in both directions', async () => {
  const from = await filled()
  const { chunks, headers } = await send(from.daemon, '/api/export', {
    headers: { 'accept-encoding': 'gzip' },
  })
  expect(headers).toMatchObject({
    'content-encoding': 'gzip',
    'content-type': 'application/x-ndjson',
  })
  const file = Buffer.concat(chunks)
  const lines = gunzipSync(file).toString().trimEnd().split('\n')
  const end = JSON.parse(lines.at(-1) ?? '')
  const before = `${lines.slice(0, -1).join('\n')}\n`
  expect(end.sha256).toBe(createHash('sha256').update(before).digest('hex'))
  for (const type of ['application/gzip', 'application/x-ndjson']) {
    const to = await place()
    expect(await importRaw(to.daemon, file, { 'content-type': type })).toMatchObject({
      status: 200,
    })
    expect(await rowsOf(to.database.pool)).toEqual(await rowsOf(from.database.pool))
  }
  const broken = await importRaw(from.daemon, gzipSync('x').subarray(0, 15))
  expect(broken).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
})

test('a text is cut into lines of bounded length, and put together again', async () => {
  const from = await place()
  const { id } = await from.daemon.client.createSession({})
  await from.database.pool.query(
    `INSERT INTO messages (session_id, role, content, reasoning)
     SELECT $1, 'assistant', repeat('漢"' || chr(7) || n, 600000), repeat('é', 1048576 * n)
     FROM generate_series(0, 2) AS n`,
    [id],
  )
  const file = await exportText(from.daemon)
  const longest = Math.max(...file.split('\n').map((line) => Buffer.byteLength(line)))
  expect(longest).toBeLessThan(8 * 1024 * 1024)
  const to = await place()
  expect(await importRaw(to.daemon, file)).toMatchObject({ status: 200 })
  expect(await rowsOf(to.database.pool)).toEqual(await rowsOf(from.database.pool))
})

test('every column is exported, or is one of those that mean nothing elsewhere', async () => {
  const { pool } = await createTestDatabase()
  const left: Record<string, string[]> = {
    people: [],
    slack_users: [],
    roles: [],
    role_revisions: [],
    sessions: ['owner', 'ephemeral'],
    turns: ['session_id', 'owner', 'instance', 'boot', 'epoch', 'lease_until', 'stop_at'],
    messages: ['session_id', 'search'],
  }
  // Their values are not those of the column.
  const told = ' t.status, t.finished_at, m.status, m.content, m.reasoning'
  for (const [table, columns] of Object.entries(exportColumns)) {
    const { rows } = await pool.query(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1',
      [table],
    )
    const exported = `${columns},${told}`.split(',').map((name) => name.trim().split('.')[1])
    const missing = rows.map(({ name }) => name).filter((name) => !exported.includes(name))
    expect(missing.sort(), table).toEqual(left[table]?.sort())
  }
})
