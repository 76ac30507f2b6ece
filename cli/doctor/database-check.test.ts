import { expect, test } from 'vitest'
import { databaseFinding } from './database-check.js'

const own = {
  ...{ ok: true, managed: true, version: '18.4', where: '/h/pg' },
  ...{ schema: { version: 5, newest: 5 }, free_bytes: 12.4 * 1024 ** 3 },
}
const server = { ok: true, managed: false, version: '16.2', where: 'db:5432/c2a' }

test.each([
  [own, 'Postgres 18.4, managed here, /h/pg; schema 5, up to date; 12 GiB free'],
  [server, 'Postgres 16.2, a server of yours, db:5432/c2a'],
  // What an older daemon tells.
  [{ ok: true, managed: true, version: '18.4' }, 'Postgres 18.4, managed here'],
])('a database that is well: %j', (database, detail) => {
  expect(databaseFinding(database)).toEqual({ status: 'ok', detail })
})

test.each([
  [{ ...own, ok: false, version: null }, 'fail', /does not answer/, /c2a daemon restart/],
  [{ ...server, ok: false, version: null }, 'fail', /db:5432.*not answer/, /C2A_DATABASE_URL/],
  [{ ...own, schema: { version: 4, newest: 5 } }, 'fail', /is 4, .*needs 5/, /restart/],
  [{ ...own, schema: { version: null, newest: 5 } }, 'fail', /is missing/, /restart/],
  [{ ...own, schema: { version: 6, newest: 5 } }, 'fail', /is 6, .*knows 5/, /Update c2a/],
  [{ ...own, free_bytes: 300 * 1024 ** 2 }, 'warn', /only 300 MiB free/, /room/],
  [{ ...own, free_bytes: 0 }, 'fail', /disk is full/, /room/],
  [{ ...server, version: '14.9' }, 'warn', /Postgres 14\.9 is too old/, /15/],
])('%j is %s', (database, status, detail, fix) => {
  const found = databaseFinding(database)
  expect(found.status).toBe(status)
  expect(found.detail).toMatch(detail)
  expect(found.fix).toMatch(fix)
})
