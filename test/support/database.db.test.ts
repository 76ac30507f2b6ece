import { expect, test } from 'vitest'
import { createTestDatabase, emptyDatabase } from './database.js'

test('test databases have the schema and nothing of each other', async () => {
  const databases = await Promise.all(Array.from({ length: 8 }, () => createTestDatabase()))
  const [first, second] = databases
  await first?.pool.query('insert into sessions default values')
  const { rows } = await second!.pool.query<{ n: number }>('select count(*) as n from sessions')
  expect(rows[0]?.n).toBe(0)
})

test('an empty database has no tables', async () => {
  const { pool } = await emptyDatabase()
  const { rows } = await pool.query(`select from pg_tables where schemaname = 'public'`)
  expect(rows).toHaveLength(0)
})
