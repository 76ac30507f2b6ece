import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openForTest, packageRoot, query, testPlaces } from '../../test/support/managed-postgres.js'
import { bundleScript, runScript } from '../../test/support/scripts.js'
import { connectionTo } from './connection.js'
import { isAlive } from './process.js'

const patient = { timeout: 15_000, interval: 5 }

// A daemon to kill: opens, says the server's pid, stays.
const opener = `
  import { createLog } from './daemon/log.js'
  import { openManagedPostgres } from './daemon/postgres/open.js'
  const [, , home = '', sharedRoot = '', packageRoot = ''] = process.argv
  const log = createLog({ level: 'silent' })
  void openManagedPostgres({ home, sharedRoot, packageRoot, env: process.env, log, fsync: false })
    .then(({ pid }) => console.log(pid))
  process.stdin.resume()
`

function runOpener({ home, sharedRoot }: ReturnType<typeof testPlaces>) {
  return runScript(bundleScript(opener), home, sharedRoot, packageRoot)
}

/** A server whose daemon is gone. */
async function orphan() {
  const places = testPlaces()
  const script = runOpener(places)
  const pid = Number(await script.said)
  await script.kill()
  return { places, pid }
}

test('the server of a killed daemon is adopted, watched and stopped', async () => {
  const { places, pid } = await orphan()
  const postgres = await openForTest(places)
  expect(postgres).toMatchObject({ pid, adopted: true })
  await query(postgres, 'create table t as select 7 as n')
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(postgres.pid).not.toBe(pid), patient)
  expect(await query(postgres, 'select n from t')).toEqual([{ n: 7 }])
  await postgres.stop()
  expect(isAlive(postgres.pid)).toBe(false)
})

test('an adopted server is stopped with the daemon', async () => {
  const { places, pid } = await orphan()
  const postgres = await openForTest(places)
  await postgres.stop()
  expect(isAlive(pid)).toBe(false)
})

test('when server and daemon were killed, the rows are there', async () => {
  const { places, pid } = await orphan()
  await query(
    { connection: connectionTo(join(places.home, 'pg')) },
    'create table t as select 7 as n',
  )
  process.kill(pid, 'SIGKILL')
  const after = await openForTest(places)
  expect(await query(after, 'select n from t')).toEqual([{ n: 7 }])
})

test('a server that is on its way out is waited for', async () => {
  const { places, pid } = await orphan()
  process.kill(pid, 'SIGINT')
  const next = await openForTest(places)
  expect(next.adopted).toBe(false)
  expect(await query(next, 'select 1 as n')).toEqual([{ n: 1 }])
})

test('a server that lost its socket is replaced', async () => {
  const { places, pid } = await orphan()
  rmSync(join(places.home, 'pg', '.s.PGSQL.5432'))
  const postgres = await openForTest(places)
  expect(postgres.adopted).toBe(false)
  expect(isAlive(pid)).toBe(false)
})

test('a daemon that is killed while it makes the database leaves nothing broken', async () => {
  const places = testPlaces()
  const script = runOpener(places)
  await vi.waitFor(() => expect(readdirSync(places.home).join()).toMatch(/pg\.init-/), patient)
  await script.kill()
  const postgres = await openForTest(places)
  expect(await query(postgres, 'select 1 as n')).toEqual([{ n: 1 }])
})
