import { createHash } from 'node:crypto'
import { chownSync, lstatSync, mkdirSync, rmdirSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { type Account, canEnter } from './account.js'
import type { Places } from './places.js'
import { unavailable } from './unavailable.js'

// sun_path holds 104 bytes on macOS and 108 on Linux, and what is longer is cut without a word.
const maxSocketPath = 100

/** Whether the socket that Postgres makes in `directory` has a path that the system can take. */
export function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(join(directory, '.s.PGSQL.5432')) <= maxSocketPath
}

/**
 * The data directory itself, which nobody else can enter; where its path is too long for a socket, a
 * private directory under the runtime or temporary one.
 */
export function chooseSocketDirectory(
  { dataDir, account }: Places,
  env: NodeJS.ProcessEnv,
): string {
  if (fitsSocket(dataDir)) return dataDir
  const owner = account?.uid ?? process.getuid?.() ?? 0
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const name = `c2a-${owner}-${hash}`
  const directory = [env['XDG_RUNTIME_DIR'], env['TMPDIR'], '/tmp']
    .filter((base) => base !== undefined && isAbsolute(base) && isEnterable(base, account))
    .map((base) => join(base ?? '/', name))
    .find(fitsSocket)
  if (directory === undefined)
    throw unavailable(`${dataDir} is too long for a socket: use a shorter C2A_HOME`)
  makePrivate(directory, owner, account)
  return directory
}

/** Undoes `chooseSocketDirectory`; a directory that is not empty or not ours stays. */
export function removeSocketDirectory(directory: string, { dataDir }: Places): void {
  if (directory === dataDir) return
  try {
    rmdirSync(directory)
  } catch {
    // A leftover of another server, or gone already: neither is worth an error on the way out.
  }
}

/** A name in /tmp can be taken by anyone first, so what is found there is looked at before use. */
function makePrivate(directory: string, owner: number, account: Account | undefined): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
    if (account !== undefined) chownSync(directory, account.uid, account.gid)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const found = lstatSync(directory)
  if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return
  throw unavailable(`${directory} is not a private directory of user ${owner}: remove it`)
}

function isEnterable(base: string, account: Account | undefined): boolean {
  try {
    return account === undefined ? lstatSync(base) !== undefined : canEnter(base, account)
  } catch {
    return false
  }
}
