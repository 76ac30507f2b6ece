import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { createPool } from './pool.js'
import { createSessionStore } from './sessions.js'
import { createTurnStore } from './turns.js'

async function addTurn(
  pool: Pool,
  sessionId: string,
  { endedHoursAgo = 0, events = 0 } = {},
): Promise<string> {
  const id = randomUUID()
  await pool.query(
    `INSERT INTO turns (id, session_id, user_message_id, status, model, instance, boot, lease_until,
       created_at, finished_at)
     SELECT $1, $2, $1, 'complete', 'm', 'i', $1, at, at, at
     FROM (SELECT now() - $3 * interval '1 hour' AS at) AS ended`,
    [id, sessionId, endedHoursAgo],
  )
  await pool.query(
    `INSERT INTO messages (session_id, role, content, turn_id)
     VALUES ($1, 'user', 'Q', $2), ($1, 'assistant', 'A', $2)`,
    [sessionId, id],
  )
  await pool.query(
    `INSERT INTO turn_events (turn_id, n, event, data)
     SELECT $1, n, 'delta', 'A' FROM generate_series(1, $2) AS n`,
    [id, events],
  )
  return id
}

test('the latest turn is that of the latest message, whatever a clock said', async () => {
  const { pool } = await createTestDatabase()
  const turns = createTurnStore(pool)
  const { id } = await createSessionStore(pool).create('local', {})
  expect(await turns.current('local', id)).toBeUndefined()
  await addTurn(pool, id)
  const latest = await addTurn(pool, id, { endedHoursAgo: 1 })
  await pool.query(
    `INSERT INTO messages (session_id, role, content) VALUES ($1, 'user', 'By hand')`,
    [id],
  )
  expect(await turns.current('local', id)).toMatchObject({ id: latest })
  expect(await turns.current('mallory', id)).toBeUndefined()
  const live = await addTurn(pool, id, { endedHoursAgo: 2 })
  await addTurn(pool, id)
  await pool.query(`UPDATE turns SET status = 'streaming', finished_at = NULL WHERE id = $1`, [
    live,
  ])
  expect(await turns.current('local', id)).toMatchObject({ id: live })
})

test('old events are deleted so many at a time, and what is left the next time', async () => {
  const { pool } = await createTestDatabase()
  const turns = createTurnStore(pool)
  const { id } = await createSessionStore(pool).create('local', {})
  const fresh = await addTurn(pool, id, { events: 5 })
  for (const endedHoursAgo of [25, 26]) await addTurn(pool, id, { endedHoursAgo, events: 10 })
  const left = async (): Promise<number> =>
    (await pool.query('SELECT FROM turn_events')).rowCount ?? Number.NaN
  await turns.foldEvents({ most: 6, forMs: 0 })
  expect(await left()).toBe(19)
  await turns.foldEvents({ most: 6 })
  expect(await left()).toBe(5)
  await turns.foldEvents()
  const { rows } = await pool.query('SELECT DISTINCT turn_id FROM turn_events')
  expect(rows).toEqual([{ turn_id: fresh }])
})

test('a session whose rows take long to delete is deleted all the same', async () => {
  const { pool, connection } = await createTestDatabase()
  const { id } = await createSessionStore(pool).create('local', {})
  await addTurn(pool, id)
  await pool.query(`
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(0.3); RETURN OLD; END $$;
    CREATE TRIGGER dawdle BEFORE DELETE ON messages FOR EACH ROW EXECUTE FUNCTION dawdle()`)
  const hasty = createPool({ ...connection, statement_timeout: 100 }, recordingLog())
  onTestFinished(() => hasty.end())
  const sessions = createSessionStore(hasty)
  expect(await sessions.remove('local', id)).toBe(true)
  expect(await sessions.get('local', id)).toBeUndefined()
})
