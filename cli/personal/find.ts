import type { ChildProcess } from 'node:child_process'
import { closeSync, fstatSync, readFileSync, statfsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from '../../shared/build.js'
import { createClient } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { type DaemonFile, type Home, startFailed } from '../../shared/home.js'
import { checkDaemonSettings } from '../../shared/settings-check.js'
import { settingsHash } from '../../shared/settings-hash.js'
import type { ClientConfig } from '../config.js'
import { checkHome, openLog } from './own-home.js'
import { answers, readDaemonFile } from './presence.js'
import { watchUnreachable } from './unreachable.js'

/*
 * The user's own daemon: found by its daemon.json, started when there is none, renewed when its
 * settings or its build are not ours.
 */

/** The first start makes a database; a slow machine needs its time, ms. */
const startPatienceMs = 60_000
const pollMs = 10
/** A daemon that is just ending still holds the lock: knock again, ms. */
const respawnMs = 500

export function readToken(home: Home): string | undefined {
  try {
    return readFileSync(home.token, 'utf8').trim()
  } catch {
    return undefined
  }
}

/**
 * The socket of the user's own daemon, with our settings and of our build. Whether it answers shows
 * at the first request, for which `startDaemon` is the way back: a look before would cost every
 * command a connection.
 */
export async function findDaemon(
  config: ClientConfig,
  tell: (text: string) => void,
): Promise<string> {
  checkHome(config.home)
  const file = readDaemonFile(config.home)
  if (file === undefined) return startDaemon(config)
  const current = file.build === build && file.settings === settingsHash(config.env, config.file)
  if (current || !file.personal || !(await answers(file.socket))) return file.socket
  // What works is ended only for what can work.
  checkDaemonSettings(config.env, config.file)
  if (!(await stopIfIdle(config, file))) {
    const what = file.build === build ? 'other settings' : 'another build'
    tell(`the daemon runs with ${what}; it is renewed once its answers are finished`)
    return file.socket
  }
  return startDaemon(config, file)
}

async function stopIfIdle(config: ClientConfig, file: DaemonFile): Promise<boolean> {
  const token = readToken(config.home)
  const client = createClient({ target: { socketPath: file.socket }, token })
  try {
    await client.stopDaemon({ ifIdle: true })
    return true
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    // Gone in this very moment is as good as stopped.
    return error.code === 'daemon_unreachable'
  } finally {
    client.close()
  }
}

/**
 * Starts the daemon in the background and waits until one serves: ours, or that of a client who was
 * quicker. `leaving` is one that was asked to stop and may answer for a moment still. Throws
 * `daemon_unreachable` with the log's last error, or `invalid_request` where none could start.
 */
export async function startDaemon(config: ClientConfig, leaving?: DaemonFile): Promise<string> {
  const { home } = config
  checkDaemonSettings(config.env, config.file)
  checkHome(home)
  const logStart = logSize(home)
  const checkReachable = watchUnreachable(home)
  const deadline = performance.now() + startPatienceMs
  let child = await spawnDaemon(config)
  let spawnedAt = performance.now()
  while (performance.now() < deadline) {
    const file = readDaemonFile(home)
    const other = file !== undefined && file.started_at !== leaving?.started_at
    if (other && (await answers(file.socket))) return file.socket
    if (child.exitCode || child.signalCode) throw startFailure(home, logStart)
    // Another one held the lock: it is starting, or it is ending, or nobody will ever reach it.
    if (child.exitCode === 0 && performance.now() - spawnedAt > respawnMs) {
      await checkReachable()
      child = await spawnDaemon(config)
      spawnedAt = performance.now()
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  throw new ProblemError('daemon_unreachable', 'the daemon did not come up within a minute', {
    hint: `Its log is ${home.log}`,
  })
}

function logSize(home: Home): number {
  const log = openLog(home)
  const { size } = fstatSync(log)
  closeSync(log)
  return size
}

async function spawnDaemon({ home }: ClientConfig): Promise<ChildProcess> {
  // Most clients find a daemon that runs and need not wait for this.
  const { spawn } = await import('node:child_process')
  const log = openLog(home)
  const entry = fileURLToPath(new URL('./daemon.cjs', import.meta.url))
  const child = spawn(process.execPath, [entry, '--personal'], {
    detached: true,
    stdio: ['ignore', log, log],
    // Not the directory of the user's shell, which could not be unmounted then.
    cwd: home.directory,
  })
  child.unref()
  closeSync(log)
  return child
}

/** What the log says since `start`, where it had ended before. */
function startFailure(home: Home, start: number): ProblemError {
  const log = readFileSync(home.log)
  // A log that is shorter now was begun anew.
  const said = log.subarray(start > log.length ? 0 : start).toString('utf8')
  const why = said.split('\n').map(failureIn).findLast(Boolean) ?? wordless(home)
  return new ProblemError('daemon_unreachable', `the daemon did not start: ${why}`, {
    hint: `Its log is ${home.log}`,
  })
}

function wordless(home: Home): string {
  const full = statfsSync(home.directory).bavail === 0
  return full ? `the disk of ${home.directory} is full` : 'it ended without a word'
}

function failureIn(line: string): string | undefined {
  try {
    const entry = JSON.parse(line)
    return entry?.msg === startFailed ? String(entry.error) : undefined
  } catch {
    // The words of a tool.
    return undefined
  }
}
