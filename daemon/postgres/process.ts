import { execFileSync } from 'node:child_process'
import { readlinkSync, realpathSync } from 'node:fs'
import { processStart } from '../../shared/process-start.js'

/** Cheap enough to be asked a hundred times a second. */
export function isAlive(pid: number): boolean {
  return process.platform === 'linux' ? processStart(pid) !== undefined : answersSignals(pid)
}

/** What Postgres itself takes for "alive": true for a zombie and for any stranger of that number. */
export function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * Whether `pid` is the postmaster of `dataDir` and not a stranger that got its number. A postmaster's
 * working directory is its data directory; without /proc the command line must do.
 */
export function isPostmasterOf(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return ps(pid, 'command=').includes(dataDir)
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir)
  } catch {
    return false // Gone since, or of another user: not a postmaster that we may run.
  }
}

function ps(pid: number, columns: string): string {
  try {
    const args = ['-ww', '-o', columns, '-p', String(pid)]
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' }
    return execFileSync('ps', args, {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return '' // ps ends with 1 when there is no such process.
  }
}
