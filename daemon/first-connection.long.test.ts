import { randomUUID } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startDatabaseProxy } from '../test/faults/support/database-proxy.js'
import { createTestDatabase, emptyDatabase } from '../test/support/database.js'
import { eventually } from '../test/support/eventually.js'
import { packageRoot } from '../test/support/managed-postgres.js'
import { recordingLog } from '../test/support/recording-log.js'
import { openPools } from './database.js'
import { atStart, migrateAtStart, patienceOf } from './first-connection.js'
import { createTurnStore } from './store/turns.js'

function connect(connectionString: string, personal: boolean) {
  const log = recordingLog()
  const pools = openPools({ connectionString }, log)
  onTestFinished(pools.close)
  const since = performance.now()
  const done = migrateAtStart(pools.pool, { directory: join(packageRoot, 'sql'), log, personal })
  const took = (): number => performance.now() - since
  return { done, log, took }
}

/** A server that answers every connection with an error of Postgres; gives its port. */
async function refuser(code: string, message: string): Promise<number> {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(4 + Buffer.byteLength(fields), 1)
  const answer = (socket: Socket): void => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.concat([head, Buffer.from(fields)])))
  }
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as { port: number }).port
}

test.each([
  ['a port where nobody listens', 'postgres://x@127.0.0.1:9/x', /does not answer: .*ECONNREFUSED/],
  ['two addresses where nobody listens', 'postgres://x@localhost:9/x', /ECONNREFUSED/],
  ['a name that nobody has', 'postgres://x@db.invalid/x', /does not answer: .*db\.invalid/],
])('a personal daemon gives up on %s after two seconds', async (_, url, message) => {
  const { done, log, took } = connect(url, true)
  await expect(done).rejects.toMatchObject({
    code: 'db_unavailable',
    message: expect.stringMatching(message),
    hint: expect.stringContaining('C2A_DATABASE_URL'),
  })
  expect(took()).toBeLessThan(6_000)
  expect(log.lines.filter((line) => line.includes('waiting'))).toHaveLength(1)
})

test.each([
  ['28P01', 'password authentication failed for user "x"'],
  ['3D000', 'database "x" does not exist'],
  ['28000', 'no pg_hba.conf entry for host'],
])('nobody waits for a server that says %s', async (code, message) => {
  const port = await refuser(code, message)
  const { done, log } = connect(`postgres://x:hunter2@127.0.0.1:${port}/x`, false)
  await expect(done).rejects.toMatchObject({
    code: 'db_unavailable',
    message: `the database refuses us: ${message}`,
  })
  expect(log.lines).toEqual([])
})

test.each<[string, boolean, number]>([
  ['57P03', true, 30_000],
  ['53300', true, 30_000],
  ['ECONNREFUSED', false, 30_000],
  ['ENOTFOUND', false, 30_000],
  ['ECONNREFUSED', true, 2_000],
  ['28P01', false, 0],
  ['42501', false, 0],
])('after %s a daemon (personal: %s) goes on for %i ms', (code, personal, patience) => {
  expect(patienceOf(Object.assign(new Error('x'), { code }), personal)).toBe(patience)
})

test('a database that is there is brought up to date', async () => {
  const { url } = await createTestDatabase()
  await connect(url, true).done
})

test.each(['LATIN1', 'SQL_ASCII'])('a database in %s is refused, untouched', async (encoding) => {
  const { url, pool } = await emptyDatabase({ encoding })
  await expect(connect(url, true).done).rejects.toMatchObject({
    code: 'db_unavailable',
    message: `the database keeps its texts in ${encoding}, which has not every character: c2a needs one in UTF8`,
    hint: expect.stringContaining('createdb -T template0 -E UTF8'),
  })
  expect((await pool.query(`SELECT FROM pg_tables WHERE schemaname = 'public'`)).rows).toEqual([])
})

test('a database that dies once the schema is there is waited for as well', async () => {
  const { proxy, connection } = await startDatabaseProxy(await createTestDatabase())
  const log = recordingLog()
  const pools = openPools(connection, log)
  onTestFinished(pools.close)
  await migrateAtStart(pools.pool, {
    directory: join(packageRoot, 'sql'),
    log,
    personal: true,
  })
  await proxy.down()
  const turns = createTurnStore(pools.pool)
  const done = atStart(async () => void (await turns.abandoned('mine', randomUUID(), false)), {
    log,
    personal: true,
  })
  await eventually(() => expect(log.lines.join()).toContain('waiting for the database'))
  await proxy.up()
  await done
})
