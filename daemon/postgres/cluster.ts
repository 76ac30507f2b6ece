import { chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Binaries } from './binaries.js'
import type { Places } from './places.js'
import { run } from './run.js'
import { unavailable } from './unavailable.js'

/** The one role of the managed server, its superuser. */
export const databaseUser = 'c2a'

/** The major version that made the database, or `undefined` when there is none yet. */
export async function majorOf(dataDir: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(dataDir, 'PG_VERSION'), 'utf8'), 10)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unavailable(`the database in ${dataDir} cannot be read`, error)
  }
}

/**
 * Makes the data directory. It is filled under another name and renamed when it is complete and on
 * disk, so that a kill in between leaves only a leftover, which the next call removes.
 */
export async function createCluster(
  places: Places,
  binaries: Binaries,
  fsync: boolean,
): Promise<void> {
  const { dataDir, account } = places
  await removeLeftovers(dataDir)
  const temporary = await mkdtemp(`${dataDir}.init-`)
  if (account !== undefined) await chown(temporary, account.uid, account.gid)
  try {
    await run(
      join(binaries.binDir, 'initdb'),
      initArguments(temporary, binaries.major, fsync),
      binaries,
    )
    await rename(temporary, dataDir)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw unavailable(`the database could not be made in ${dataDir} (${lastLine(error)})`, error)
  }
  if (fsync) await syncDirectory(dirname(dataDir))
}

function initArguments(directory: string, major: number, fsync: boolean): string[] {
  return [
    ...['-D', directory, '-U', databaseUser, '-E', 'UTF8', ...localeArguments(major)],
    // Whoever can enter the socket's directory is the daemon's own user.
    ...['--auth-local=trust', '--auth-host=reject', '--data-checksums', '--no-instructions'],
    ...(fsync ? [] : ['--no-sync']),
  ]
}

/** UTF-8 ctype for full text search and `lower`, C order: the same on every system, whatever it has. */
function localeArguments(major: number): string[] {
  if (major >= 17) return ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  return process.platform === 'darwin' ? ['--locale=C', '--lc-ctype=UTF-8'] : ['--locale=C.UTF-8']
}

async function removeLeftovers(dataDir: string): Promise<void> {
  const parent = dirname(dataDir)
  const leftovers = (await readdir(parent)).filter((name) =>
    name.startsWith(`${basename(dataDir)}.init-`),
  )
  for (const name of leftovers) {
    // An initdb that outlived its daemon may still write there; then a later start removes it.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined)
  }
}

/** A rename is safe from a power cut only when the directory that holds the name is on disk. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  await directory.sync().finally(() => directory.close())
}

function lastLine(error: unknown): string {
  const lines = error instanceof Error ? error.message.split('\n') : []
  return lines.findLast((line) => /error|FATAL/.test(line)) ?? lines.at(-1) ?? 'no reason given'
}
