import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { processStart } from '../shared/process-start.js'

export interface HeldLock {
  release(): void
}

export interface RefusedLock {
  /** The process that has it, or is about to. */
  readonly heldBy: number
}

interface Owner {
  readonly pid: number
  /** Tells the owner from a later process of the same number. */
  readonly start: string
  /** Tells this lock from every other one, past or future. */
  readonly nonce: string
}

/**
 * Takes the lock file `path` for this process, or says who has it; never waits. The lock of a process
 * that is gone, or a zombie, is taken over. One of any number of contenders wins, wherever one of them
 * is killed: the file appears whole by link(2), and a dead owner's file may be replaced only by who
 * holds the lock on *that* replacement, a file named by the dead one's nonce and taken the same way.
 * Throws what the file system throws.
 */
export function acquireLock(path: string): HeldLock | RefusedLock {
  const own: Owner = {
    pid: process.pid,
    start: processStart(process.pid) ?? '',
    nonce: randomUUID(),
  }
  const draft = `${path}.new-${own.nonce}`
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600, flag: 'wx' })
  try {
    for (;;) {
      if (linked(draft, path)) return heldLock(path, own)
      const owner = readOwner(path)
      if (owner === undefined) continue
      if (processStart(owner.pid) === owner.start) return { heldBy: owner.pid }
      const right = acquireLock(`${path}.${owner.nonce}`)
      try {
        // Who had the right before may have used it already: then look again.
        if (readOwner(path)?.nonce !== owner.nonce) continue
        if ('heldBy' in right) return right
        renameSync(draft, path)
        return heldLock(path, own)
      } finally {
        if ('release' in right) right.release()
      }
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

function heldLock(path: string, own: Owner): HeldLock {
  return {
    release: () => {
      if (readOwner(path)?.nonce === own.nonce) rmSync(path, { force: true })
    },
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** `undefined` when the lock was released meanwhile. */
function readOwner(path: string): Owner | undefined {
  try {
    // What none of us wrote, as after a power cut that came before the file's content, has no owner.
    const broken = { pid: 0, start: 'before', nonce: `broken-${statSync(path).ino}` }
    return parseOwner(readFileSync(path, 'utf8')) ?? broken
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, start, nonce } = JSON.parse(text) ?? {}
    // The nonce becomes a part of a path.
    const named = typeof nonce === 'string' && /^[\w-]{1,100}$/.test(nonce)
    if (!named || !Number.isInteger(pid) || typeof start !== 'string') return undefined
    return { pid, start, nonce }
  } catch {
    return undefined
  }
}
