import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createC2a } from '../support/c2a.js'

const root = process.getuid?.() === 0

test.runIf(root)('a home of another user gets nothing of ours, whatever is asked', async () => {
  const c2a = await createC2a()
  const theirs = join(c2a.home, 'theirs')
  mkdirSync(theirs, { mode: 0o700 })
  const socket = join(theirs, 'c2a.sock')
  writeFileSync(join(theirs, 'daemon.json'), JSON.stringify({ pid: 1, socket }))
  chownSync(theirs, 12345, 12345)
  symlinkSync(theirs, join(c2a.home, 'link'))
  const commands = [
    ['ask', 'hi'],
    ['daemon', 'status'],
    ['daemon', 'stop'],
    ['daemon', 'start'],
  ]
  for (const name of ['theirs', 'link']) {
    const env = { C2A_HOME: join(c2a.home, name) }
    for (const args of commands) {
      const { code, stderr } = await c2a.run(args, { env })
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toContain(`${env.C2A_HOME} belongs to another user`)
    }
  }
  expect(readdirSync(theirs)).toEqual(['daemon.json'])
})

test('a home in which others can write is refused, and left as it is', async () => {
  const c2a = await createC2a()
  const env = { C2A_HOME: join(c2a.home, 'shared') }
  mkdirSync(env.C2A_HOME)
  writeFileSync(join(env.C2A_HOME, 'theirs'), '')
  chmodSync(env.C2A_HOME, 0o1777)
  const { code, stderr } = await c2a.run(['ask', 'hi'], { env })
  expect(code).toBe(2)
  expect(stderr).toContain(`others can write to ${env.C2A_HOME}`)
  expect(readdirSync(env.C2A_HOME)).toEqual(['theirs'])
})

test('a log that is a link is not written through', async () => {
  const c2a = await createC2a()
  const target = join(c2a.home, 'precious')
  writeFileSync(target, 'as it was')
  symlinkSync(target, join(c2a.home, 'daemon.log'))
  const { code, stderr } = await c2a.run(['daemon', 'start'])
  expect(code).toBe(2)
  expect(stderr).toContain('daemon.log')
  expect(readFileSync(target, 'utf8')).toBe('as it was')
})

test.each(['c2a.sock', 'daemon.json'])(
  'a daemon whose %s was removed is named within seconds, and restart mends it',
  async (name) => {
    const c2a = await createC2a()
    await c2a.run(['daemon', 'start'])
    const pid = c2a.daemon()?.pid
    rmSync(join(c2a.home, name))
    const { code, stderr } = await c2a.run(['sessions', 'list'], { timeoutMs: 15_000 })
    expect(code).toBe(3)
    expect(stderr).toContain(`a daemon (pid ${pid}) runs but does not answer at its socket`)
    expect(stderr).toContain('c2a daemon restart')
    expect((await c2a.run(['daemon', 'restart'])).code).toBe(0)
    expect(c2a.daemon()?.pid).not.toBe(pid)
    expect(await c2a.run(['sessions', 'list'])).toMatchObject({ code: 0 })
  },
)

test('a lock and a daemon.json that no daemon wrote are none', async () => {
  const c2a = await createC2a()
  writeFileSync(join(c2a.home, 'daemon.lock'), '{}')
  writeFileSync(join(c2a.home, 'daemon.json'), '{}')
  expect((await c2a.run(['daemon', 'status'])).code).toBe(3)
  expect(await c2a.run(['sessions', 'list'])).toMatchObject({ code: 0 })
})

test('restart with settings that no daemon would take leaves the one that works', async () => {
  const c2a = await createC2a()
  await c2a.run(['daemon', 'start'])
  const pid = c2a.daemon()?.pid
  const { code, stderr } = await c2a.run(['daemon', 'restart'], { env: { C2A_LEASE_MS: 'soon' } })
  expect(code).toBe(2)
  expect(stderr).toContain('C2A_LEASE_MS')
  expect(existsSync(join(c2a.home, 'daemon.json'))).toBe(true)
  expect(c2a.daemon()?.pid).toBe(pid)
})

test('config list says that others can read a secret in config.json', async () => {
  const c2a = await createC2a()
  const path = join(c2a.home, 'config.json')
  writeFileSync(path, JSON.stringify({ gateway: { key: 'sk-1' } }), { mode: 0o600 })
  expect((await c2a.run(['config', 'list'])).stderr).toBe('')
  chmodSync(path, 0o644)
  const { code, stderr } = await c2a.run(['config', 'list'])
  expect(code).toBe(0)
  expect(stderr).toContain(`${path} holds a secret that others can read`)
})
