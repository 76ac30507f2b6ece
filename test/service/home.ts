import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { type Client, createClient } from '../../shared/client/client.js'
import { type DaemonFile, homeOf } from '../../shared/home.js'
import { processStart } from '../../shared/process-start.js'
import { type Finished, finished, launcher } from '../support/c2a.js'

/** `c2a` as a user has it: a home of its own, the daemon that it starts, and the database that this one manages. */
export interface Home {
  /** The directory, and the whole environment that commands get: for `openTerminal`. */
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  run(args: readonly string[], options?: AskOptions): Promise<Finished>
  start(args: readonly string[], options?: AskOptions): Started
  /** A client to the daemon that runs now. */
  client(): Client
  /** kill -9, as a crash. */
  crash(): Promise<void>
  /** All that commands have printed and the daemon has put into its home: the place to look for leaks. */
  written(): string
  dispose(): Promise<void>
}

interface AskOptions {
  stdin?: string
  env?: Record<string, string>
}

interface Started {
  readonly child: ChildProcess
  readonly end: Promise<Finished>
  /** Resolves when stdout has become this. */
  shows(text: string): Promise<void>
  /** Resolves when there is something on stdout. */
  writes(): Promise<void>
}

/** Where the database of root's daemon is: its own user may not enter the home. */
const rootsDatabases = '/var/lib/chat2anyllm'

export function createHome(settings: Record<string, string>): Home {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-service-'))
  const home = homeOf({ C2A_HOME: directory })
  const printed: string[] = []
  const clients: Client[] = []

  // Nothing of the tester's own settings.
  const base = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    LANG: 'C.UTF-8',
    C2A_HOME: directory,
    C2A_DRAIN_MS: '200',
    ...settings,
  }
  const start: Home['start'] = (args, { stdin, env } = {}) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: directory,
      env: { ...base, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    })
    child.stdin?.on('error', () => undefined).end(stdin)
    let stdout = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    const end = finished(child, args, 120_000).then((result) => {
      printed.push(result.stdout, result.stderr)
      return result
    })
    const until = async (holds: () => boolean): Promise<void> => {
      const shown = vi.waitFor(
        () => {
          if (!holds()) throw new Error(`stdout is ${JSON.stringify(stdout)}`)
        },
        { timeout: 30_000, interval: 5 },
      )
      // One that ended without it never will.
      const ended = end.then(({ stderr, code }) => {
        if (!holds()) throw new Error(`it ended (${code}) at "${stdout}": ${stderr}`)
      })
      await Promise.race([shown, ended])
    }
    return {
      child,
      end,
      shows: (text) => until(() => stdout === text),
      writes: () => until(() => stdout !== ''),
    }
  }

  const daemon = (): DaemonFile | undefined =>
    existsSync(home.daemon) ? JSON.parse(readFileSync(home.daemon, 'utf8')) : undefined

  const endDaemon = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const pid = daemon()?.pid
    if (pid === undefined || processStart(pid) === undefined) return
    process.kill(pid, signal)
    await vi.waitFor(
      () => {
        if (processStart(pid) !== undefined) throw new Error(`daemon ${pid} does not end`)
      },
      { timeout: 20_000, interval: 5 },
    )
  }

  /** The home's own, and root's, which has the home's id as its name. */
  const databases = (): string[] => {
    const id = join(directory, 'instance')
    if (!existsSync(id)) return [directory]
    return [directory, join(rootsDatabases, readFileSync(id, 'utf8').trim())]
  }

  return {
    home: directory,
    env: base,
    start,
    run: (args, options) => start(args, options).end,
    client() {
      const target = { socketPath: daemon()?.socket ?? '' }
      const client = createClient({ target, token: readFileSync(home.token, 'utf8').trim() })
      clients.push(client)
      return client
    },
    crash: () => endDaemon('SIGKILL'),
    written() {
      const files = readdirSync(directory, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(directory, entry.name), 'utf8'))
      return [...printed, ...files].join('\n')
    },
    async dispose() {
      for (const client of clients) client.close()
      await endDaemon('SIGTERM')
      for (const database of databases()) {
        await endPostgres(join(database, 'pg'))
        rmSync(database, { recursive: true, force: true })
      }
    },
  }
}

/** A daemon that crashed last has left its database running. */
async function endPostgres(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10)
  if (processStart(pid) === undefined) return
  process.kill(pid, 'SIGQUIT')
  await vi.waitFor(
    () => {
      if (processStart(pid) !== undefined) throw new Error(`Postgres ${pid} does not end`)
    },
    { timeout: 20_000, interval: 5 },
  )
}
