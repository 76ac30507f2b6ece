import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../shared/contract/problem.js'
import { refusedHome } from '../shared/prepare-home.js'
import { Secret } from './secret.js'

/** A socket's path may have 107 bytes on Linux, 103 on macOS. */
const maxSocketPath = 103

/**
 * The token of the user `local`, made at the first start, or where a full disk left an empty file.
 * Refuses a file that others can read, as ssh does.
 */
export function readOrMakeToken(path: string): Secret {
  if (!existsSync(path) || statSync(path).size === 0) {
    const id = randomBytes(6).toString('hex')
    writeWhole(path, `c2a_${id}_${randomBytes(32).toString('hex')}\n`)
  }
  if (statSync(path).mode & 0o077) {
    throw refusedHome(`${path} can be read by others`, `Run: chmod 600 ${path}`)
  }
  const token = readFileSync(path, 'utf8').trim()
  // What a header can carry.
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token)
  throw refusedHome(`${path} does not hold a token`, 'Remove the file: a new one is made.')
}

/** The whole file or none, over a power cut and a full disk too. The daemon's lock keeps others away. */
function writeWhole(path: string, text: string): void {
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, text, { mode: 0o600, flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Who this daemon is, the same after every restart: its own turns of an earlier run are surely dead.
 * A database outside of the home has this name, so a damaged one is never replaced.
 */
export function readOrMakeInstance(directory: string): string {
  const path = join(directory, 'instance')
  if (!existsSync(path)) writeWhole(path, `${randomUUID()}\n`)
  const instance = readFileSync(path, 'utf8').trim()
  if (uuid.test(instance)) return instance
  throw new ProblemError('invalid_request', `${path} does not hold an id (a UUID)`, {
    hint: 'Write the old one back, or remove the file to begin anew.',
  })
}

export function socketPathTooLong(path: string): boolean {
  return Buffer.byteLength(path) > maxSocketPath
}
