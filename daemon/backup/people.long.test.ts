import { createHash, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { rowsOf } from '../../test/support/all-rows.js'
import { ask, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { invite } from '../../test/support/people.js'
import { exportText, importRaw } from '../../test/support/raw-import.js'

type Place = { daemon: TestDaemon; database: TestDatabase }

async function place(upstream: Pick<Upstream, 'url'> = { url: 'http://127.0.0.1:9' }) {
  const database = await createTestDatabase()
  return { database, daemon: await startDaemon({ database, upstream }) }
}

/** A shared instance: local, bob and ann have a session each, cleo none, and somebody is in Slack. */
async function shared(): Promise<Place & Record<'bobs' | 'anns', string>> {
  const upstream = await startUpstream({})
  const { daemon, database } = await place(upstream)
  const said = async (who: TestDaemon): Promise<string> =>
    (await ask(who, { model: 'ok' }, { key: 'the same' })).sessionId
  await said(daemon)
  const bobs = await said(await invite(daemon, 'bob'))
  const anns = await said(await invite(daemon, 'ann'))
  await invite(daemon, 'cleo')
  const role = await daemon.client.createRole({ name: 'Pirate', instructions: 'Arr.' })
  await database.pool.query(
    `INSERT INTO slack_users (team_id, user_id, role_id) VALUES ('T1', 'U1', $1)`,
    [role.id],
  )
  await database.pool.query(`INSERT INTO sessions (owner, title) VALUES ('slack:T1:U1', 'asked')`)
  return { daemon, database, bobs, anns }
}

const idsOf = async ({ client }: TestDaemon): Promise<string[]> =>
  (await client.listSessions()).map(({ id }) => id)
const allOf = ({ daemon }: Place): Promise<string> => exportText(daemon, '?all=1')
const none = { added: 0, updated: 0, kept: 0 }

/** A file whose lines are changed, and its last hash and counts with them. */
function changed(file: string, change: (lines: string[]) => string[], counts: object): string {
  const lines = file.trimEnd().split('\n')
  const body = `${change(lines.slice(0, -1)).join('\n')}\n`
  const sha256 = createHash('sha256').update(body).digest('hex')
  return `${body}${JSON.stringify({ ...JSON.parse(lines.at(-1) ?? ''), ...counts, sha256 })}\n`
}

/** As a daemon wrote it that knew of no people. */
function ofEarlier(file: string): string {
  const late = /^\{"type":"(person|slack_user)"/
  return changed(
    file.replace('"version":2', '"version":1'),
    (lines) => lines.filter((line) => !late.test(line)),
    { people: undefined, slack_users: undefined },
  )
}

test('on an empty instance the next token of a name opens the sessions of that name', async () => {
  const from = await shared()
  const file = await allOf(from)
  const to = await place()
  for (const [people, slack] of [
    [{ added: 3 }, { added: 1 }],
    [{ kept: 3 }, { kept: 1 }],
  ]) {
    expect(await importRaw(to.daemon, file)).toMatchObject({
      status: 200,
      body: { people: { ...none, ...people }, slack_users: { ...none, ...slack } },
    })
    expect(await rowsOf(to.database.pool)).toEqual(await rowsOf(from.database.pool))
  }
  // A name is no token: nobody gets in by the import.
  expect(await to.daemon.client.listTokens()).toEqual([])

  const bob = await invite(to.daemon, 'Bob')
  expect(bob.made.known).toBe(true)
  expect(await idsOf(bob)).toEqual([from.bobs])
  expect(await idsOf(await invite(to.daemon, 'ann'))).toEqual([from.anns])
  expect(await invite(to.daemon, 'eve')).toMatchObject({ made: { known: false } })
  // And so it goes on from there, to a third one.
  const third = await place()
  await importRaw(third.daemon, await allOf(to))
  expect(await idsOf(await invite(third.daemon, 'bob'))).toEqual([from.bobs])
  expect([...to.daemon.errors, ...third.daemon.errors]).toEqual([])
})

test('where a name is known its sessions go to whoever has it there, and back to the same person', async () => {
  const from = await shared()
  const to = await place()
  const bob = await invite(to.daemon, 'bob')
  const { id } = await bob.client.createSession({ title: 'his here' })
  for (const sessions of [{ added: 4 }, { kept: 4 }]) {
    const { status, body } = await importRaw(to.daemon, await allOf(from))
    expect({ status, sessions: body.sessions }).toEqual({
      status: 200,
      sessions: { ...none, ...sessions },
    })
    expect(await idsOf(bob)).toEqual([id, from.bobs])
  }
  const owners = await to.database.pool.query(
    `SELECT DISTINCT owner FROM sessions WHERE id = $1
     UNION SELECT owner FROM turns WHERE session_id = $1
     UNION SELECT s.owner FROM spend s JOIN turns t ON t.id = s.turn_id WHERE t.session_id = $1`,
    [from.bobs],
  )
  expect(owners.rows).toEqual([{ owner: bob.made.owner }])

  expect((await importRaw(from.daemon, await allOf(to))).status).toBe(200)
  const again = await invite(from.daemon, 'bob')
  expect((await idsOf(again)).sort()).toEqual([id, from.bobs].sort())
})

test('a file of before is read as ever; a later one finds whose its sessions are', async () => {
  const from = await shared()
  const file = await allOf(from)
  const to = await place()
  const bob = await invite(to.daemon, 'bob')
  expect(await importRaw(to.daemon, ofEarlier(file))).toMatchObject({
    status: 200,
    body: { people: none, sessions: { added: 4 } },
  })
  expect(await idsOf(bob)).toEqual([])
  // The same key of his own, used here meanwhile: it stays with what it was used for.
  await to.database.pool.query(
    `WITH s AS (INSERT INTO sessions (owner) VALUES ($1) RETURNING id), m AS (
       INSERT INTO messages (session_id, role, content) SELECT id, 'user', 'x' FROM s RETURNING id, session_id)
     INSERT INTO turns (session_id, user_message_id, status, model, owner, idempotency_key, instance,
       boot, lease_until, finished_at)
     SELECT m.session_id, m.id, 'complete', 'm', $1, t.idempotency_key, 'i', gen_random_uuid(), now(), now()
     FROM m, turns t WHERE t.session_id = $2`,
    [bob.made.owner, from.bobs],
  )
  expect(await importRaw(to.daemon, file)).toMatchObject({
    status: 200,
    body: { people: { kept: 1 } },
  })
  expect(await idsOf(bob)).toContain(from.bobs)
  expect(await idsOf(await invite(to.daemon, 'ann'))).toEqual([from.anns])
})

test('a file of sessions that are chosen has only their people, and one of one’s own has none', async () => {
  const from = await shared()
  const some = await exportText(from.daemon, `?all=1&session=${from.bobs}`)
  expect(some.match(/"type":"person".*/g)).toEqual([expect.stringMatching(/"name":"bob"/)])
  const own = await exportText(from.daemon)
  expect(own).not.toMatch(/"type":"(person|slack_user)"/)
  // Nothing in it that a daemon of before would not know.
  expect(own).toMatch(/^\{"format":"c2a-export","version":1,/)
  expect(await allOf(from)).not.toMatch(/"hash"|c2a_[0-9a-z]+_/)
})

test('who has chosen a role in Slack keeps the later choice, with the role that stands for it', async () => {
  const from = await shared()
  const to = await place()
  const role = { name: 'Pirate', instructions: 'Arr.' }
  const here = await to.daemon.client.createRole(role)
  const chosen = async (): Promise<unknown[]> =>
    (await to.database.pool.query('SELECT user_id, role_id FROM slack_users')).rows
  await importRaw(to.daemon, await allOf(from))
  expect(await chosen()).toEqual([{ user_id: 'U1', role_id: here.id }])
  const other = await from.daemon.client.createRole({ name: 'Other', instructions: 'x' })
  await from.database.pool.query('UPDATE slack_users SET role_id = $1, chosen_at = now()', [
    other.id,
  ])
  const late = await allOf(from)
  expect((await importRaw(to.daemon, late)).body.slack_users).toEqual({ ...none, updated: 1 })
  expect(await chosen()).toEqual([{ user_id: 'U1', role_id: other.id }])
  await to.database.pool.query('UPDATE slack_users SET role_id = $1, chosen_at = now()', [here.id])
  expect((await importRaw(to.daemon, late)).body.slack_users).toEqual({ ...none, kept: 1 })
  expect(await chosen()).toEqual([{ user_id: 'U1', role_id: here.id }])
})

test('a file makes nobody another person: not local, not Slack, not somebody who is here', async () => {
  const from = await shared()
  const file = await allOf(from)
  const to = await place()
  const bob = await invite(to.daemon, 'bob')
  const before = await rowsOf(to.database.pool)
  const withPerson = (person: object): string =>
    changed(
      file,
      ([head = '', ...lines]) => [head, JSON.stringify({ type: 'person', ...person }), ...lines],
      { people: 4 },
    )
  for (const [person, status, said] of [
    [{ name: 'eve', owner: 'local' }, 400, /owner: must not be that of local/],
    [{ name: 'eve', owner: 'slack:T1:U1' }, 400, /owner: must not be that of local/],
    [{ name: 'local', owner: randomUUID() }, 400, /name: local is the user/],
    [{ name: 'a\u001b[31m', owner: randomUUID() }, 400, /name: must be 1 to 64/],
    [{ name: 'eve', owner: bob.made.owner }, 409, /the owner of eve is bob here/],
  ] as const) {
    const answer = await importRaw(to.daemon, withPerson(person))
    expect(answer.body.detail).toMatch(said)
    expect(answer.status).toBe(status)
    expect(await rowsOf(to.database.pool)).toEqual(before)
  }
  const counted = changed(file, (lines) => lines, { people: 9 })
  expect((await importRaw(to.daemon, counted)).body.detail).toMatch(/has 3 people, not 9/)
  const chat = await importRaw(bob, file)
  expect(chat).toMatchObject({ status: 403, body: { code: 'forbidden' } })
})

test('a token that an older daemon makes names a person as well', async () => {
  const { daemon, database } = await place()
  const made = (id: string, owner: string) =>
    database.pool.query(
      `INSERT INTO tokens (id, name, hash, scope, owner) VALUES ($1, 'dave', '', 'chat', $2) RETURNING owner`,
      [id, owner],
    )
  expect((await made('a', 'first')).rows).toEqual([{ owner: 'first' }])
  expect((await made('b', 'second')).rows).toEqual([{ owner: 'first' }])
  expect((await invite(daemon, 'dave')).made).toMatchObject({ owner: 'first', known: true })
})
