import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startDaemon } from '../../test/support/daemon.js'
import { createTestDatabase } from '../../test/support/database.js'
import { makeLongSession } from '../../test/support/long-session.js'
import { exportText, importRaw } from '../../test/support/raw-import.js'

const upstream = { url: 'http://127.0.0.1:9' }

async function listen(connection: pg.ClientConfig): Promise<string[]> {
  const heard: string[] = []
  const client = new pg.Client(connection)
  client.on('error', () => undefined)
  client.on('notification', ({ payload }) => heard.push(payload ?? ''))
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('LISTEN c2a_change')
  return heard
}

test('an import tells once that anything may have changed, whatever it brought', async () => {
  const from = await createTestDatabase()
  const to = await createTestDatabase()
  await makeLongSession(from.pool, { count: 3_000, chars: 20 })
  await makeLongSession(from.pool, { count: 10, chars: 20 })
  await from.pool.query(
    `INSERT INTO turns (session_id, user_message_id, status, model, instance, boot, lease_until, finished_at)
     SELECT session_id, id, 'complete', 'm', 'i', gen_random_uuid(), now(), now() FROM messages
     WHERE role = 'user'`,
  )
  const [source, target] = [
    await startDaemon({ database: from, upstream }),
    await startDaemon({ database: to, upstream }),
  ]
  await source.client.createRole({ name: 'R', instructions: 'x' })
  const file = await exportText(source)
  const heard = await listen(to.connection)
  expect(await importRaw(target, file)).toMatchObject({ status: 200 })
  await expect.poll(() => heard).toEqual([''])
  // And whoever writes afterwards is told of as ever.
  await target.client.createSession({})
  await expect.poll(() => heard).toHaveLength(2)
  const { rows } = await to.pool.query('SELECT updated_at = created_at AS same FROM sessions')
  expect(rows).toHaveLength(3)
})
