import { createHash } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, canEnter, databaseAccount } from './account.js'
import { unavailable } from './unavailable.js'

/** Where what belongs to the database lies, and who runs it. */
export interface Places {
  /** Holds the data directory; the home, or a directory of `sharedRoot` for root. */
  readonly state: string
  readonly dataDir: string
  /** Only when the daemon is root. */
  readonly account: Account | undefined
}

/**
 * An ordinary user's database is in the home. Root's runs as another user, who as a rule cannot reach
 * root's home (0700): then it is in `sharedRoot`, under a name made from the home's path.
 */
export function choosePlaces(home: string, sharedRoot: string): Places {
  if (process.getuid?.() !== 0) return { ...within(home), account: undefined }
  const elsewhere = join(sharedRoot, homeHash(home))
  const existing = existingPlaces([home, elsewhere])
  if (existing !== undefined) return existing
  const account = databaseAccount()
  if (canEnter(home, account)) return { ...within(home), account }
  makeFor(account, sharedRoot, elsewhere)
  return { ...within(elsewhere), account }
}

/** Names what belongs to one home in directories that several homes share. */
export function homeHash(home: string): string {
  return createHash('sha256').update(home).digest('hex').slice(0, 16)
}

/** For what other users must reach, whatever the daemon's umask is. */
export function makeOpenDirectory(path: string): void {
  if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, 0o755)
}

/** A database that is there is never passed over for an empty one, and goes on under its owner. */
function existingPlaces(states: readonly string[]): Places | undefined {
  const places = states.map(within).find(({ dataDir }) => existsSync(join(dataDir, 'PG_VERSION')))
  if (places === undefined) return undefined
  const account = statSync(places.dataDir)
  if (canEnter(places.state, account))
    return { ...places, account: { uid: account.uid, gid: account.gid } }
  throw unavailable(
    `the database in ${places.dataDir} belongs to user ${account.uid}, who may not enter ${places.state}: give them the way`,
  )
}

function within(state: string): { state: string; dataDir: string } {
  return { state, dataDir: join(state, 'pg') }
}

function makeFor(account: Account, sharedRoot: string, state: string): void {
  try {
    makeOpenDirectory(sharedRoot)
    mkdirSync(state, { recursive: true, mode: 0o700 })
    chownSync(state, account.uid, account.gid)
  } catch (error) {
    throw unavailable(
      `there is no place for the database that user ${account.uid} can reach`,
      error,
    )
  }
  if (canEnter(state, account)) return
  throw unavailable(`user ${account.uid}, who runs Postgres for root, cannot enter ${state}`)
}
