import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { lorem } from '../fakes/upstream/script-table.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, type Finished, finished } from '../support/c2a.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { createHistory, expectHolds } from './support/check.js'
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js'
import { createRandom } from './support/random.js'
import { type Replica, startReplicas } from './support/replicas.js'

interface Asked {
  child: ChildProcess
  end: Promise<Finished>
}

function ask(c2a: C2a, args: readonly string[]): Asked {
  const child = c2a.spawn(['ask', ...args, 'hi'])
  child.stdin?.end()
  return { child, end: finished(child) }
}

/** What it prints next. */
async function output(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) throw new Error('it has pipes')
  return String((await once(stream, 'data'))[0])
}

async function gateway(): Promise<Upstream> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return upstream
}

interface Remote {
  database: TestDatabase
  upstream: Upstream
  daemon: Replica
  proxy: FaultProxy
  c2a: C2a
}

/** A daemon of somebody else's, on the far side of a bad network. */
async function remote(): Promise<Remote> {
  const database = await createTestDatabase()
  const upstream = await gateway()
  const { replicas, token } = await startReplicas({ count: 1, database, upstream })
  const [daemon] = replicas
  if (daemon === undefined) throw new Error('there is one')
  const proxy = await startFaultProxy({ to: { path: daemon.socketPath } })
  const c2a = await createC2a({ env: { C2A_URL: proxy.url, C2A_TOKEN: token } })
  return { database, upstream, daemon, proxy, c2a }
}

const statuses = async ({ pool }: TestDatabase): Promise<string[]> =>
  (await pool.query<{ status: string }>('SELECT status FROM turns')).rows.map((row) => row.status)

test('a daemon that is told to end interrupts the answer, and ask says so', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const { child, end } = ask(c2a, ['-m', 'gate'])
  const call = await upstream.waitFor('gate')
  const first = output(child.stdout)
  call.release('paid for')
  await first
  await c2a.stopDaemon('SIGTERM')
  expect(await end).toEqual({
    code: 7,
    stdout: 'paid for\n',
    stderr: expect.stringContaining('the daemon was ended in the middle of the answer'),
  })
  const shown = await c2a.run(['sessions', 'show', await newest(c2a)])
  expect(shown.stdout).toContain('paid for')
})

async function newest(c2a: C2a): Promise<string> {
  const { stdout } = await c2a.run(['sessions', 'list', '--json'])
  return JSON.parse(stdout)[0].id
}

test('a daemon that is killed before the first word leaves no answer, and ask says so', async () => {
  const upstream = await gateway()
  const c2a = await createC2a({ gateway: upstream.url })
  const { end } = ask(c2a, ['-m', 'gate'])
  await upstream.waitFor('gate')
  await c2a.stopDaemon('SIGKILL')
  const { code, stdout, stderr } = await end
  expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
  expect(stderr).toContain('reconnecting')
  // It started the next daemon, which does not ask again.
  expect(c2a.daemon()).toBeDefined()
  expect(upstream.hits('gate')).toBe(1)
})

test.each(['--raw', '--json'])(
  'an answer that ended while the network was away is printed whole (%s)',
  async (flag) => {
    const { database, upstream, proxy, c2a } = await remote()
    const { child, end } = ask(c2a, ['-m', 'gate', flag])
    const call = await upstream.waitFor('gate')
    if (flag === '--raw') {
      const first = output(child.stdout)
      call.release('one ')
      await first
    } else call.release('one ')
    const broke = output(child.stderr)
    await proxy.down()
    expect(await broke).toContain('reconnecting')
    call.release('two')
    call.finish()
    await eventually(async () => expect(await statuses(database)).toEqual(['complete']))
    await proxy.up()
    const { code, stdout } = await end
    expect(code).toBe(0)
    if (flag === '--raw') expect(stdout).toBe('one two\n')
    else expect(JSON.parse(stdout)).toMatchObject({ answer: 'one two', finish_reason: 'stop' })
    expect(upstream.hits('gate')).toBe(1)
    await expectHolds(createHistory(), { database, upstream })
  },
)

test('an answer of a remote daemon that is killed and comes back is what was saved, and incomplete', async () => {
  const { database, upstream, daemon, c2a } = await remote()
  const { child, end } = ask(c2a, ['-m', 'gate'])
  const call = await upstream.waitFor('gate')
  const first = output(child.stdout)
  call.release('paid for ')
  await first
  const broke = output(child.stderr)
  daemon.signal('SIGKILL')
  expect(await broke).toContain('reconnecting')
  await daemon.restart()
  expect(await end).toMatchObject({ code: 7, stdout: 'paid for \n' })
  expect(await statuses(database)).toEqual(['interrupted'])
  await expectHolds(createHistory(), { database, upstream })
})

test('an answer over a network that is cut again and again is printed once, and whole', async () => {
  const { database, upstream, proxy, c2a } = await remote()
  const random = createRandom()
  proxy.set(() => ({ down: { limitBytes: random.between(600, 2_000) } }))
  const { end } = ask(c2a, ['-m', 'slow-60'])
  const { code, stdout } = await end
  expect({ code, stdout, seed: random.seed }).toEqual({
    code: 0,
    stdout: `${lorem(60)}\n`,
    seed: random.seed,
  })
  expect(proxy.accepted).toBeGreaterThan(5)
  expect(upstream.hits('slow-60')).toBe(1)
  await expectHolds(createHistory(), { database, upstream }, `seed ${random.seed}`)
})
