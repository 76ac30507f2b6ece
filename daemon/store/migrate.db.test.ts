import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createTestDatabase,
  emptyDatabase,
  type TestDatabase,
} from '../../test/support/database.js'
import { openForTest, testPlaces } from '../../test/support/managed-postgres.js'
import { originalSchema } from '../../test/support/original-schema.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { migrate } from './migrate.js'
import { createPool } from './pool.js'
import { createRoleStore } from './roles.js'

const directory = fileURLToPath(new URL('../../sql', import.meta.url))
const files = readdirSync(directory)
  .filter((name) => /^\d{3}_.*\.sql$/.test(name))
  .sort()
const versions = files.map((name) => Number(name.slice(0, 3)))
const log = recordingLog()

type Pool = TestDatabase['pool']

const rows = async (pool: Pool, text: string, values: unknown[] = []) =>
  (await pool.query(text, values)).rows

const id = (last: number): string => `00000000-0000-0000-0000-00000000000${last}`

async function checkMission(pool: Pool): Promise<void> {
  const [session] = await rows(pool, 'INSERT INTO sessions DEFAULT VALUES RETURNING *')
  expect(session).toMatchObject({ title: 'New Chat', owner: 'local' })
  expect(session.updated_at).toEqual(session.created_at)
  const insert = `INSERT INTO messages(session_id, role, content) VALUES ($1, $2, $3) RETURNING *`
  for (const [index, role] of ['user', 'assistant', 'user'].entries()) {
    const [message] = await rows(pool, insert, [session.id, role, 'text'])
    expect(message).toMatchObject({ seq: index + 1, status: 'complete', kind: 'chat' })
  }
  await expect(rows(pool, insert, [session.id, 'system', 'x'])).rejects.toMatchObject({
    code: '23514',
    constraint: 'messages_role_check',
  })
  await expect(rows(pool, insert, [id(9), 'user', 'x'])).rejects.toMatchObject({ code: '23503' })
  const [touched] = await rows(pool, 'SELECT * FROM sessions WHERE id = $1', [session.id])
  expect(touched.updated_at.getTime()).toBeGreaterThan(session.updated_at.getTime())
  await rows(pool, 'DELETE FROM sessions WHERE id = $1', [session.id])
  expect(await rows(pool, 'SELECT FROM messages')).toEqual([])
}

describe('an empty database', () => {
  test('gets the schema, and a second run changes nothing', async () => {
    const { pool } = await emptyDatabase()
    await migrate(pool, { directory, log })
    const applied = await rows(pool, 'SELECT * FROM schema_migrations ORDER BY version')
    expect(applied.map(({ version }) => version)).toEqual(versions)
    await migrate(pool, { directory, log })
    expect(await rows(pool, 'SELECT * FROM schema_migrations ORDER BY version')).toEqual(applied)
    await checkMission(pool)
  })

  test('may be prepared by psql with the same files, and the daemon agrees', async () => {
    const { pool, connection } = await emptyDatabase()
    const psql = new pg.Client(connection)
    await psql.connect()
    for (const name of files) await psql.query(readFileSync(join(directory, name), 'utf8'))
    await psql.end()
    const before = await rows(pool, 'SELECT * FROM schema_migrations')
    await migrate(pool, { directory, log })
    expect(await rows(pool, 'SELECT * FROM schema_migrations')).toEqual(before)
    await checkMission(pool)
  })

  test('may be migrated by four daemons at once', async () => {
    const { pool, connection } = await emptyDatabase()
    const pools = Array.from({ length: 4 }, () => createPool({ ...connection }, log))
    await Promise.all(pools.map((one) => migrate(one, { directory, log })))
    await Promise.all(pools.map((one) => one.end()))
    expect(await rows(pool, 'SELECT FROM schema_migrations')).toHaveLength(files.length)
  })
})

test('migrations wait for each other and take their time, whatever the statement timeout', async () => {
  const { pool, connection } = await emptyDatabase()
  const impatient = createPool({ ...connection, statement_timeout: 50 }, log)
  onTestFinished(() => impatient.end())
  const holder = await pool.connect()
  await holder.query(`SELECT pg_advisory_lock(${0x63326131})`)
  const migrated = migrate(impatient, { directory, log })
  await holder.query('SELECT pg_sleep(0.2)')
  await holder.query(`SELECT pg_advisory_unlock(${0x63326131})`)
  holder.release()
  await migrated
  // The pool's own connections keep their timeout.
  await expect(impatient.query('SELECT pg_sleep(1)')).rejects.toMatchObject({ code: '57014' })
})

test('a migration that fails leaves nothing behind and says why', async () => {
  const { pool } = await emptyDatabase()
  const broken = await mkdtemp(join(tmpdir(), 'c2a-sql-'))
  await cp(directory, broken, { recursive: true })
  await writeFile(
    join(broken, '900_broken.sql'),
    'BEGIN; CREATE TABLE half (id int); SELECT 1 / 0; COMMIT;',
  )
  await expect(migrate(pool, { directory: broken, log })).rejects.toThrow('division by zero')
  expect(await rows(pool, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }])
  await migrate(pool, { directory, log })
})

test('what turns have cost before budgets came counts, too', async () => {
  const { pool } = await emptyDatabase()
  const before = await mkdtemp(join(tmpdir(), 'c2a-sql-'))
  await cp(directory, before, { recursive: true, filter: (path) => !path.endsWith('_spend.sql') })
  await migrate(pool, { directory: before, log })
  await pool.query(`
    INSERT INTO sessions (id) VALUES ('${id(1)}');
    INSERT INTO turns (session_id, user_message_id, status, model, instance, boot, lease_until, usage, finished_at)
    SELECT '${id(1)}', '${id(2)}', 'complete', 'm', 'i', '${id(3)}', now(), usage, '2026-01-02'
    FROM (VALUES ('{"total_tokens": 13, "cost_usd": 1.7e-05}'::jsonb), ('{"total_tokens": 1}'), (NULL)) AS u (usage)`)
  await migrate(pool, { directory, log })
  expect(await rows(pool, 'SELECT owner, at, cost_usd::float8, cost_estimated FROM spend')).toEqual(
    [{ owner: 'local', at: new Date('2026-01-02'), cost_usd: 0.000017, cost_estimated: false }],
  )
})

test('who has tokens from before people were a table is one of them, with the owner of the first', async () => {
  const { pool } = await emptyDatabase()
  const before = await mkdtemp(join(tmpdir(), 'c2a-sql-'))
  await cp(directory, before, { recursive: true, filter: (path) => !path.endsWith('_people.sql') })
  await migrate(pool, { directory: before, log })
  await pool.query(`INSERT INTO tokens (id, name, hash, scope, owner, created_at, revoked_at) VALUES
    ('b', 'bob', '', 'chat', 'later', '2026-01-02', NULL),
    ('a', 'bob', '', 'chat', 'first', '2026-01-01', '2026-01-02'),
    ('c', 'ann', '', 'chat', 'hers', '2026-01-03', '2026-01-03')`)
  await migrate(pool, { directory, log })
  expect(await rows(pool, 'SELECT name, owner FROM people ORDER BY name')).toEqual([
    { name: 'ann', owner: 'hers' },
    { name: 'bob', owner: 'first' },
  ])
})

test('a migration whose number was left free is made up for, and only once', async () => {
  const { pool } = await createTestDatabase()
  const more = await mkdtemp(join(tmpdir(), 'c2a-sql-'))
  await cp(directory, more, { recursive: true })
  const add = (version: number) =>
    writeFile(
      join(more, `${version}_late.sql`),
      `BEGIN; CREATE TABLE late_${version} (id int);
       INSERT INTO schema_migrations (version, name) VALUES (${version}, 'late'); COMMIT;`,
    )
  await add(900)
  await migrate(pool, { directory: more, log })
  await add(899)
  await migrate(pool, { directory: more, log })
  await migrate(pool, { directory: more, log })
  expect(await rows(pool, `SELECT version FROM schema_migrations WHERE name = 'late'`)).toEqual([
    { version: 900 },
    { version: 899 },
  ])
})

test('a newer schema stops the daemon with one sentence', async () => {
  const { pool } = await createTestDatabase()
  await pool.query(`INSERT INTO schema_migrations (version, name) VALUES (999, 'future')`)
  await expect(migrate(pool, { directory, log })).rejects.toMatchObject({
    code: 'db_unavailable',
    message: `the database has schema version 999, this daemon knows ${versions.at(-1)}: update c2a`,
  })
})

describe("the mission's schema", () => {
  test('keeps names, types, defaults, checks, triggers and the index', async () => {
    const { pool } = await createTestDatabase()
    const columns = await rows(
      pool,
      `SELECT table_name || '.' || column_name AS name, data_type, is_nullable, column_default
       FROM information_schema.columns WHERE table_schema = 'public'`,
    )
    const column = (name: string) => {
      const { data_type, is_nullable, column_default } = columns.find((one) => one.name === name)
      return [data_type, is_nullable, column_default]
    }
    const time = ['timestamp with time zone', 'NO', 'now()']
    const uuid = ['uuid', 'NO', 'gen_random_uuid()']
    const text = ['text', 'NO', null]
    expect(
      Object.fromEntries(
        [
          'sessions.id',
          'sessions.title',
          'sessions.created_at',
          'sessions.updated_at',
          'messages.id',
          'messages.session_id',
          'messages.role',
          'messages.content',
          'messages.created_at',
          'roles.id',
          'roles.name',
          'roles.instructions',
          'roles.created_at',
          'roles.updated_at',
        ].map((name) => [name, column(name)]),
      ),
    ).toEqual({
      'sessions.id': uuid,
      'sessions.title': ['text', 'NO', `'New Chat'::text`],
      'sessions.created_at': time,
      'sessions.updated_at': time,
      'messages.id': uuid,
      'messages.session_id': ['uuid', 'NO', null],
      'messages.role': text,
      'messages.content': text,
      'messages.created_at': time,
      'roles.id': uuid,
      'roles.name': text,
      'roles.instructions': text,
      'roles.created_at': time,
      'roles.updated_at': time,
    })
    const triggers = await rows(
      pool,
      `SELECT t.tgname, p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
       WHERE NOT t.tgisinternal`,
    )
    expect(triggers).toEqual(
      expect.arrayContaining([
        { tgname: 'trg_roles_updated_at', proname: 'set_roles_updated_at' },
        { tgname: 'trg_sessions_updated_at', proname: 'set_updated_at' },
        { tgname: 'trg_messages_touch_session', proname: 'touch_session_on_message' },
      ]),
    )
    expect(
      await rows(
        pool,
        `SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_messages_session_created'`,
      ),
    ).toEqual([{ indexdef: expect.stringContaining('(session_id, created_at)') }])
  })

  test('moves updated_at of a role and a session at every update', async () => {
    const { pool } = await createTestDatabase()
    for (const insert of [
      `INSERT INTO sessions DEFAULT VALUES RETURNING *`,
      `INSERT INTO roles (name, instructions) VALUES ('a', 'b') RETURNING *`,
    ]) {
      const [row] = await rows(pool, insert)
      const table = 'title' in row ? 'sessions' : 'roles'
      const [after] = await rows(
        pool,
        `UPDATE ${table} SET updated_at = '2000-01-01' WHERE id = $1 RETURNING *`,
        [row.id],
      )
      expect(after.updated_at.getTime()).toBeGreaterThan(row.updated_at.getTime())
    }
  })

  test('takes any text that Postgres takes, though its search vector has a limit', async () => {
    const { pool } = await createTestDatabase()
    const [{ id: session }] = await rows(pool, 'INSERT INTO sessions DEFAULT VALUES RETURNING id')
    // Cuneiform: letters of four bytes.
    const words = Array.from({ length: 520 }, (_, index) =>
      String.fromCodePoint(0x12000 + index).repeat(511),
    )
    await pool.query(
      `INSERT INTO messages (session_id, role, content) VALUES ($1, 'assistant', $2)`,
      [session, words.join(' ')],
    )
    const found = await rows(
      pool,
      `SELECT seq FROM messages WHERE search @@ plainto_tsquery('simple', $1)`,
      [words[3]],
    )
    expect(found).toEqual([{ seq: 1 }])
  })
})

describe('a database of the original app', () => {
  async function adopted(): Promise<Pool> {
    const { pool } = await emptyDatabase()
    await pool.query(originalSchema)
    await pool.query(`
      INSERT INTO sessions (id, title) VALUES ('${id(1)}', 'Old'), ('${id(2)}', 'Empty');
      INSERT INTO roles (id, name, instructions) VALUES ('${id(3)}', 'Pirate', 'Arr.');
      INSERT INTO messages (id, session_id, role, content, created_at) VALUES
        ('${id(8)}', '${id(1)}', 'assistant', 'second', '2024-01-02'),
        ('${id(7)}', '${id(1)}', 'user', 'third', '2024-01-03'),
        ('${id(5)}', '${id(1)}', 'user', 'tie, first', '2024-01-01'),
        ('${id(6)}', '${id(1)}', 'assistant', 'tie, second', '2024-01-01');
      ALTER TABLE sessions DISABLE TRIGGER USER;
      UPDATE sessions SET updated_at = '2024-02-01';
      ALTER TABLE sessions ENABLE TRIGGER USER;
      ALTER TABLE roles DISABLE TRIGGER USER;
      UPDATE roles SET updated_at = '2024-02-02';
      ALTER TABLE roles ENABLE TRIGGER USER;`)
    await migrate(pool, { directory, log })
    return pool
  }

  test('keeps every row; messages are numbered by time and id; nothing looks updated', async () => {
    const pool = await adopted()
    expect(await rows(pool, 'SELECT seq, content FROM messages ORDER BY seq')).toEqual([
      { seq: 1, content: 'tie, first' },
      { seq: 2, content: 'tie, second' },
      { seq: 3, content: 'second' },
      { seq: 4, content: 'third' },
    ])
    const sessions = await rows(
      pool,
      `SELECT title, next_seq, owner, updated_at = '2024-02-01' AS untouched FROM sessions ORDER BY id`,
    )
    expect(sessions).toEqual([
      { title: 'Old', next_seq: 5, owner: 'local', untouched: true },
      { title: 'Empty', next_seq: 1, owner: 'local', untouched: true },
    ])
    const [role] = await rows(
      pool,
      `SELECT revision, updated_at = '2024-02-02' AS untouched FROM roles`,
    )
    expect(role).toEqual({ revision: 1, untouched: true })
    expect(await rows(pool, 'SELECT revision, name, instructions FROM role_revisions')).toEqual([
      { revision: 1, name: 'Pirate', instructions: 'Arr.' },
    ])
  })

  test("goes on with the original's own statements", async () => {
    const pool = await adopted()
    const [message] = await rows(
      pool,
      `INSERT INTO messages(session_id, role, content) VALUES ($1, 'user', 'next') RETURNING seq`,
      [id(1)],
    )
    expect(message).toEqual({ seq: 5 })
    const roles = createRoleStore(pool)
    expect(await roles.update(id(3), { instructions: 'Arr!' })).toMatchObject({ revision: 2 })
    await rows(pool, 'DELETE FROM sessions')
    await checkMission(pool)
  })
})

describe('a database of before parameters', () => {
  test('keeps its rows, which have none, untouched; roles go on with their revisions', async () => {
    const { pool } = await emptyDatabase()
    const before = await mkdtemp(join(tmpdir(), 'c2a-sql-'))
    for (const name of files.slice(0, 5)) await cp(join(directory, name), join(before, name))
    await migrate(pool, { directory: before, log })
    await pool.query(`
      INSERT INTO roles (id, name, instructions) VALUES ('${id(3)}', 'Pirate', 'Arr.');
      UPDATE roles SET instructions = 'Arr!';
      INSERT INTO sessions (id, role_id) VALUES ('${id(1)}', '${id(3)}');
      INSERT INTO turns (session_id, user_message_id, model, instance, boot, lease_until, status, finished_at)
        VALUES ('${id(1)}', '${id(5)}', 'm', 'i', '${id(6)}', now(), 'complete', now())`)
    const shown = 'SELECT s.updated_at, r.updated_at AS role FROM sessions s, roles r'
    const [untouched] = await rows(pool, shown)
    await migrate(pool, { directory, log })
    await migrate(pool, { directory, log })
    expect(await rows(pool, shown)).toEqual([untouched])
    for (const table of ['sessions', 'roles', 'turns']) {
      expect(await rows(pool, `SELECT params FROM ${table}`)).toEqual([{ params: {} }])
    }
    await pool.query(`UPDATE roles SET params = '{"seed": 1}'`)
    expect(await rows(pool, 'SELECT revision, params FROM role_revisions ORDER BY 1')).toEqual([
      { revision: 1, params: {} },
      { revision: 2, params: {} },
      { revision: 3, params: { seed: 1 } },
    ])
    await expect(rows(pool, `UPDATE sessions SET params = '[]'`)).rejects.toMatchObject({
      code: '23514',
    })
  })
})

const debian = '/usr/lib/postgresql/15/bin'

test.runIf(existsSync(debian))('Postgres 15 takes the same files', async () => {
  const places = testPlaces()
  const { connection, version } = await openForTest({ ...places, binDir: debian })
  expect(version).toMatch(/^15\./)
  const pool = createPool({ ...connection }, log)
  await migrate(pool, { directory, log })
  await checkMission(pool)
  await pool.end()
})
