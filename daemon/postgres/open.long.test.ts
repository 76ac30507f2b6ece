import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openForTest, query, testPlaces } from '../../test/support/managed-postgres.js'
import { findPostmaster } from './postmaster.js'
import { isAlive } from './process.js'

const patient = { timeout: 15_000, interval: 20 }

/** Without the home's id, which only root's Postgres needs. */
function filesIn(home: string): string[] {
  return readdirSync(home)
    .filter((name) => name !== 'instance')
    .sort()
}

test('the first start makes a private database, a later one finds its rows', async () => {
  const places = testPlaces()
  const first = await openForTest({ ...places, fsync: true })
  expect(statSync(first.dataDir).mode & 0o777).toBe(0o700)
  const settings = `select current_setting('fsync') as fsync, current_setting('listen_addresses') as open,
    current_setting('server_encoding') as encoding, lower('ÄÖ') as lower, 'Z' < 'a' as c_order`
  expect(await query(first, settings)).toEqual([
    { fsync: 'on', open: '', encoding: 'UTF8', lower: 'äö', c_order: true },
  ])
  await query(first, 'create table t as select 7 as n')
  const { pid } = first
  await first.stop()
  expect(isAlive(pid)).toBe(false)
  expect(existsSync(join(first.socketDir, '.s.PGSQL.5432'))).toBe(false)

  const second = await openForTest(places)
  expect(second.adopted).toBe(false)
  expect(await query(second, 'select n from t')).toEqual([{ n: 7 }])
})

test('a server that dies under the daemon is started again, and committed rows are there', async () => {
  const postgres = await openForTest(testPlaces())
  await query(postgres, 'create table t as select 7 as n')
  for (let round = 0; round < 2; round += 1) {
    const { pid } = postgres
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(postgres.pid).not.toBe(pid), patient)
    expect(await query(postgres, 'select n from t')).toEqual([{ n: 7 }])
  }
})

test('a stop in the middle of a restart leaves no server', async () => {
  const postgres = await openForTest(testPlaces())
  const { pid } = postgres
  process.kill(pid, 'SIGKILL')
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), patient)
  await Promise.all([postgres.stop(), postgres.stop()])
  expect(isAlive(postgres.pid)).toBe(false)
  expect(findPostmaster(postgres.dataDir, postgres.socketDir)).toBeUndefined()
})

test('leftovers of an interrupted first start are removed', async () => {
  const places = testPlaces()
  const leftover = join(places.home, 'pg.init-abc')
  mkdirSync(leftover)
  writeFileSync(join(leftover, 'PG_VERSION'), '18\n')
  await openForTest(places)
  expect(filesIn(places.home)).toEqual(['pg', 'postgres.log'])
})

test('a directory that is no database is left alone', async () => {
  const places = testPlaces()
  mkdirSync(join(places.home, 'pg'))
  writeFileSync(join(places.home, 'pg', 'precious'), '')
  await expect(openForTest(places)).rejects.toThrow(/could not be made .*C2A_DATABASE_URL/)
  expect(filesIn(places.home)).toEqual(['pg'])
  expect(readdirSync(join(places.home, 'pg'))).toEqual(['precious'])
})

test('the lock files of a dead server do not bind, whoever has its number now', async () => {
  const places = testPlaces()
  const first = await openForTest(places)
  const socketLock = join(first.socketDir, '.s.PGSQL.5432.lock')
  const [pidFile, socketLockText] = [
    join(first.dataDir, 'postmaster.pid'),
    readFileSync(socketLock, 'utf8'),
  ]
  const pidFileText = readFileSync(pidFile, 'utf8')
  await first.stop()
  writeFileSync(pidFile, pidFileText.replace(/^\d+/, String(process.pid)))
  writeFileSync(socketLock, socketLockText.replace(/^\d+/, String(process.pid)))
  const second = await openForTest(places)
  expect(await query(second, 'select 1 as n')).toEqual([{ n: 1 }])
})

test('a start that fails says why in one sentence', async () => {
  const places = testPlaces()
  const first = await openForTest(places)
  await first.stop()
  rmSync(join(first.dataDir, 'global', 'pg_control'))
  await expect(openForTest(places)).rejects.toThrow(
    /did not start: .*pg_control.*; see .*postgres.log; or set C2A_DATABASE_URL to a Postgres server$/,
  )
})

test('a server made by another major version is refused by name', async () => {
  const places = testPlaces()
  const first = await openForTest(places)
  await first.stop()
  writeFileSync(join(first.dataDir, 'PG_VERSION'), '12\n')
  await expect(openForTest({ ...places, env: {} })).rejects.toThrow(
    /made by Postgres 12, .* install Postgres 12/,
  )
})
