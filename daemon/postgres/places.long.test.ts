import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openForTest, query, testPlaces } from '../../test/support/managed-postgres.js'
import { canEnter, databaseAccount } from './account.js'
import { chooseSocketDirectory, fitsSocket, removeSocketDirectory } from './socket-directory.js'

const isRoot = process.getuid?.() === 0

test('a home whose path is too long for a socket gets a private directory for it', async () => {
  const places = testPlaces()
  const home = join(places.home, 'x'.repeat(120))
  mkdirSync(home)
  const postgres = await openForTest({ ...places, home })
  expect(postgres.dataDir).toBe(join(home, 'pg'))
  expect(fitsSocket(postgres.socketDir)).toBe(true)
  expect(statSync(postgres.socketDir).mode & 0o777).toBe(0o700)
  expect(await query(postgres, 'select 1 as n')).toEqual([{ n: 1 }])
  await postgres.stop()
  expect(existsSync(postgres.socketDir)).toBe(false)
})

test('a directory for the socket that others may enter is refused', () => {
  const base = testPlaces().home
  const places = { state: base, dataDir: join(base, 'x'.repeat(120)), account: undefined }
  const directory = chooseSocketDirectory(places, { TMPDIR: base })
  expect(lstatSync(directory).mode & 0o777).toBe(0o700)
  chmodSync(directory, 0o750)
  expect(() => chooseSocketDirectory(places, { TMPDIR: base })).toThrow(/not a private directory/)
  removeSocketDirectory(directory, places)
  expect(existsSync(directory)).toBe(false)
})

test('the way is checked at every parent', () => {
  const { home } = testPlaces()
  const stranger = { uid: 54321, gid: 54321 }
  expect(canEnter(home, stranger)).toBe(true)
  chmodSync(join(home, '..'), 0o700)
  expect(canEnter(home, stranger)).toBe(false)
  const { uid, gid } = statSync(home)
  expect(canEnter(home, { uid, gid })).toBe(true)
})

test.each([
  [
    'postgres where there is one',
    'a:x:1:1::/:\npostgres:x:101:104::/:\nnobody:x:65534:65534::/:',
    101,
    104,
  ],
  ['nobody where there is no postgres', 'nobody:x:99:98::/:', 99, 98],
  ['65534 where there is neither', '', 65534, 65534],
  [
    'nobody where postgres is another name of root',
    'postgres:x:0:0::/:\nnobody:x:99:98::/:',
    99,
    98,
  ],
])('root runs Postgres as %s', (_, passwd, uid, gid) => {
  expect(databaseAccount(passwd)).toEqual({ uid, gid })
})

test.runIf(isRoot)(
  'a home that is closed to the user of Postgres keeps its database elsewhere',
  async () => {
    const places = testPlaces()
    chmodSync(places.home, 0o700)
    const postgres = await openForTest(places)
    const instance = readFileSync(join(places.home, 'instance'), 'utf8').trim()
    expect(postgres.dataDir).toBe(join(places.sharedRoot, instance, 'pg'))
    expect(statSync(postgres.dataDir).uid).toBe(databaseAccount().uid)
    await query(postgres, 'create table t as select 7 as n')
    await postgres.stop()

    // The same database, even when the home has become open.
    chmodSync(places.home, 0o711)
    const again = await openForTest(places)
    expect(await query(again, 'select n from t')).toEqual([{ n: 7 }])
  },
)

test.runIf(isRoot)('a database goes with its home, not with the path of it', async () => {
  const places = testPlaces()
  chmodSync(places.home, 0o700)
  const postgres = await openForTest(places)
  await query(postgres, 'create table t as select 7 as n')
  await postgres.stop()

  const renamed = `${places.home}-renamed`
  renameSync(places.home, renamed)
  const again = await openForTest({ ...places, home: renamed })
  expect(await query(again, 'select n from t')).toEqual([{ n: 7 }])
  await again.stop()

  mkdirSync(places.home, { mode: 0o700 })
  const fresh = await openForTest(places)
  expect(fresh.dataDir).not.toBe(again.dataDir)
  await expect(query(fresh, 'select n from t')).rejects.toThrow(/does not exist/)
})

test.runIf(isRoot)('a copy of a home does not get the database of the original', async () => {
  const places = testPlaces()
  chmodSync(places.home, 0o700)
  const postgres = await openForTest(places)
  const copy = `${places.home}-copy`
  cpSync(places.home, copy, { recursive: true })
  chmodSync(copy, 0o700)
  await expect(openForTest({ ...places, home: copy })).rejects.toThrow(
    `is a copy of ${places.home}, whose database is in ${postgres.dataDir}`,
  )
})

test.runIf(isRoot)(
  'a database that its user cannot reach any more is named, not replaced',
  async () => {
    const places = testPlaces()
    const postgres = await openForTest(places)
    await postgres.stop()
    chmodSync(places.home, 0o700)
    await expect(openForTest(places)).rejects.toThrow(/belongs to user \d+, who may not enter/)
  },
)
