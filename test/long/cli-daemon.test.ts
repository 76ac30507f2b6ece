import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { DaemonStatus } from '../../cli/personal/status.js'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { createC2a, finished } from '../support/c2a.js'
import { eventually } from '../support/eventually.js'

test('start, status, restart, stop', async () => {
  const c2a = await createC2a()
  const before = await c2a.run(['daemon', 'status', '--json'])
  expect(before.code).toBe(3)
  expect(JSON.parse(before.stdout)).toEqual({
    running: false,
    home: c2a.home,
    config: join(c2a.home, 'config.json'),
    log: join(c2a.home, 'daemon.log'),
    token: join(c2a.home, 'token'),
  })
  expect(c2a.daemon()).toBeUndefined()

  const start = await c2a.run(['daemon', 'start'])
  const pid = c2a.daemon()?.pid
  expect(start.code).toBe(0)
  expect(start.stdout).toContain(`pid ${pid}, socket ${join(c2a.home, 'c2a.sock')}`)
  expect((await c2a.run(['daemon', 'start'])).stdout).toBe(start.stdout)

  const status = await c2a.run(['daemon', 'status', '--json'])
  expect(status.code).toBe(0)
  expect(JSON.parse(status.stdout)).toMatchObject({
    running: true,
    current: true,
    ready: true,
    pid,
    live_turns: 0,
    database: { ok: true, managed: false },
    gateway: { reachable: false },
  })
  // A word about what the next command will do.
  const env = { C2A_IDLE_MINUTES: '7' }
  const other = await c2a.run(['daemon', 'status'], { env })
  expect(other.stdout).toContain('renewed at the next use')

  expect((await c2a.run(['daemon', 'restart'])).code).toBe(0)
  expect(c2a.daemon()?.pid).not.toBe(pid)
  expect((await c2a.run(['daemon', 'stop'])).stdout).toMatch(/^the daemon has stopped/)
  expect(c2a.daemon()).toBeUndefined()
  expect(await c2a.run(['daemon', 'stop'])).toMatchObject({ code: 0, stderr: '' })

  const logs = await c2a.run(['daemon', 'logs', '-n', '2'])
  const entries = logs.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries).toHaveLength(2)
  expect(entries.at(-1)).toMatchObject({ msg: 'the daemon has stopped' })
})

test('a managed database is named by status, and an ordinary stop warns of nothing', async () => {
  const c2a = await createC2a({ env: { C2A_DATABASE_URL: undefined } })
  await c2a.run(['daemon', 'start'])
  const status: DaemonStatus = JSON.parse((await c2a.run(['daemon', 'status', '--json'])).stdout)
  const dataDir = status.data_dir ?? ''
  // Root's lies outside of the home, with a note of the home beside it.
  onTestFinished(() => {
    for (const path of [dirname(dataDir), `${dirname(dataDir)}.home`])
      rmSync(path, { recursive: true, force: true })
  })
  expect(existsSync(join(dataDir, 'PG_VERSION'))).toBe(true)
  expect((await c2a.run(['daemon', 'status'])).stdout).toContain(dataDir)
  await c2a.run(['daemon', 'stop'])
  const log = readFileSync(join(c2a.home, 'daemon.log'), 'utf8').trim().split('\n')
  expect(log.map((line) => JSON.parse(line).msg)).not.toContain('a database connection broke')
})

test('stop --now keeps what an answer brought', async () => {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({ gateway: upstream.url, env: { C2A_DRAIN_MS: '60000' } })
  const asking = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  asking.stdin?.end()
  const asked = finished(asking)
  const request = await upstream.waitFor('gate')
  request.release('Half an ans')
  await new Promise((resolve) => asking.stdout?.once('data', resolve))
  expect((await c2a.run(['daemon', 'stop', '--now'])).code).toBe(0)
  expect(await asked).toMatchObject({ stdout: 'Half an ans\n', code: 7 })
})

test('of a daemon that hangs status says so in a few seconds, and what ends it', async () => {
  const c2a = await createC2a()
  await c2a.run(['daemon', 'start'])
  const pid = c2a.daemon()?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  onTestFinished(() => {
    process.kill(pid, 'SIGCONT')
  })
  const began = performance.now()
  const { stdout, code } = await c2a.run(['daemon', 'status'])
  expect(performance.now() - began).toBeLessThan(15_000)
  expect(code).toBe(3)
  expect(stdout).toMatch(new RegExp(`^daemon +does not answer, pid ${pid}$`, 'm'))
  expect(stdout).toMatch(/^problem +no answer in 3 s; c2a daemon stop --now ends it$/m)
  const json = JSON.parse((await c2a.run(['daemon', 'status', '--json'])).stdout)
  expect(json).toMatchObject({ running: false, busy: true, pid, problem: expect.any(String) })
})

test('a daemon that hangs is ended all the same', async () => {
  const c2a = await createC2a()
  await c2a.run(['daemon', 'start'])
  const pid = c2a.daemon()?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  const stopped = await c2a.run(['daemon', 'stop', '--now'])
  expect(stopped).toMatchObject({ stdout: `the daemon has stopped (pid ${pid})\n`, code: 0 })
  expect((await c2a.run(['daemon', 'start'])).code).toBe(0)
})

test('a remote daemon is asked, but not started or stopped', async () => {
  const c2a = await createC2a()
  await c2a.run(['daemon', 'start'])
  const token = readFileSync(join(c2a.home, 'token'), 'utf8').trim()
  const env = { C2A_URL: `unix:${join(c2a.home, 'c2a.sock')}`, C2A_TOKEN: token }
  for (const verb of ['start', 'stop', 'restart', 'logs']) {
    const { code, stderr } = await c2a.run(['daemon', verb], { env })
    expect({ verb, code }).toEqual({ verb, code: 2 })
    expect(stderr).toContain('is a remote one')
  }
  const status = await c2a.run(['daemon', 'status', '--json'], { env })
  expect(status.code).toBe(0)
  expect(JSON.parse(status.stdout)).toMatchObject({ running: true, url: env.C2A_URL, ready: true })
  const away = { C2A_URL: 'http://127.0.0.1:9' }
  expect((await c2a.run(['daemon', 'status'], { env: away })).code).toBe(3)
})

test('a variable of the original app is named by daemon run, not where a client starts the daemon', async () => {
  const c2a = await createC2a({ env: { JWT_SECRET: 'hush', DB_SSL_MODE: 'require' } })
  await c2a.run(['daemon', 'start'])
  await c2a.run(['daemon', 'stop'])
  expect(readFileSync(join(c2a.home, 'daemon.log'), 'utf8')).not.toMatch(/JWT_SECRET|DB_SSL_MODE/)

  const child = c2a.spawn(['daemon', 'run'])
  const run = finished(child)
  await eventually(() => expect(c2a.daemon()?.pid).toBe(child.pid))
  child.kill('SIGTERM')
  const { stderr } = await run
  const entries = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.filter(({ level }) => level === 'warn')).toMatchObject([
    { variable: 'JWT_SECRET', instead: expect.stringContaining('c2a token create') },
    { variable: 'DB_SSL_MODE', instead: expect.stringContaining('sslmode') },
  ])
  expect(stderr).not.toContain('hush')
})

test('config set says that a daemon which no client may renew takes the value when it is restarted', async () => {
  const c2a = await createC2a()
  const set = (key: string, value: string) => c2a.run(['config', 'set', key, value])
  expect((await set('daemon.log_level', 'warn')).stderr).toBe('')
  const child = c2a.spawn(['daemon', 'run'])
  const run = finished(child)
  await eventually(() => expect(c2a.daemon()?.pid).toBe(child.pid))
  const { stderr } = await set('daemon.log_level', 'info')
  expect(stderr).toBe(
    `c2a: the daemon (pid ${child.pid}) does not take it yet. ` +
      'Restart it where it was started (c2a stack up: c2a stack restart daemon).\n',
  )
  const unset = await c2a.run(['config', 'unset', 'daemon.log_level'])
  expect(unset.stderr).toBe(stderr)
  expect((await set('tui.theme', 'dark')).stderr).toBe('')
  expect((await c2a.run(['daemon', 'restart'])).stderr).toContain('c2a stack restart daemon')
  child.kill('SIGTERM')
  await run
})
