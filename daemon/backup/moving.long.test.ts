import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { rowsOf } from '../../test/support/all-rows.js'
import { ask, collect, startDaemon } from '../../test/support/daemon.js'
import { createTestDatabase } from '../../test/support/database.js'
import { openForTest, packageRoot, testPlaces } from '../../test/support/managed-postgres.js'
import { originalSchema } from '../../test/support/original-schema.js'
import { type OtherVersion, otherPostgres } from '../../test/support/other-postgres.js'
import { exportText, importRaw } from '../../test/support/raw-import.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { migrate } from '../store/migrate.js'
import { createPool } from '../store/pool.js'

const log = recordingLog()
const directory = join(packageRoot, 'sql')

test.each<OtherVersion>([15, 16, 17])(
  'from the Postgres that is embedded to one of version %i, and back: every row is the same',
  async (version) => {
    const upstream = await startUpstream({})
    const embedded = await createTestDatabase()
    const first = await startDaemon({ database: embedded, upstream })
    const role = await first.client.createRole({ name: 'R&D', instructions: 'é\n---\n' })
    const { sessionId } = await ask(first, {
      model: 'ok',
      role: role.name,
      message: '漢字 \u{1F680}',
    })
    await collect(
      await first.client.retry(sessionId, { model: 'ok' }, { idempotencyKey: randomUUID() }),
    )
    await ask(first, { plan: { planning_model: 'ok', answering_model: 'ok' } })
    await first.client.deleteRole(role.id)
    const rows = await rowsOf(embedded.pool)
    expect(rows.role_revisions).toHaveLength(1)

    const server = await openForTest({ ...testPlaces(), binDir: await otherPostgres(version) })
    expect(server.version.split('.')[0]).toBe(String(version))
    const pool = createPool({ ...server.connection }, log)
    onTestFinished(() => pool.end())
    await migrate(pool, { directory, log })
    const second = await startDaemon({ database: server, upstream })
    expect(await importRaw(second, await exportText(first))).toMatchObject({ status: 200 })
    expect(await rowsOf(pool)).toEqual(rows)

    const back = await createTestDatabase()
    const third = await startDaemon({ database: back, upstream })
    expect(await importRaw(third, await exportText(second))).toMatchObject({ status: 200 })
    expect(await rowsOf(back.pool)).toEqual(rows)
    expect([...first.errors, ...second.errors, ...third.errors]).toEqual([])
    await second.stop()
  },
)

test("the original's database, of version 16 as there, adopted, moves on like any other", async () => {
  const upstream = { url: 'http://127.0.0.1:9' }
  const server = await openForTest({ ...testPlaces(), binDir: await otherPostgres(16) })
  const pool = createPool({ ...server.connection }, log)
  onTestFinished(() => pool.end())
  await pool.query(originalSchema)
  await pool.query(`INSERT INTO sessions (title) VALUES ('O&#x27;Brien');
    INSERT INTO messages (session_id, role, content, created_at)
    SELECT id, r, c, '2024-01-01' FROM sessions, (VALUES
      ('user', E'[[ROLE:Gone]]\\nBe brief.\\n---\\nHi'), ('assistant', 'Hello'), ('user', 'Same time')
    ) AS m (r, c)`)
  await migrate(pool, { directory, log })
  const first = await startDaemon({ database: server, upstream })
  const to = await createTestDatabase()
  const second = await startDaemon({ database: to, upstream })
  expect(await importRaw(second, await exportText(first))).toMatchObject({ status: 200 })
  expect(await rowsOf(to.pool)).toEqual(await rowsOf(pool))
  const [session] = await second.client.listSessions()
  expect(session).toMatchObject({ title: "O'Brien" })
  const messages = await second.client.listMessages(session?.id ?? '')
  expect(messages.map(({ content }) => content).sort()).toEqual(['Hello', 'Hi', 'Same time'])
  await first.stop()
})
