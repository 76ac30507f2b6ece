import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, TestRunner } from 'vitest'
import { type Client, createClient } from '../../../shared/client/client.js'
import type { Upstream } from '../../fakes/upstream/upstream.js'
import { mergeEnvironment } from '../../support/c2a.js'
import type { TestDatabase } from '../../support/database.js'
import { faultTimes } from './many.js'

/*
 * Real daemons on one database, each a process of its own to be killed, stopped and cut off:
 *
 *   const database = await createTestDatabase()
 *   const { replicas } = await startReplicas({ count: 2, database, upstream })
 *   replicas[0].signal('SIGKILL')
 *   await replicas[0].ended
 *   await replicas[0].restart()
 *
 * All of them take the same token, so that a client may go from one to the other. After the test
 * they are killed, stopped ones too, and their homes removed; made outside of a test (beforeAll),
 * the caller does so with `dispose`, before it drops the database.
 */

/** The daemon of dist/, as it is released. */
const releasedBundle = fileURLToPath(new URL('../../../dist/daemon.cjs', import.meta.url))

export interface ReplicasOptions {
  count: number
  database: TestDatabase
  upstream: Pick<Upstream, 'url'>
  /** The database's URL for the n-th replica, 0 being the first, such as one that leads through a proxy. Default: the database's own. */
  databaseUrl?: (index: number) => string
  /** The daemon's file. Default: that of dist/. */
  bundle?: string
  /** Default `faultTimes`, ms. */
  time?: Partial<typeof faultTimes>
  /** More environment for the n-th replica; `undefined` takes a variable away. */
  env?: (index: number) => Record<string, string | undefined>
}

export interface Replica {
  /** Tells this daemon's connections to Postgres, over all its restarts: their application_name. */
  readonly name: string
  /** C2A_HOME. */
  readonly home: string
  /** What names its turns, over all its restarts. */
  readonly instance: string
  /** Stays the same over restarts. */
  readonly socketPath: string
  /** Over the unix socket; good for every process that this replica will be. */
  readonly client: Client
  /** Of the process that was started last. */
  readonly pid: number
  /** The exit code of the process that was started last, once it has ended; null: a signal ended it. */
  readonly ended: Promise<number | null>
  /** False before the first start, and once the process has ended; a stopped one runs. */
  readonly isRunning: boolean
  /** All that this replica has logged, over all its restarts: JSON lines. */
  readonly logged: string
  /** Sends a signal to the process; nothing happens when it has ended. */
  signal(signal: NodeJS.Signals): void
  /** Starts a process in the same home, after a SIGKILL to the one before where it still lives. Resolves when it is ready. */
  restart(): Promise<void>
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
  /** Ends all its connections to Postgres from the server's side; resolves to how many there were. */
  cutDatabase(): Promise<number>
}

export interface Replicas {
  readonly replicas: readonly Replica[]
  /** The admin token that every replica takes. */
  readonly token: string
  /** Kills what still runs and removes the homes. Happens by itself after a test. */
  dispose(): Promise<void>
}

const token = 'c2a_faults_0123456789abcdef0123456789abcdef'

/** What still runs when the test run itself is broken off. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

let made = 0

/** Starts the daemons, all at once, in about 300 ms. Resolves when they are ready to serve. */
export async function startReplicas(options: ReplicasOptions): Promise<Replicas> {
  const replicas = Array.from({ length: options.count }, (_, index) =>
    createReplica(options, index),
  )
  let disposed: Promise<unknown> | undefined
  const dispose = async (): Promise<void> => {
    disposed ??= Promise.all(replicas.map((replica) => replica.dispose()))
    await disposed
  }
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(dispose)
  try {
    await Promise.all(replicas.map((replica) => replica.restart()))
  } catch (error) {
    await dispose()
    throw error
  }
  return { replicas, token, dispose }
}

function createReplica(
  options: ReplicasOptions,
  index: number,
): Replica & { dispose(): Promise<void> } {
  const { database } = options
  const home = mkdtempSync(join(tmpdir(), 'c2a-replica-'))
  const socketPath = join(home, 'c2a.sock')
  const name = `c2a-replica-${process.pid}-${++made}`
  const url = options.databaseUrl?.(index) ?? database.url
  const time = { ...faultTimes, ...options.time }
  const env = mergeEnvironment(
    {
      PATH: process.env['PATH'],
      HOME: home,
      C2A_HOME: home,
      // Without a host (`postgresql://user@/name?host=...`) it is no URL to WHATWG.
      C2A_DATABASE_URL: `${url}${url.includes('?') ? '&' : '?'}application_name=${name}`,
      C2A_ADMIN_TOKEN: token,
      LITELLM_ENDPOINT: options.upstream.url,
      C2A_LEASE_MS: String(time.leaseMs),
      C2A_SWEEP_MS: String(time.sweepMs),
      C2A_DRAIN_MS: String(time.drainMs),
      C2A_DATABASE_PATIENCE_MS: String(time.databasePatienceMs),
    },
    options.env?.(index),
  )
  const client = createClient({ target: { socketPath }, token })
  let child: ChildProcess | undefined
  let ended: Promise<number | null> = Promise.resolve(null)
  let logged = ''

  const launch = async (): Promise<void> => {
    const fresh = spawn(process.execPath, [options.bundle ?? releasedBundle, 'daemon', 'run'], {
      cwd: home,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const from = logged.length
    child = fresh
    running.add(fresh)
    ended = new Promise((resolve) => {
      fresh.once('exit', (code) => {
        running.delete(fresh)
        resolve(code)
      })
    })
    fresh.stderr.setEncoding('utf8')
    const ready = new Promise<void>((resolve) => {
      fresh.stderr.on('data', (text: string) => {
        logged += text
        if (logged.includes('the daemon is ready', from)) resolve()
      })
    })
    const gone = once(fresh, 'close').then(() => {
      throw new Error(`a daemon ended before it was ready:\n${logged.slice(from)}`)
    })
    // It ends some day, which is an error only before it is ready.
    gone.catch(() => undefined)
    await Promise.race([ready, gone])
  }

  const signal = (which: NodeJS.Signals): void => {
    child?.kill(which)
  }

  const kill = async (): Promise<void> => {
    signal('SIGKILL')
    await ended
  }

  return {
    name,
    home,
    socketPath,
    client,
    signal,
    get instance() {
      return readFileSync(join(home, 'instance'), 'utf8').trim()
    },
    get pid() {
      return child?.pid ?? 0
    },
    get ended() {
      return ended
    },
    get isRunning() {
      return child !== undefined && running.has(child)
    },
    get logged() {
      return logged
    },
    async restart() {
      await kill()
      await launch()
    },
    stop() {
      signal('SIGTERM')
      return ended
    },
    async cutDatabase() {
      const { rowCount } = await database.pool.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [name],
      )
      return rowCount ?? 0
    },
    async dispose() {
      client.close()
      await kill()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
