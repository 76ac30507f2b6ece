import { randomBytes, randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { ProblemError } from '../shared/contract/problem.js'
import { type Home, homeFailure } from '../shared/home.js'
import { Secret } from './secret.js'

/** A socket's path may have 107 bytes on Linux, 103 on macOS. */
const maxSocketPath = 103

/** What no other program has: a directory with one of them was made by us. */
const marks = ['token', 'instance']
/** What may be there before a daemon was: settings, a client's log, and what a volume brings. */
const before = /^(config\.json.*|daemon\..*|c2a\.sock|lost\+found)$/

/** Makes the home (0700) or refuses one that others could tamper with. Throws ProblemError. */
export function prepareHome(home: Home): void {
  try {
    mkdirSync(home.directory, { recursive: true, mode: 0o700 })
    mkdirSync(dirname(home.config), { recursive: true, mode: 0o700 })
    closeHome(home.directory)
  } catch (error) {
    throw homeFailure(error, home)
  }
}

function closeHome(directory: string): void {
  const { uid, mode } = statSync(directory)
  // A link is followed, but not one that somebody else could turn elsewhere.
  const link = lstatSync(directory).uid
  if (!isOwn(uid) || (!isOwn(link) && link !== 0)) {
    throw refused(
      `${directory} belongs to another user`,
      'Set C2A_HOME to a directory of your own.',
    )
  }
  if ((mode & 0o077) === 0) return
  const names = readdirSync(directory)
  const ours =
    names.some((name) => marks.includes(name)) || names.every((name) => before.test(name))
  if (!ours) {
    throw refused(`${directory} is used by others`, 'Choose a directory of its own for C2A_HOME.')
  }
  // Made by mkdir -p before us, or opened since: tighten it rather than refuse it.
  chmodSync(directory, 0o700)
}

function isOwn(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

function refused(message: string, hint: string): ProblemError {
  return new ProblemError('forbidden', message, { hint, exit: 2 })
}

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
    throw refused(`${path} can be read by others`, `Run: chmod 600 ${path}`)
  }
  const token = readFileSync(path, 'utf8').trim()
  // What a header can carry.
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token)
  throw refused(`${path} does not hold a token`, 'Remove the file: a new one is made.')
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
