import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readToken } from '../../cli/personal/find.js'
import { createClient } from '../../shared/client/client.js'
import { homeOf } from '../../shared/home.js'
import { processStart } from '../../shared/process-start.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, finished } from '../support/c2a.js'

async function gateway(): Promise<Upstream> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return upstream
}

function clientOf(c2a: C2a) {
  return createClient({
    target: { socketPath: c2a.daemon()?.socket ?? '' },
    token: readToken(homeOf({ C2A_HOME: c2a.home })),
  })
}

function starts(c2a: C2a): number {
  const log = readFileSync(join(c2a.home, 'daemon.log'), 'utf8')
  return log.split('the daemon is ready').length - 1
}

/** Waits for what a child prints next. */
function output(child: ReturnType<C2a['spawn']>): Promise<string> {
  return new Promise((resolve) => child.stdout?.once('data', (chunk) => resolve(String(chunk))))
}

test('20 clients at once start one daemon, 10 times over, each time after a kill -9', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  for (let round = 1; round <= 10; round++) {
    const clients = Array.from({ length: 20 }, () => c2a.run(['ask', '-m', 'ok', 'hi']))
    const results = await Promise.all(clients)
    expect(results).toEqual(
      Array.from({ length: 20 }, () => ({ stdout: 'Hello, world.\n', stderr: '', code: 0 })),
    )
    expect(starts(c2a)).toBe(round)
    await c2a.stopDaemon('SIGKILL')
  }
}, 180_000)

test('what a killed daemon had shown is stored, and marked interrupted', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const child = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  child.stdin?.end()
  const call = await upstream.waitFor('gate')
  const shown: string[] = []
  child.stdout?.on('data', (chunk) => shown.push(String(chunk)))
  const first = output(child)
  call.release('paid for ')
  await first
  const end = finished(child)
  await c2a.stopDaemon('SIGKILL')

  // The same ask starts the next daemon and hears from it how the turn ended.
  const { code, stderr } = await end
  expect(code).toBe(7)
  expect(stderr).toContain('reconnecting')
  expect(shown.join('').trim()).toBe('paid for')
  const [session] = await clientOf(c2a).listSessions()
  expect(session?.live_turn_id).toBeNull()
  const messages = await clientOf(c2a).listMessages(session?.id ?? '')
  expect(messages.map(({ content, status }) => [content, status])).toEqual([
    ['hi', 'complete'],
    ['paid for ', 'interrupted'],
  ])
})

test('a stopping daemon lets an answer finish, and ask gets all of it', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url, env: { C2A_DRAIN_MS: '10000' } })
  const child = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  child.stdin?.end()
  const end = finished(child)
  const call = await upstream.waitFor('gate')
  const first = output(child)
  call.release('one ')
  await first
  const stopped = c2a.stopDaemon('SIGTERM')
  call.release('two')
  call.finish()
  expect(await end).toMatchObject({ code: 0, stdout: 'one two\n' })
  await stopped
  expect(c2a.daemon()).toBeUndefined()
})

test('another setting renews the daemon, but not while an answer runs', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'ok', 'hi'])
  const before = c2a.daemon()?.pid
  expect((await c2a.run(['ask', '-m', 'ok', 'hi'])).stderr).toBe('')
  expect(c2a.daemon()?.pid).toBe(before)

  const busy = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  busy.stdin?.end()
  const end = finished(busy)
  const call = await upstream.waitFor('gate')
  const env = { C2A_MODEL: 'echo' }
  const meanwhile = await c2a.run(['ask', '-m', 'ok', 'hi'], { env })
  expect(meanwhile).toMatchObject({ stdout: 'Hello, world.\n', code: 0 })
  expect(meanwhile.stderr).toContain('other settings')
  expect(c2a.daemon()?.pid).toBe(before)
  call.release('done')
  call.finish()
  expect((await end).code).toBe(0)

  const after = await c2a.run(['ask', 'which model am I asking?'], { env })
  expect(after).toMatchObject({ code: 0, stderr: '' })
  expect(c2a.daemon()?.pid).not.toBe(before)
  expect(upstream.requests.at(-1)?.model).toBe('echo')
})

test('a daemon of another build is renewed', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'ok', 'hi'])
  const before = c2a.daemon()
  // As if dist/ had been built anew since it was started.
  writeFileSync(join(c2a.home, 'daemon.json'), JSON.stringify({ ...before, build: 'older' }))
  expect(await c2a.run(['ask', '-m', 'ok', 'hi'])).toMatchObject({ code: 0, stderr: '' })
  expect(c2a.daemon()?.pid).not.toBe(before?.pid)
})

test('the personal daemon leaves when nobody uses it', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url, env: { C2A_IDLE_MINUTES: '0.02' } })
  await c2a.run(['ask', '-m', 'ok', 'hi'])
  const pid = c2a.daemon()?.pid ?? 0
  await vi.waitFor(() => expect(processStart(pid)).toBeUndefined(), { timeout: 10_000 })
  expect(c2a.daemon()).toBeUndefined()
})

test('a setting that no daemon would take is named at once, and starts none', async () => {
  const c2a = await createC2a({ env: { C2A_LEASE_MS: 'soon' } })
  const { code, stderr } = await c2a.run(['ask', '-m', 'ok', 'hi'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/^c2a: C2A_LEASE_MS: "soon" is not a whole number/)
  expect(existsSync(join(c2a.home, 'daemon.log'))).toBe(false)
})

test('a bad environment of one command does not end the daemon that works', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  await c2a.run(['ask', '-m', 'ok', 'hi'])
  const before = c2a.daemon()?.pid
  for (const env of [{ LITELLM_ENDPOINT: 'foo' }, { C2A_LISTEN: '0.0.0.0:3997' }]) {
    const { code, stderr } = await c2a.run(['ask', '-m', 'ok', 'hi'], { env })
    expect({ env, code }).toEqual({ env, code: 2 })
    expect(stderr).toContain(Object.keys(env)[0])
  }
  expect(await c2a.run(['ask', '-m', 'ok', 'hi'])).toMatchObject({ code: 0, stderr: '' })
  expect(c2a.daemon()?.pid).toBe(before)
})

test('a daemon that cannot start says why as a line of its log; the client passes it on and exits 3', async () => {
  const c2a = await createC2a()
  // Made by hand, and open to all: the daemon refuses it.
  writeFileSync(join(c2a.home, 'token'), 'c2a_x_y\n', { mode: 0o644 })
  for (const args of [
    ['ask', '-m', 'ok', 'hi'],
    ['sessions', 'list'],
  ]) {
    const { code, stderr } = await c2a.run(args)
    expect(code).toBe(3)
    expect(stderr).toContain('token can be read by others')
    expect(stderr).toContain('chmod 600')
    expect(stderr).toContain(join(c2a.home, 'daemon.log'))
  }
  const lines = readFileSync(join(c2a.home, 'daemon.log'), 'utf8').trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
    Array.from({ length: 2 }, () => 'the daemon could not start'),
  )
})

test('a database server that is not there is said within seconds', async () => {
  const c2a = await createC2a({ env: { C2A_DATABASE_URL: 'postgres://x@127.0.0.1:9/x' } })
  const since = performance.now()
  const { code, stderr } = await c2a.run(['ask', '-m', 'ok', 'hi'])
  expect(performance.now() - since).toBeLessThan(8_000)
  expect(code).toBe(3)
  expect(stderr).toMatch(/the database does not answer.*ECONNREFUSED/)
})

test.each([
  ['is a file', 'token/'],
  ['lies in a file', 'token/below'],
])('a home that %s is one sentence', async (_, below) => {
  const c2a = await createC2a()
  writeFileSync(join(c2a.home, 'token'), '')
  const env = { C2A_HOME: join(c2a.home, below).replace(/\/$/, '') }
  const { code, stderr } = await c2a.run(['ask', '-m', 'ok', 'hi'], { env })
  expect(code).toBe(2)
  expect(stderr).toMatch(/is a file.*\n.*C2A_HOME/)
  expect(stderr).not.toContain('    at ')
  const relative = await c2a.run(['daemon', 'run'], { env: { C2A_HOME: 'here' } })
  expect(relative).toMatchObject({ code: 2, stdout: '' })
  expect(relative.stderr).toContain('C2A_HOME must be an absolute path')
})

test('daemon run refuses an open address without TLS as wrong usage', async () => {
  const c2a = await createC2a()
  const run = await c2a.run(['daemon', 'run', '--listen', '0.0.0.0:3997'])
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('without TLS')
})

test('a home with a long path works: the socket lies elsewhere', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const home = join(c2a.home, 'long'.repeat(30))
  const run = await c2a.run(['ask', '-m', 'ok', 'hi'], { env: { C2A_HOME: home } })
  expect(run).toEqual({ stdout: 'Hello, world.\n', stderr: '', code: 0 })
  const file = JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8'))
  expect(file.socket.length).toBeLessThan(100)
  process.kill(file.pid, 'SIGTERM')
  await vi.waitFor(() => expect(processStart(file.pid)).toBeUndefined(), { timeout: 10_000 })
})
