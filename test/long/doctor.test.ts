import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request as askFor, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type UpstreamOptions } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, type Finished, finished } from '../support/c2a.js'
import { eventually } from '../support/eventually.js'
import { openTerminal } from '../support/terminal.js'

interface Report {
  ok: boolean
  checks: { id: string; status: string; title: string; detail: string; fix?: string }[]
}

const key = 'sk-a-key-that-nobody-may-see'
const order = [
  'node',
  'home',
  'settings',
  'terminal',
  'daemon',
  'database',
  'gateway',
  'models',
  'answer',
]

async function startGateway(options: UpstreamOptions = {}) {
  const upstream = await startUpstream({
    litellm: true,
    models: ['ok', 'hang', 'gpt-4o'],
    ...options,
  })
  onTestFinished(() => upstream.close())
  return upstream
}

/** The JSON of a run, which has every check in its order and an exit code that fits. */
function reportOf({ stdout, stderr, code }: Finished): Report {
  expect(stderr).toBe('')
  const report: Report = JSON.parse(stdout)
  expect(report.checks.map(({ id }) => id)).toEqual(order)
  const failed = report.checks.filter(({ status }) => status === 'fail')
  expect({ ok: report.ok, code }).toEqual({ ok: failed.length === 0, code: Number(!report.ok) })
  for (const { status, fix } of report.checks) {
    expect(fix !== undefined).toBe(status === 'fail' || status === 'warn')
  }
  return report
}

const examine = async (c2a: C2a, args: string[] = [], env = {}): Promise<Report> =>
  reportOf(await c2a.run(['doctor', '--json', ...args], { env }))

function find(report: Report, id: string) {
  return report.checks.find((check) => check.id === id) ?? expect.fail(`no check ${id}`)
}

const statuses = ({ checks }: Report) =>
  Object.fromEntries(checks.map(({ id, status }) => [id, status]))

const well = Object.fromEntries(order.map((id) => [id, 'ok']))

test('all is well: a line a check, the same as JSON, and nothing is left behind', async () => {
  const upstream = await startGateway({ key })
  const c2a = await createC2a({ gateway: upstream.url, env: { LITELLM_API_KEY: key } })
  const text = await c2a.run(['doctor'])
  expect(text).toMatchObject({ code: 0, stderr: '' })
  const lines = text.stdout.trimEnd().split('\n')
  expect(lines.map((line) => line.slice(0, 6))).toEqual(order.map(() => 'ok    '))
  expect(lines[4]).toContain('Daemon    was started, pid')
  expect(lines[5]).toMatch(
    /Database {2}Postgres \d+.*, a server of yours, .*; schema \d+, up to date$/,
  )
  expect(lines[6]).toContain(`${upstream.url}, LiteLLM 1.106.2, key accepted, 3 models`)
  expect(lines[7]).toContain("none is set as default: ok, the gateway's first")
  expect(lines[8]).toMatch(
    /ok answers: first token after [\d.]+ s, [\d.]+ s in all, \d+ \+ \d+ tokens/,
  )
  expect(text.stdout).not.toMatch(/\x1b/)

  const report = await examine(c2a)
  expect(statuses(report)).toEqual(well)
  expect(find(report, 'daemon').detail).toMatch(/^runs, pid/)
  expect(`${text.stdout}${JSON.stringify(report)}`).not.toContain(key)
  expect((await c2a.run(['sessions', 'list', '--json'])).stdout).toBe('[]\n')
})

test('on a terminal it has marks and colours, asks what the terminal can do, and ends in one line', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const terminal = openTerminal(c2a, ['doctor', '--no-model'], { columns: 100 })
  expect(await terminal.exit).toBe(0)
  expect(terminal.screen()).toMatch(/^✓ ok {4}Node {6}v/)
  expect(terminal.screen()).toMatch(/✓ ok {4}Terminal {2}TERM xterm-256color, 100x24, 256 colours/)
  expect(terminal.screen()).toMatch(/· skip {2}Answer {4}not checked: --no-model\nall is well$/)
  expect(terminal.raw()).toContain('\x1b[?2026$p')
  expect(terminal.raw()).toMatch(/\x1b\[38;5;114m✓ ok/)

  const small = openTerminal(c2a, ['doctor', '--no-model'], {
    ...{ columns: 38, rows: 60 },
    env: { NO_COLOR: '1', LANG: 'de_DE.ISO-8859-1' },
  })
  expect(await small.exit).toBe(0)
  expect(small.screen().replace(/\n +/g, ' ')).toMatch(/! warn {2}Terminal {2}38x60 is too small/)
  expect(small.screen()).toMatch(/^\+ ok/)
  expect(small.screen()).toMatch(/nothing failed, 1 warning$/)
  expect(small.raw()).not.toContain('\x1b[38;5;')
})

test('a refused key fails the gateway, with the way out and without the key', async () => {
  const upstream = await startGateway({ key: 'sk-another' })
  const c2a = await createC2a({ gateway: upstream.url, env: { LITELLM_API_KEY: key } })
  const report = await examine(c2a)
  expect(statuses(report)).toEqual({ ...well, gateway: 'fail', models: 'skip', answer: 'skip' })
  expect(find(report, 'gateway').fix).toContain('c2a config set gateway.key')
  expect(JSON.stringify(report)).not.toContain(key)
  expect(upstream.hits('ok')).toBe(0)
})

test('without a gateway that fails, and the demo shows that the rest works', async () => {
  const c2a = await createC2a()
  const report = await examine(c2a)
  expect(statuses(report)).toEqual({ ...well, gateway: 'fail', models: 'warn', answer: 'warn' })
  expect(find(report, 'gateway').fix).toContain('c2a config set gateway.url URL')
  expect(find(report, 'answer').detail).toContain('offline/demo answers')
  // What is wanted is not the demo.
  const wanted = await examine(c2a, ['-m', 'gpt'])
  expect(statuses(wanted)).toEqual({ ...well, gateway: 'fail', models: 'warn', answer: 'skip' })
})

test('a model that hangs fails in time and is left alone then, and -m takes another', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url, env: { C2A_MODEL: 'hang' } })
  const report = await examine(c2a, ['--timeout', '1'])
  expect(statuses(report)).toEqual({ ...well, answer: 'fail' })
  expect(find(report, 'answer')).toMatchObject({
    detail: 'hang: no answer began within 1.0 s',
    fix: expect.stringContaining('--timeout 4'),
  })
  const asked = await upstream.waitFor('hang')
  expect(await asked.ended).toBe('aborted')
  expect((await c2a.run(['sessions', 'list', '--json'])).stdout).toBe('[]\n')
  expect(statuses(await examine(c2a, ['-m', 'gpt-4o', '--no-model']))).toMatchObject({
    answer: 'skip',
  })
  const other = await examine(c2a, ['-m', 'ok'])
  expect(find(other, 'models').detail).toBe('ok is asked for with -m, and is listed')
  expect(statuses(other)).toEqual(well)
})

test('Ctrl+C takes the question back', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const child = c2a.spawn(['doctor', '-m', 'hang'])
  const ended = finished(child)
  const asked = await upstream.waitFor('hang')
  child.kill('SIGINT')
  expect((await ended).code).toBe(130)
  expect(await asked.ended).toBe('aborted')
})

test('a daemon that hangs fails in time', async () => {
  const c2a = await createC2a()
  await c2a.run(['daemon', 'start'])
  const pid = c2a.daemon()?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  const report = await examine(c2a)
  process.kill(pid, 'SIGCONT')
  expect(find(report, 'daemon')).toMatchObject({
    status: 'fail',
    detail: `the daemon (pid ${pid}) runs but says nothing`,
    fix: 'c2a daemon restart --now',
  })
})

test('a gateway that hangs fails in time', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  onTestFinished(() => {
    silent.closeAllConnections()
    silent.close()
  })
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as AddressInfo
  const env = { C2A_CATALOGUE_TIMEOUT_MS: '300' }
  const c2a = await createC2a({ gateway: `http://127.0.0.1:${port}`, env })
  const report = await examine(c2a)
  expect(statuses(report)).toMatchObject({ database: 'ok', gateway: 'fail' })
  expect(find(report, 'gateway').detail).toContain('no answer in time')
})

test('a gateway that hangs is not waited for by each check anew', async () => {
  const open = new Set<string>()
  const silent = createServer((request, response) => {
    open.add(request.url ?? '')
    response.once('close', () => open.delete(request.url ?? ''))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    silent.closeAllConnections()
    silent.close()
  })
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as AddressInfo
  // Longer than anybody would wait for.
  const env = { C2A_CATALOGUE_TIMEOUT_MS: '600000' }
  const c2a = await createC2a({ gateway: `http://127.0.0.1:${port}`, env })
  const report = await examine(c2a)
  expect(statuses(report)).toEqual({ ...well, gateway: 'fail', models: 'warn', answer: 'warn' })
  expect(find(report, 'answer').detail).toContain('offline/demo answers')
  expect([...open], 'the list is still asked for').toEqual(['/v1/model/info'])
})

test('a gateway that is alive and does not list its models is a warning, and is asked', async () => {
  const upstream = await startGateway()
  const behind = new URL(upstream.url)
  const slow = createServer((request, response) => {
    if (/model/.test(request.url ?? '')) return
    const { method, url: path, headers } = request
    const to = { host: behind.hostname, port: behind.port, method, path, headers }
    const call = askFor(to, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(call)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => {
    slow.closeAllConnections()
    slow.close()
  })
  await new Promise((resolve) => slow.once('listening', resolve))
  const { port } = slow.address() as AddressInfo
  const env = { C2A_CATALOGUE_TIMEOUT_MS: '500', C2A_MODEL: 'ok' }
  const c2a = await createC2a({ gateway: `http://127.0.0.1:${port}`, env })
  const report = await examine(c2a)
  expect(statuses(report)).toEqual({ ...well, gateway: 'warn', models: 'warn' })
  expect(find(report, 'gateway').fix).toContain('time.catalogue_timeout_ms')
  expect(find(report, 'models').detail).toContain('ok is the default')
  const status = await c2a.run(['daemon', 'status'])
  expect(status.stdout).toContain('slow to list its models')
})

test('a default that the gateway does not list is a warning with the nearest name', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url, env: { C2A_MODEL: 'gtp-4o' } })
  const report = await examine(c2a, ['--no-model'])
  expect(find(report, 'models')).toMatchObject({
    status: 'warn',
    fix: expect.stringMatching(/^Did you mean gpt-4o\?/),
  })
})

test('what others could read is told with the command that closes it', async () => {
  const c2a = await createC2a()
  await c2a.run(['daemon', 'start'])
  const token = join(c2a.home, 'token')
  chmodSync(token, 0o644)
  chmodSync(c2a.home, 0o755)
  const home = find(await examine(c2a, ['--no-model']), 'home')
  expect(home).toMatchObject({ status: 'fail', fix: `chmod 600 ${token}\nchmod 700 ${c2a.home}` })
  // It tells, and changes nothing.
  expect(statSync(token).mode & 0o777).toBe(0o644)
  chmodSync(token, 0o600)
  chmodSync(c2a.home, 0o700)
  expect(find(await examine(c2a, ['--no-model']), 'home').status).toBe('ok')
})

test('settings that are bad, stray, set twice, or no JSON at all', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const config = join(c2a.home, 'config.json')
  const write = (text: string): void => writeFileSync(config, text, { mode: 0o600 })

  write(JSON.stringify({ gateway: { url: 'http://127.0.0.1:4000', kye: key } }))
  const stray = await examine(c2a)
  expect(statuses(stray)).toEqual({ ...well, settings: 'warn' })
  expect(find(stray, 'settings').detail).toMatch(/"gateway\.kye".*LITELLM_ENDPOINT \(.*wins over/)
  expect(find(stray, 'settings').fix).toContain('Did you mean gateway.key?')

  write(JSON.stringify({ time: { lease_ms: 5 } }))
  const bad = await examine(c2a)
  expect(find(bad, 'settings')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('time.lease_ms in config.json: "5" is not'),
    fix: 'c2a config unset time.lease_ms',
  })
  expect(statuses(bad)).toMatchObject({ daemon: 'skip', answer: 'skip' })

  write(`{"gateway": {"key": "${key}"`)
  const broken = await examine(c2a)
  expect(find(broken, 'settings').detail).toContain('is not valid JSON')
  expect(statuses(broken)).toMatchObject({ node: 'ok', home: 'ok', daemon: 'skip' })

  const nowhere = await examine(c2a, [], { C2A_HOME: 'here' })
  expect(find(nowhere, 'home').detail).toContain('must be an absolute path')
  expect(JSON.stringify([stray, bad, broken, nowhere])).not.toContain(key)
})

test('a database that is not there is told by the daemon that does not start', async () => {
  const c2a = await createC2a()
  const report = await examine(c2a, [], {
    C2A_DATABASE_URL: 'postgresql://ann:hunter2hunter2@127.0.0.1:9/c2a',
  })
  expect(statuses(report)).toMatchObject({ daemon: 'fail', database: 'skip', answer: 'skip' })
  expect(find(report, 'daemon').detail).toContain('the database does not answer')
  expect(JSON.stringify(report)).not.toContain('hunter2')
})

test('a remote daemon: well, with a wrong token, without one, and not there', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url, env: { C2A_LISTEN: '127.0.0.1:0' } })
  await c2a.run(['daemon', 'start'])
  const url = `http://${c2a.daemon()?.listen}`
  const token = readFileSync(join(c2a.home, 'token'), 'utf8').trim()
  const remote = await examine(c2a, [], { C2A_URL: url, C2A_TOKEN: token })
  expect(statuses(remote)).toEqual(well)
  expect(find(remote, 'daemon').detail).toContain(`the remote one at ${url}, version`)
  expect(JSON.stringify(remote)).not.toContain(token)

  for (const wrong of ['c2a_wrong_token', undefined]) {
    const report = await examine(c2a, [], { C2A_URL: url, C2A_TOKEN: wrong })
    expect(find(report, 'daemon')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('does not take our token'),
      fix: expect.stringContaining('c2a config set token'),
    })
    expect(statuses(report)).toMatchObject({ database: 'skip', gateway: 'skip', answer: 'skip' })
  }

  // What is wrong there is mended there.
  upstream.configure({ key })
  await eventually(async () => {
    const refused = await examine(c2a, ['--no-model'], { C2A_URL: url, C2A_TOKEN: token })
    expect(find(refused, 'gateway').fix).toMatch(/^Where the daemon runs: .*gateway\.key/)
  })
  const none = await examine(c2a, [], { C2A_URL: 'nonsense' })
  expect(statuses(none)).toMatchObject({ settings: 'fail', daemon: 'skip', answer: 'skip' })

  const away = await examine(c2a, [], { C2A_URL: 'http://ann:pass@127.0.0.1:9' })
  expect(find(away, 'daemon')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('no daemon answers at http://[secret]@127.0.0.1:9'),
  })
})

test('a daemon with other settings that must not be renewed is a warning', async () => {
  const upstream = await startGateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const answering = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  answering.stdin?.end()
  await upstream.waitFor('gate')
  const report = await examine(c2a, ['--no-model'], { C2A_IDLE_MINUTES: '7' })
  expect(find(report, 'daemon')).toMatchObject({
    status: 'warn',
    detail: expect.stringContaining('with other settings'),
  })
  answering.kill()
})

test('usage that is wrong is exit code 2, as everywhere', async () => {
  const c2a = await createC2a()
  expect(await c2a.run(['doctor', '--timeout', 'soon'])).toMatchObject({ code: 2, stdout: '' })
})
