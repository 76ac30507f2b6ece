import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished, TestRunner } from 'vitest'
import type { DaemonFile } from '../../shared/home.js'
import { processStart } from '../../shared/process-start.js'
import { createTestDatabase } from './database.js'

/*
 * The real `c2a` in a home of its own:
 *
 *   const upstream = await startUpstream({ litellm: true })
 *   const c2a = await createC2a({ gateway: upstream.url })
 *   const { stdout, stderr, code } = await c2a.run(['ask', '-m', 'ok', 'hi'])
 *
 * The first command that needs the daemon starts it, as it does for a user. After the test the
 * daemon is stopped and home and database are removed; made outside of a test (beforeAll), the
 * caller does so with `dispose`.
 */

const ready: { makeReady(): void } = createRequire(import.meta.url)('../../scripts/ready.cjs')

export const launcher = fileURLToPath(new URL('../../bin/c2a', import.meta.url))

/** Nothing listens there: a gateway that is away. */
export const nowhere = 'http://127.0.0.1:9'

export interface C2aOptions {
  /** The gateway's URL. Default `nowhere`. */
  gateway?: string
  /** More environment, for clients and daemon alike; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>
}

interface RunOptions {
  /** What is piped in. Default: no stdin at all (/dev/null). */
  stdin?: string | Buffer
  /** More environment for this command. A setting that the daemon reads renews the daemon. */
  env?: Record<string, string | undefined>
  /** Default: the home. */
  cwd?: string
  /** After this it is killed and `run` fails. Default 30 s. */
  timeoutMs?: number
}

export interface Finished {
  readonly stdout: string
  readonly stderr: string
  /** Null when a signal ended it. */
  readonly code: number | null
}

export interface C2a {
  /** C2A_HOME: config.json, token, c2a.sock, daemon.json, daemon.log. */
  readonly home: string
  /** The whole environment that commands get. */
  readonly env: Readonly<Record<string, string>>
  /** Runs a command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Finished>
  /** Starts a command with three pipes and leaves it to the test. */
  spawn(args: readonly string[], options?: Pick<RunOptions, 'env' | 'cwd'>): ChildProcess
  /** What the running daemon says of itself; undefined when there is none. */
  daemon(): DaemonFile | undefined
  /** Ends the daemon in order (or with SIGKILL, as a crash) and waits until it is gone. */
  stopDaemon(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Stops the daemon, removes home and database. Happens by itself after a test. */
  dispose(): Promise<void>
}

/** Makes a home with a fresh database (no managed Postgres) and the given gateway. Starts nothing. */
export async function createC2a(options: C2aOptions = {}): Promise<C2a> {
  // Not by the first command, whose stderr would say so.
  ready.makeReady()
  const database = await createTestDatabase()
  const home = mkdtempSync(join(tmpdir(), 'c2a-e2e-'))
  const env = mergeEnvironment(
    {
      PATH: process.env['PATH'],
      // Nothing of the tester's own settings or shell.
      HOME: home,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      C2A_HOME: home,
      C2A_DATABASE_URL: database.url,
      LITELLM_ENDPOINT: options.gateway ?? nowhere,
      C2A_DRAIN_MS: '200',
    },
    options.env,
  )

  const start = (args: readonly string[], run: RunOptions, stdin: 'pipe' | 'ignore') =>
    spawn(process.execPath, [launcher, ...args], {
      cwd: run.cwd ?? home,
      env: mergeEnvironment(env, run.env),
      stdio: [stdin, 'pipe', 'pipe'],
    })

  const stopDaemon: C2a['stopDaemon'] = async (signal = 'SIGTERM') => {
    const owner = readJson<{ pid: number; start: string }>(join(home, 'daemon.lock'))
    const alive = (): boolean => owner !== undefined && processStart(owner.pid) === owner.start
    if (owner === undefined || !alive()) return
    process.kill(owner.pid, signal)
    const deadline = performance.now() + 10_000
    while (alive()) {
      if (performance.now() > deadline) process.kill(owner.pid, 'SIGKILL')
      await sleep(5)
    }
  }

  let disposed: Promise<void> | undefined
  const disposeOnce = async (): Promise<void> => {
    await stopDaemon()
    await database.drop()
    rmSync(home, { recursive: true, force: true })
  }
  const dispose = (): Promise<void> => {
    disposed ??= disposeOnce()
    return disposed
  }
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(dispose)

  return {
    home,
    env,
    async run(args, run = {}) {
      const child = start(args, run, run.stdin === undefined ? 'ignore' : 'pipe')
      // A command that does not read its stdin is no failure of the test.
      child.stdin?.on('error', () => undefined).end(run.stdin)
      return finished(child, args, run.timeoutMs ?? 30_000)
    },
    spawn: (args, run = {}) => start(args, run, 'pipe'),
    daemon: () => readJson<DaemonFile>(join(home, 'daemon.json')),
    stopDaemon,
    dispose,
  }
}

/** Waits for a started command's end and gives what it printed from now on. */
export function finished(
  child: ChildProcess,
  args: readonly string[] = [],
  timeoutMs = 30_000,
): Promise<Finished> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8')
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      const said = `stdout:\n${text(out)}\nstderr:\n${text(err)}`
      reject(new Error(`c2a ${args.join(' ')} did not end in ${timeoutMs} ms\n${said}`))
    }, timeoutMs)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ stdout: text(out), stderr: text(err), code })
    })
  })
}

/** An environment with more in it; `undefined` takes a variable away. */
export function mergeEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const entries = Object.entries({ ...base, ...more })
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function readJson<Value>(path: string): Value | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Not there: no daemon.
    return undefined
  }
}
