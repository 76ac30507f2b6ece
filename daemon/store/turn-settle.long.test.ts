import { expect, onTestFinished, test } from 'vitest'
import { createHistory, expectHolds } from '../../test/faults/support/check.js'
import { abandonTurn } from '../../test/support/abandoned-turn.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { createMessageStore } from './messages.js'
import { createPool } from './pool.js'
import { settleTurn } from './turn-settle.js'
import { createTurnStore } from './turns.js'

/** A database that takes more than a second and a half to store a text, and a pool whose statements may take one. */
async function slowDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  await database.pool.query(`
    CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql
      AS 'BEGIN PERFORM pg_sleep(1.6); RETURN NEW; END';
    CREATE TRIGGER be_slow BEFORE UPDATE ON messages FOR EACH ROW
      WHEN (NEW.content <> '') EXECUTE FUNCTION be_slow()`)
  const pool = createPool({ ...database.connection, statement_timeout: 1_000 }, recordingLog())
  onTestFinished(() => pool.end())
  return { ...database, pool }
}

const dead = { instance: 'dead', leaseMs: 60_000 }
const end = { status: 'interrupted' } as const
const take = { take: 'any' } as const

test('a text that takes longer than a statement may is stored all the same', async () => {
  const database = await slowDatabase()
  const { id, sessionId } = await abandonTurn(database, dead)
  expect(await settleTurn(database.pool, { turnId: id, fence: take, end })).toBe(true)
  const { rows } = await createMessageStore(database.pool).list(sessionId)
  expect(rows.at(-1)).toMatchObject({ content: 'half', status: 'interrupted' })
  await expectHolds(createHistory(), { database })
})

test('one that takes too long even so does not keep its turn from ending, and comes later', async () => {
  const database = await slowDatabase()
  const { id, sessionId } = await abandonTurn(database, dead)
  expect(await settleTurn(database.pool, { turnId: id, fence: take, end }, 1_000)).toBe(true)
  const turns = createTurnStore(database.pool)
  expect(await turns.get('local', id)).toMatchObject({ status: 'interrupted' })
  const read = await turns.eventsAfter(id, 1)
  expect(read?.events.map(({ event }) => event)).toEqual(['delta', 'turn.interrupted'])
  // Nothing is told of a length that is not known.
  expect(JSON.parse(read?.events.at(-1)?.data ?? '')).toMatchObject({ messages: [] })

  await database.pool.query(`UPDATE turns SET finished_at = now() - interval '2 days'`)
  await turns.foldEvents()
  const { rows } = await createMessageStore(database.pool).list(sessionId)
  expect(rows.at(-1)).toMatchObject({ content: 'half', status: 'interrupted' })
  expect((await turns.eventsAfter(id, 0))?.events).toEqual([])
})
