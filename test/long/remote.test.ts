import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, type C2aOptions, createC2a } from '../support/c2a.js'
import { makeCertificate } from '../support/certificate.js'
import { type Headless, runHeadless } from '../support/headless.js'
import { openTerminal } from '../support/terminal.js'
import { startWebProxy } from '../support/web-proxy.js'

interface Stage {
  upstream: Upstream
  c2a: C2a
  daemon: Headless
  /** A command on another machine: a home of its own, and of the daemon only its URL and a token. */
  away(args: readonly string[], env?: Record<string, string>): ReturnType<C2a['run']>
  /** What such a command gets. */
  env(): Record<string, string>
}

async function setStage(env: C2aOptions['env'] = {}): Promise<Stage> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({ gateway: upstream.url, env })
  const daemon = await runHeadless(c2a)
  const home = mkdtempSync(join(tmpdir(), 'c2a-away-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const environment = () => ({
    ...{ PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'xterm-256color' },
    ...{ C2A_HOME: home, C2A_URL: daemon.url, C2A_TOKEN: daemon.token },
  })
  return {
    upstream,
    c2a,
    daemon,
    env: environment,
    away: (args, more) => c2a.run(args, { cwd: home, env: { ...environment(), ...more } }),
  }
}

test('every command works against a daemon on another machine, over TCP', async () => {
  const { away, daemon } = await setStage()
  const said = async (...args: string[]): Promise<string> => {
    const { stdout, stderr, code } = await away(args)
    expect({ args, code, stderr }).toMatchObject({ args, code: 0 })
    return stdout
  }
  expect(await said('ask', '-m', 'ok', 'hi')).toBe('Hello, world.\n')
  expect(await said('ask', '-C', '-m', 'echo', 'more')).toBe('You said: more\n')
  expect(JSON.parse(await said('ask', '--json', '--plan', 'ok,echo', 'build')).answer).toContain(
    'You said',
  )
  expect(await said('models')).toContain('echo')
  const [session] = JSON.parse(await said('sessions', 'list', '--json'))
  await said('sessions', 'edit', session.id, '--title', 'From afar')
  expect(await said('sessions', 'show', session.id)).toContain('From afar')
  expect(await said('attach', session.id)).toContain('You said')
  await said('roles', 'create', 'reviewer', '-i', 'Be brief.')
  expect(await said('roles', 'list')).toContain('reviewer')
  expect(await said('roles', 'show', 'reviewer')).toContain('Be brief.')
  expect(await said('ask', '-r', 'reviewer', '-m', 'ok', 'hi')).toBe('Hello, world.\n')
  await said('roles', 'delete', 'reviewer', '--yes')
  await said('sessions', 'delete', session.id, '--yes')
  expect(await said('daemon', 'status')).toContain(daemon.url)
  const doctor = JSON.parse((await away(['doctor', '--json', '-m', 'ok'])).stdout)
  expect(doctor.ok).toBe(true)
  // Nothing was started here.
  expect((await away(['daemon', 'status', '--json'], { C2A_URL: '' })).code).toBe(3)
})

test('through a proxy that does TLS, with its authority; without it, a clear word and exit 3', async () => {
  const { away, daemon, env, c2a } = await setStage()
  const tls = makeCertificate('IP:127.0.0.1')
  const proxy = await startWebProxy({ to: daemon.url, tls })
  const trusted = { C2A_URL: proxy.url, NODE_EXTRA_CA_CERTS: tls.path }
  const asked = await away(['ask', '-m', 'ok', 'hi'], trusted)
  expect(asked).toEqual({ stdout: 'Hello, world.\n', stderr: '', code: 0 })
  expect(JSON.parse((await away(['doctor', '--json', '-m', 'ok'], trusted)).stdout).ok).toBe(true)

  const terminal = openTerminal(c2a, ['-n', '-m', 'ok'], { env: { ...env(), ...trusted } })
  await terminal.until((screen) => screen.includes('F1 help'))
  terminal.type('hi\r')
  await terminal.until((screen) => screen.includes('Hello, world.'))
  terminal.type('/quit\r')
  expect(await terminal.exit).toBe(0)

  const untrusted = await away(['ask', '-m', 'ok', 'hi'], { C2A_URL: proxy.url })
  expect(untrusted).toMatchObject({ stdout: '', code: 3 })
  expect(untrusted.stderr).toContain(
    `cannot talk to ${proxy.url} safely: its certificate is self-signed`,
  )
  expect(untrusted.stderr).toContain('NODE_EXTRA_CA_CERTS=/path/to/root.crt')
  const refused = openTerminal(c2a, ['-n'], { env: { ...env(), C2A_URL: proxy.url } })
  expect(await refused.exit).toBe(3)
  expect(refused.transcript()).toContain('cannot talk to https:')
  const { stdout } = await away(['doctor', '--json'], { C2A_URL: proxy.url })
  const check = JSON.parse(stdout).checks.find(({ id }: { id: string }) => id === 'daemon')
  expect(check).toMatchObject({
    status: 'fail',
    fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  })
})

test('a certificate for another name, TLS where there is none, and none where there is', async () => {
  const { away, daemon } = await setStage()
  const tls = makeCertificate('DNS:chat.example.com')
  const proxy = await startWebProxy({ to: daemon.url, tls })
  const ask = (url: string) =>
    away(['ask', '-m', 'ok', 'hi'], { C2A_URL: url, NODE_EXTRA_CA_CERTS: tls.path })
  const other = await ask(proxy.url)
  expect(other.code).toBe(3)
  expect(other.stderr).toContain('its certificate is for another name')
  const none = await ask(daemon.url.replace('http:', 'https:'))
  expect(none.code).toBe(3)
  expect(none.stderr).toContain('no TLS there')
  expect(none.stderr).toContain('use http://')
  const plain = await ask(proxy.url.replace('https:', 'http:'))
  expect(plain.code).toBe(3)
  expect(plain.stderr).toContain('no daemon answers at http://127.0.0.1')
})

test('heartbeats keep a silent answer open behind a proxy that cuts idle lines', async () => {
  const { away, daemon, upstream } = await setStage({ C2A_HEARTBEAT_MS: '100' })
  const proxy = await startWebProxy({ to: daemon.url, idleMs: 600 })
  const asking = away(['ask', '-m', 'gate+idle', 'hi'], { C2A_URL: proxy.url })
  const call = await upstream.waitFor('gate+idle')
  call.release('Begun')
  // Time enough to be cut twice and more.
  await expect.poll(() => proxy.beats, { timeout: 10_000 }).toBeGreaterThan(15)
  expect(proxy.cuts).toBe(0)
  call.release(' and ended.')
  call.finish()
  expect(await asking).toEqual({ stdout: 'Begun and ended.\n', stderr: '', code: 0 })
})

test('a proxy that cuts all the same costs nothing of the answer', async () => {
  const { away, daemon, upstream } = await setStage({ C2A_HEARTBEAT_MS: '60000' })
  const proxy = await startWebProxy({ to: daemon.url, idleMs: 300 })
  const asking = away(['ask', '-m', 'gate+cut', 'hi'], { C2A_URL: proxy.url })
  const call = await upstream.waitFor('gate+cut')
  call.release('Begun')
  await expect.poll(() => proxy.cuts, { timeout: 10_000 }).toBeGreaterThan(1)
  call.release(' and ended.')
  call.finish()
  const { stdout, stderr, code } = await asking
  expect({ stdout, code }).toEqual({ stdout: 'Begun and ended.\n', code: 0 })
  expect(stderr).toContain('the connection to the daemon broke; reconnecting')
})

test('behind a proxy that buffers, the answer comes whole at its end', async () => {
  const { away, daemon } = await setStage()
  const proxy = await startWebProxy({ to: daemon.url, buffers: true })
  const asked = await away(['ask', '-m', 'slow', 'hi'], { C2A_URL: proxy.url })
  expect(asked).toMatchObject({ stderr: '', code: 0 })
  expect(asked.stdout.split(' ').length).toBeGreaterThan(35)
})
