import { expect, test } from 'vitest'
import { homeOf } from '../../shared/home.js'
import { homeFinding, type Seen } from './home-check.js'

const home = homeOf({ C2A_HOME: '/h' })
const private700: Seen = { uid: 7, mode: 0o40700 }
const private600: Seen = { uid: 7, mode: 0o100600 }

function look(files: Record<string, Seen>, us: number | undefined = 7) {
  const all: Record<string, Seen> = {
    '/h': private700,
    '/h/config.json': private600,
    '/h/token': private600,
    '/h/c2a.sock': private600,
    ...files,
  }
  const env = { C2A_HOME: '/h' }
  return homeFinding({ home, env, socket: home.socket, us, see: (path) => all[path] })
}

test('a home of our own is well, and is named with all that is in it', () => {
  expect(look({})).toEqual({
    status: 'ok',
    detail: '/h by C2A_HOME; config /h/config.json; socket /h/c2a.sock',
  })
})

test('a home that is not there yet is no trouble', () => {
  const env = {}
  const finding = homeFinding({ home, env, socket: home.socket, us: 7, see: () => undefined })
  expect(finding).toMatchObject({ status: 'ok', detail: expect.stringContaining('first start') })
})

test.each<[string, Record<string, Seen>, string, string, string]>([
  ['a home', { '/h': { uid: 7, mode: 0o40755 } }, 'warn', 'others can read /h (0755)', '700 /h'],
  ['a home', { '/h': { uid: 7, mode: 0o40777 } }, 'fail', 'can write to /h (0777)', '700 /h'],
  ['a token', { '/h/token': { uid: 7, mode: 0o644 } }, 'fail', 'read /h/token', '600 /h/token'],
  ['settings', { '/h/config.json': { uid: 7, mode: 0o644 } }, 'warn', 'others can read', '600'],
  ['settings', { '/h/config.json': { uid: 7, mode: 0o666 } }, 'fail', 'others can write', '600'],
  ['a socket', { '/h/c2a.sock': { uid: 7, mode: 0o660 } }, 'fail', 'others can write', '600'],
  ['a home', { '/h': { uid: 8, mode: 0o40700 } }, 'fail', 'another user (8)', 'Set C2A_HOME'],
  ['a token', { '/h/token': { uid: 0, mode: 0o600 } }, 'fail', 'belongs to root', 'sudo chown'],
])('%s that others may use: %j', (_, files, status, detail, fix) => {
  const found = look(files)
  expect(found.status).toBe(status)
  expect(found.detail).toContain(detail)
  expect(found.fix).toContain(fix)
})

test('several things are all told, the worst first, and settings of root are fine', () => {
  const found = look({
    '/h/config.json': { uid: 0, mode: 0o100600 },
    '/h': { uid: 7, mode: 0o40750 },
    '/h/token': { uid: 7, mode: 0o640 },
  })
  expect(found).toMatchObject({ status: 'fail', fix: 'chmod 600 /h/token\nchmod 700 /h' })
})

test('a path that needs quotes has them in the fix', () => {
  const spaced = homeOf({ C2A_HOME: "/it's here" })
  const found = homeFinding({
    ...{ home: spaced, env: {}, socket: spaced.socket, us: 7 },
    see: (path) => (path === spaced.token ? { uid: 7, mode: 0o644 } : undefined),
  })
  expect(found.fix).toBe(`chmod 600 '/it'\\''s here/token'`)
})
