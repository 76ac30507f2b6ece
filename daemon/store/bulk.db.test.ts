import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { createBulk, transactionOn, withConnection } from './bulk.js'

const log = recordingLog()

test('closing cuts what is under way, and nothing of it is stored', async () => {
  const { connection, pool } = await createTestDatabase()
  const bulk = createBulk(connection, log)
  let begun = (): void => undefined
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  const work = withConnection(bulk.pool, (client) =>
    transactionOn(client, async () => {
      await client.query('INSERT INTO sessions DEFAULT VALUES')
      begun()
      await client.query('SELECT pg_sleep(120)')
    }),
  )
  const failed = expect(work).rejects.toMatchObject({ code: 'db_unavailable' })
  await started
  await bulk.close()
  await failed
  expect((await pool.query('SELECT FROM sessions')).rows).toEqual([])
})

test('a connection is lent with nothing of who had it before', async () => {
  const { connection } = await createTestDatabase()
  const { pool, close } = createBulk(connection, log)
  const temporary = 'CREATE TEMP TABLE staged (id int)'
  for (let n = 0; n < 3; n++) await withConnection(pool, (client) => client.query(temporary))
  await close()
})
