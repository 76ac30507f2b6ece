import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binaries } from './binaries.js'
import { answersSignals, isAlive, isPostmasterOf } from './process.js'
import { spawnOptions } from './run.js'
import { openServerLog } from './server-log.js'
import { unavailable } from './unavailable.js'

/** The main process of a running server. */
export interface Postmaster {
  readonly pid: number
  readonly socketDir: string
  /** Only when this daemon started it. */
  readonly child?: ChildProcess
}

/** The server that runs on `dataDir` already, such as that of a daemon that was killed. */
export function findPostmaster(dataDir: string, defaultSocketDir: string): Postmaster | undefined {
  const { pid, socketDir } = readPidFile(dataDir)
  if (pid === undefined || !isPostmasterOf(pid, dataDir)) return undefined
  return { pid, socketDir: socketDir ?? defaultSocketDir }
}

/** Whether the server itself says that its socket is open. */
export function saysReady(dataDir: string): boolean {
  return readPidFile(dataDir).status === 'ready'
}

/**
 * Removes the lock files of a dead server whose number belongs to somebody else now (after a reboot,
 * in a container) or to its zombie: Postgres would believe them. All others it judges itself, better.
 */
export function clearStaleLocks(dataDir: string, socketDir: string): void {
  const { pid } = readPidFile(dataDir)
  if (pid === undefined || !answersSignals(pid) || isPostmasterOf(pid, dataDir)) return
  rmSync(join(dataDir, 'postmaster.pid'), { force: true })
  rmSync(join(socketDir, '.s.PGSQL.5432.lock'), { force: true })
}

/**
 * Starts a server in a session of its own, with its output in a file: neither the terminal's end nor
 * the daemon's takes it along, and it holds none of the daemon's pipes open.
 */
export async function startPostmaster(
  binaries: Binaries,
  args: readonly string[],
  socketDir: string,
  logFile: string,
): Promise<Postmaster> {
  const log = openServerLog(logFile)
  const child = spawn(join(binaries.binDir, 'postgres'), args, {
    ...spawnOptions(binaries),
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw unavailable(`${join(binaries.binDir, 'postgres')} could not be started`, error)
  }
  child.unref()
  return { pid: child.pid ?? 0, socketDir, child }
}

/** Resolves when the server is gone; rejects when `signal` is. Does not keep the daemon alive. */
export async function postmasterEnd(
  { pid, child }: Postmaster,
  signal: AbortSignal,
): Promise<void> {
  if (child === undefined) {
    while (isAlive(pid)) await sleep(1000, undefined, { signal, ref: false })
  } else if (child.exitCode === null && child.signalCode === null) {
    await once(child, 'exit', { signal })
  }
}

/**
 * Fast shutdown, and when that takes more than 30 s the immediate one, which loses nothing either
 * (the next start recovers from the log). Returns when the process is gone.
 */
export async function stopPostmaster({ pid }: Postmaster): Promise<void> {
  const steps = [
    ['SIGINT', 30_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ] as const
  for (const [signal, patience] of steps) {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    const deadline = performance.now() + patience
    while (isAlive(pid) && performance.now() < deadline) await sleep(10)
  }
}

interface PidFile {
  readonly pid?: number
  readonly socketDir?: string
  readonly status?: string
}

/** postmaster.pid: number, data directory, start, port, socket directory, address, memory key, status. */
function readPidFile(dataDir: string): PidFile {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
    const pid = Number(lines[0])
    return {
      ...(pid > 0 && { pid }),
      ...(lines[4] && { socketDir: lines[4] }),
      ...(lines[7] && { status: lines[7].trim() }),
    }
  } catch {
    return {} // No server, or one that writes the file just now and is found a moment later.
  }
}
