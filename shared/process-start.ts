import { readFileSync } from 'node:fs'

/**
 * When process `pid` started, as a text that no other process of that number repeats, or undefined
 * when there is none. A zombie counts as gone: where pid 1 does not reap, a killed daemon stays one
 * for good, and `kill(pid, 0)` would call it alive.
 */
export function processStart(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid)
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
  try {
    // Only where it is needed: a client's start is short.
    const { execFileSync } = process.getBuiltinModule('node:child_process')
    const text = execFileSync('ps', ['-ww', '-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [state = '', ...started] = text.trim().split(/\s+/)
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ')
  } catch {
    // ps ends with 1 when there is no such process.
    return undefined
  }
}
