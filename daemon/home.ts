import { randomBytes, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ProblemError } from '../shared/contract/problem.js'
import { type Home, homeFailure } from '../shared/home.js'
import { Secret } from './secret.js'

/** A socket's path may have 107 bytes on Linux, 103 on macOS. */
const maxSocketPath = 103

/** Makes the home (0700) or refuses one that others could tamper with. Throws ProblemError. */
export function prepareHome(home: Home): void {
  try {
    mkdirSync(home.directory, { recursive: true, mode: 0o700 })
    mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 })
    const { uid, mode } = lstatSync(home.directory)
    if (process.getuid !== undefined && uid !== process.getuid()) {
      throw new ProblemError('forbidden', `${home.directory} belongs to another user`, {
        hint: 'Set C2A_HOME to a directory of your own.',
        exit: 2,
      })
    }
    // A directory made by mkdir -p before us: tighten it rather than refuse it.
    if (mode & 0o077) chmodSync(home.directory, 0o700)
  } catch (error) {
    throw homeFailure(error, home)
  }
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
      exit: 2,
    })
  }
  return new Secret(readFileSync(path, 'utf8').trim())
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Who this daemon is, the same after every restart: its own turns of an earlier run are surely dead.
 * A database outside of the home has this name, so a damaged one is never replaced.
 */
export function readOrMakeInstance(directory: string): string {
  const path = join(directory, 'instance')
  if (!existsSync(path)) {
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, `${randomUUID()}\n`, { mode: 0o600, flush: true })
    renameSync(draft, path)
  }
  const instance = readFileSync(path, 'utf8').trim()
  if (uuid.test(instance)) return instance
  throw new ProblemError('invalid_request', `${path} does not hold an id (a UUID)`, {
    hint: 'Write the old one back, or remove the file to begin anew.',
  })
}

export function socketPathTooLong(path: string): boolean {
  return Buffer.byteLength(path) > maxSocketPath
}
