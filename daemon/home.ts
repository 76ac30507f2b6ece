import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ProblemError } from '../shared/contract/problem.js'
import type { Home } from '../shared/home.js'
import { Secret } from './secret.js'

/** A socket's path may have 107 bytes on Linux, 103 on macOS. */
const maxSocketPath = 103

/** Makes the home (0700) or refuses one that others could tamper with. */
export function prepareHome(home: Home): void {
  mkdirSync(home.directory, { recursive: true, mode: 0o700 })
  mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(home.directory)
  if (process.getuid !== undefined && uid !== process.getuid()) {
    throw new ProblemError('forbidden', `${home.directory} belongs to another user`)
  }
  // A directory made by mkdir -p before us: tighten it rather than refuse it.
  if (mode & 0o077) chmodSync(home.directory, 0o700)
}

/** The token of the user `local`, made at the first start. Refuses a file that others can read, as ssh does. */
export function readOrMakeToken(path: string): Secret {
  if (!existsSync(path)) {
    const id = randomBytes(6).toString('hex')
    const token = `c2a_${id}_${randomBytes(32).toString('hex')}`
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
  }
  if (lstatSync(path).mode & 0o077) {
    throw new ProblemError('forbidden', `${path} can be read by others`, {
      hint: `Run: chmod 600 ${path}`,
    })
  }
  return new Secret(readFileSync(path, 'utf8').trim())
}

/** Who this daemon is, the same after every restart: its own turns of an earlier run are surely dead. */
export function readOrMakeInstance(home: Home): string {
  const path = join(home.directory, 'instance')
  if (!existsSync(path)) writeFileSync(path, `${randomUUID()}\n`, { mode: 0o600 })
  return readFileSync(path, 'utf8').trim()
}

export function socketPathTooLong(path: string): boolean {
  return Buffer.byteLength(path) > maxSocketPath
}
