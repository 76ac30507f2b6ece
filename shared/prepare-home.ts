import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ProblemError } from './contract/problem.js'
import { type Home, homeFailure } from './home.js'

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
    throw refusedHome(
      `${directory} belongs to another user`,
      'Set C2A_HOME to a directory of your own.',
    )
  }
  if ((mode & 0o077) === 0) return
  const names = readdirSync(directory)
  const ours =
    names.some((name) => marks.includes(name)) || names.every((name) => before.test(name))
  if (!ours) {
    throw refusedHome(
      `${directory} is used by others`,
      'Choose a directory of its own for C2A_HOME.',
    )
  }
  // Made by mkdir -p before us, or opened since: tighten it rather than refuse it.
  chmodSync(directory, 0o700)
}

function isOwn(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

export function refusedHome(message: string, hint: string): ProblemError {
  return new ProblemError('forbidden', message, { hint, exit: 2 })
}
