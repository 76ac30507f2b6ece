import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../shared/client/client.js'
import type { DaemonFile } from '../shared/home.js'
import { prepareHome } from '../shared/prepare-home.js'
import { createTestDatabase, type TestDatabase } from '../test/support/database.js'
import { eventually } from '../test/support/eventually.js'
import { recordingLog } from '../test/support/recording-log.js'
import { temporaryDirectory } from '../test/support/scripts.js'
import { loadConfig } from './config.js'
import { serve } from './serve.js'

async function start(database: TestDatabase, env: Record<string, string> = {}) {
  const config = loadConfig(
    { personal: false },
    {
      C2A_HOME: temporaryDirectory(),
      C2A_DATABASE_URL: database.url,
      LITELLM_ENDPOINT: 'http://127.0.0.1:9',
      LITELLM_API_KEY: 'sk-canary-of-the-key',
      ...env,
    },
  )
  prepareHome(config.home)
  const log = recordingLog()
  const running = await serve({ config, env: {}, log, onShutDown: () => undefined })
  return { running, config, log }
}

const connections = async (database: TestDatabase): Promise<number> => {
  const { rows } = await database.pool.query(
    `SELECT FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  return rows.length
}

test('a daemon says where it is, keeps its files private, and leaves nothing behind', async () => {
  const database = await createTestDatabase()
  const { running, config, log } = await start(database, { C2A_LISTEN: '127.0.0.1:0' })
  const { home } = config
  const file: DaemonFile = JSON.parse(readFileSync(home.daemon, 'utf8'))
  expect(file).toMatchObject({ pid: process.pid, socket: home.socket, personal: false })
  expect(file.settings).toBe(config.settingsHash)
  // The database is another one's.
  expect(file).not.toHaveProperty('data_dir')
  for (const path of [home.token, home.socket, home.daemon]) {
    expect(statSync(path).mode & 0o777).toBe(0o600)
  }
  const token = readFileSync(home.token, 'utf8').trim()
  expect(token).toMatch(/^c2a_[a-z0-9]+_[a-z0-9]{40,}$/)
  for (const target of [{ socketPath: file.socket }, { url: `http://${file.listen}` }]) {
    const client = createClient({ target, token })
    expect(await client.ready()).toMatchObject({ ready: true, details: { live_turns: 0 } })
    client.close()
  }
  await running.stop()
  expect(existsSync(home.daemon)).toBe(false)
  expect(existsSync(home.socket)).toBe(false)
  await eventually(async () => expect(await connections(database)).toBe(0))
  const said = log.lines.join('\n')
  expect(said).not.toContain(token)
  expect(said).not.toContain('sk-canary')
})

test('readiness tells what a doctor needs, and neither password nor key', async () => {
  const database = await createTestDatabase()
  const { running, config } = await start(database, { C2A_MODEL: 'gpt' })
  const token = readFileSync(config.home.token, 'utf8').trim()
  const client = createClient({ target: { socketPath: config.home.socket }, token })
  const ready = await client.ready()
  const { newest = 0 } = ready.details?.database.schema ?? {}
  expect(newest).toBeGreaterThanOrEqual(5)
  expect(ready.details).toMatchObject({
    model: 'gpt',
    database: { ok: true, schema: { version: newest } },
    gateway: {
      has_key: true,
      reachable: false,
      problem_code: 'gateway_unreachable',
      hint: expect.stringContaining('gateway.url'),
    },
  })
  const { where } = ready.details?.database ?? {}
  expect(database.url).toContain(String(where?.split('/').at(-1)))
  expect(JSON.stringify(ready)).not.toMatch(/sk-canary|postgres(ql)?:/)
  // Who may only chat sees how it is, not where.
  const made = await client.createToken({ name: 'ann', scope: 'chat' })
  const target = { socketPath: config.home.socket }
  const ann = createClient({ target, token: made.token })
  const seen = await ann.ready()
  ann.close()
  expect(seen.details?.database).toEqual({ ...ready.details?.database, where: undefined })
  expect(JSON.stringify(seen)).not.toContain('"where"')
  // A dump of an older daemon's, restored under this one.
  await database.pool.query('DELETE FROM schema_migrations WHERE version = $1', [newest])
  const { rows } = await database.pool.query('SELECT max(version) AS before FROM schema_migrations')
  const [{ before }] = rows
  expect((await client.ready()).details?.database).toMatchObject({
    ok: true,
    schema: { version: before, newest },
  })
  client.close()
  await running.stop()
})

test('a start that fails late lets go of everything', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  const database = await createTestDatabase()
  await expect(start(database, { C2A_LISTEN: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('EADDRINUSE'),
  })
  await eventually(async () => expect(await connections(database)).toBe(0))
})

test('a home with a long path gets its socket in a private directory elsewhere', async () => {
  const database = await createTestDatabase()
  const home = join(temporaryDirectory(), 'x'.repeat(100))
  const { running } = await start(database, { C2A_HOME: home })
  const { socket }: DaemonFile = JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8'))
  expect(socket.startsWith(home)).toBe(false)
  expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700)
  await running.stop()
  expect(existsSync(join(socket, '..'))).toBe(false)
  expect(readdirSync(home).sort()).toEqual(['instance', 'token'])
})
