import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../test/support/database.js'
import { originalSchema } from '../../test/support/original-schema.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { migrate } from './migrate.js'

const directory = fileURLToPath(new URL('../../sql', import.meta.url))
const log = recordingLog()

interface Filling {
  roles?: readonly (readonly [name: string, instructions: string])[]
  /** Title, then question and answer by turns. */
  sessions: readonly (readonly [title: string, ...messages: string[]])[]
}

const counts = `SELECT (SELECT count(*) FROM sessions) AS sessions,
  (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM roles) AS roles`

/** The original's database, filled as its backend does, and adopted. */
async function adopt({ roles = [], sessions }: Filling): Promise<TestDatabase['pool']> {
  const { pool } = await emptyDatabase()
  await pool.query(originalSchema)
  for (const role of roles) {
    await pool.query('INSERT INTO roles (name, instructions) VALUES ($1, $2)', [...role])
  }
  for (const [index, [title, ...messages]] of sessions.entries()) {
    const { rows } = await pool.query(
      `INSERT INTO sessions (title, created_at) VALUES ($1, '2024-01-01') RETURNING id`,
      [title],
    )
    for (const [at, content] of messages.entries()) {
      await pool.query(
        `INSERT INTO messages (session_id, role, content, created_at)
         VALUES ($1, $2, $3, $4::timestamptz + $5 * interval '1 second')`,
        [rows[0].id, at % 2 === 0 ? 'user' : 'assistant', content, '2024-01-02', index * 100 + at],
      )
    }
  }
  await pool.query(`ALTER TABLE sessions DISABLE TRIGGER USER;
    UPDATE sessions SET updated_at = '2024-02-01'; ALTER TABLE sessions ENABLE TRIGGER USER`)
  const before = await pool.query(counts)
  await migrate(pool, { directory, log })
  expect((await pool.query(counts)).rows).toEqual(before.rows)
  const touched = `SELECT FROM sessions WHERE updated_at <> '2024-02-01'`
  expect((await pool.query(touched)).rows).toEqual([])
  return pool
}

const asked = async (pool: TestDatabase['pool']): Promise<string[]> =>
  (
    await pool.query(`SELECT content FROM messages WHERE role = 'user' ORDER BY created_at`)
  ).rows.map(({ content }) => content)

const titles = async (pool: TestDatabase['pool']): Promise<string[]> =>
  (
    await pool.query(
      `SELECT s.title FROM sessions s ORDER BY
       (SELECT min(created_at) FROM messages m WHERE m.session_id = s.id), s.title`,
    )
  ).rows.map(({ title }) => title)

const pirate = '[[ROLE:Pirate]]\nTalk like one.\n---\n'

test("a role is lifted off the user's words and kept beside them, the title follows", async () => {
  const pool = await adopt({
    roles: [['Pirate', 'Talk like one.']],
    sessions: [
      ['[[ROLE:Pirate]] Talk like one. --- Where is the', `${pirate}Where  is\nthe gold?`, 'Arr'],
      ['Mine', `${pirate}And now?`, 'Arr', 'plain', `${pirate}not a user's text`],
    ],
  })
  expect(await asked(pool)).toEqual(['Where  is\nthe gold?', 'And now?', 'plain'])
  expect(await titles(pool)).toEqual(['Where is the gold?', 'Mine'])
  const { rows } = await pool.query(
    `SELECT lifted_role FROM messages WHERE role = 'user' ORDER BY created_at`,
  )
  const lifted_role = { name: 'Pirate', instructions: 'Talk like one.' }
  expect(rows).toEqual([{ lifted_role }, { lifted_role }, { lifted_role: null }])
  const answer = `SELECT FROM messages WHERE role = 'assistant' AND content LIKE '[[ROLE:%'`
  expect((await pool.query(answer)).rows).toHaveLength(1)
})

test('instructions may hold the separator: the stored role says where they end', async () => {
  const instructions = 'First.\n---\nSecond.'
  const pool = await adopt({
    roles: [['Two', instructions]],
    sessions: [
      ['a', `[[ROLE:Two]]\n${instructions}\n---\nmy\n---\nown`],
      // Of a role that is gone: one such line can only be the end.
      ['b', `[[ROLE:Gone]]\nOnce.\n---\nmy own`],
      // Its name may hold brackets.
      ['c', `[[ROLE:a ]] b]]\nx\n---\nmy own`],
    ],
  })
  expect(await asked(pool)).toEqual(['my\n---\nown', 'my own', 'my own'])
})

test('what cannot be told apart stays as it is', async () => {
  const kept = [
    '[[ROLE:Gone]]\nOne\n---\ntwo\n---\nthree',
    '[[ROLE:Gone]]\nOne\n---\n---\nthree',
    '[[ROLE:Gone]]\nno end',
    '[[ROLE:Gone]] on one line\n---\nwords',
    '[[ROLE:]]\nx\n---\nwords',
    '[[ROLE:Gone]]\nonly a role\n---\n ',
    'I type [[ROLE:x]]\ny\n---\nz',
  ]
  const pool = await adopt({ sessions: kept.map((content) => ['T', content] as const) })
  expect(await asked(pool)).toEqual(kept)
})

test('HTML entities in titles and names are undone once, where they were put by the original', async () => {
  const pool = await adopt({
    roles: [
      ['R&amp;D', 'x'],
      ['O&#x27;Brien', 'x'],
      ['taken &lt;', 'x'],
      ['taken <', 'x'],
    ],
    sessions: [
      ['O&#x27;Brien &amp; &lt;co&gt; &quot;a&#x2F;b&#x5C;c&#96;', 'one'],
      ['&amp;lt;', 'two'],
      // Raw: the title is the beginning of what was asked, or it was never escaped.
      ['What is &amp; in', 'What is &amp; in HTML?'],
      ["it's &amp;", 'three'],
      ['&copy; &amp;', 'four'],
      ['[[ROLE:R&amp;D]] Research.', '[[ROLE:R&amp;D]]\nResearch.\n---\nWhat is new?'],
    ],
  })
  expect(await titles(pool)).toEqual([
    'O\'Brien & <co> "a/b\\c`',
    '&lt;',
    'What is &amp; in',
    "it's &amp;",
    '&copy; &amp;',
    'What is new?',
  ])
  const { rows } = await pool.query('SELECT name, revision FROM roles ORDER BY name COLLATE "C"')
  expect(rows).toEqual([
    { name: "O'Brien", revision: 2 },
    { name: 'R&D', revision: 2 },
    { name: 'taken &lt;', revision: 1 },
    { name: 'taken <', revision: 1 },
  ])
})

test('a database of our own keeps such texts: nothing in it is older than its schema', async () => {
  const { pool } = await emptyDatabase()
  await migrate(pool, { directory, log })
  await pool.query(`INSERT INTO sessions (title) VALUES ('a &amp; b');
    INSERT INTO roles (name, instructions) VALUES ('R&amp;D', 'x');
    INSERT INTO messages (session_id, role, content) SELECT id, 'user', '${pirate}x' FROM sessions;
    DROP FUNCTION is_bulk() CASCADE; ALTER TABLE messages DROP COLUMN lifted_role;
    DELETE FROM schema_migrations WHERE version = 10`)
  // The triggers went with the function; the migration makes them again.
  await pool.query(`CREATE TRIGGER trg_sessions_updated_at BEFORE UPDATE ON sessions
      FOR EACH ROW EXECUTE FUNCTION set_updated_at();
    CREATE TRIGGER trg_roles_updated_at BEFORE UPDATE ON roles
      FOR EACH ROW EXECUTE FUNCTION set_roles_updated_at()`)
  await migrate(pool, { directory, log })
  expect(await asked(pool)).toEqual([`${pirate}x`])
  expect(await titles(pool)).toEqual(['a &amp; b'])
  expect((await pool.query('SELECT name FROM roles')).rows).toEqual([{ name: 'R&amp;D' }])
})
