import { chmodSync, constants, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { ProblemError } from '../../shared/contract/problem.js'
import { type Home, homeFailure } from '../../shared/home.js'

/**
 * Refuses a home in which others could put a daemon or a log of theirs: they would get the token and
 * the prompts. One that is not there yet is made by us. Throws ProblemError `forbidden`.
 */
export function checkHome(home: Home): void {
  if (process.getuid === undefined) return
  try {
    checkDirectory(home.directory, process.getuid())
  } catch (error) {
    throw homeFailure(error, home)
  }
}

function checkDirectory(directory: string, us: number): void {
  const found = statSync(directory, { throwIfNoEntry: false })
  if (!found?.isDirectory()) return
  if (found.uid !== us) {
    throw refusal(
      `${directory} belongs to another user`,
      'Set C2A_HOME to a directory of your own.',
    )
  }
  if ((found.mode & 0o022) === 0) return
  if (readdirSync(directory).length > 0) {
    throw refusal(
      `others can write to ${directory}`,
      `If it is yours alone: chmod 700 ${directory}. If not, set C2A_HOME to a directory of its own.`,
    )
  }
  // Fresh from a mkdir whose umask lets a group write.
  chmodSync(directory, 0o700)
}

function refusal(message: string, hint: string): ProblemError {
  return new ProblemError('forbidden', message, { hint, exit: 2 })
}

/** Opens the log to append, in a home that is made if need be. Throws ProblemError. */
export function openLog(home: Home): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  try {
    mkdirSync(home.directory, { recursive: true, mode: 0o700 })
    // Windows knows no O_NOFOLLOW.
    return openSync(home.log, O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600)
  } catch (error) {
    throw homeFailure(error, home)
  }
}
