import { execFileSync } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync } from 'node:fs'

/**
 * When process `pid` started, as an opaque text that no other process of that number will repeat,
 * or `undefined` when there is no such process. A zombie counts as gone: where pid 1 does not reap,
 * a killed daemon stays one for good, and `kill(pid, 0)` would call it alive.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
}

/** Cheap enough to be asked a hundred times a second. */
export function isAlive(pid: number): boolean {
  return process.platform === 'linux' ? startFromProc(pid) !== undefined : answersSignals(pid)
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

function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is the program's name, which may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    // Ticks since the boot, hence the boot's own id with them.
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}:${fields[19]}`
  } catch {
    return undefined
  }
}

function startFromPs(pid: number): string | undefined {
  const [state = '', ...started] = ps(pid, 'stat=,lstart=').split(/\s+/)
  return state === '' || state.startsWith('Z') ? undefined : started.join(' ')
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
