import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import type { DaemonFile, Home } from '../../shared/home.js'
import { processStart } from '../../shared/process-start.js'

/* The signs that a daemon leaves in its home: daemon.json, its socket, its lock. */

/** The process that holds a home's lock. */
export interface Owner {
  readonly pid: number
  /** Tells it from a later process of the same number: what we signal is surely ours. */
  readonly start: string
}

export function readDaemonFile(home: Home): DaemonFile | undefined {
  try {
    const file: Partial<DaemonFile> | null = JSON.parse(readFileSync(home.daemon, 'utf8'))
    const whole = typeof file?.socket === 'string' && typeof file.pid === 'number'
    return whole ? (file as DaemonFile) : undefined
  } catch {
    // Not there, or being replaced: nobody to talk to yet.
    return undefined
  }
}

/** True when somebody accepts connections on the socket. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** The running daemon's process, also while it starts or does not answer. */
export function daemonOwner(home: Home): Owner | undefined {
  try {
    const owner: Partial<Owner> | null = JSON.parse(readFileSync(home.lock, 'utf8'))
    const { pid, start } = owner ?? {}
    if (typeof pid !== 'number' || typeof start !== 'string') return undefined
    return isAlive({ pid, start }) ? { pid, start } : undefined
  } catch {
    // No lock: no daemon.
    return undefined
  }
}

export function isAlive({ pid, start }: Owner): boolean {
  return start !== '' && processStart(pid) === start
}
