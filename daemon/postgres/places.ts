import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { readOrMakeInstance } from '../home.js'
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
 * root's home (0700): then it is in `sharedRoot`, under the id that is in the home and moves with it.
 */
export function choosePlaces(home: string, sharedRoot: string): Places {
  if (process.getuid?.() !== 0) return { ...within(home), account: undefined }
  const elsewhere = join(sharedRoot, readOrMakeInstance(home))
  const existing = existingPlaces([home, elsewhere])
  if (existing?.state === elsewhere) checkOwner(home, existing)
  if (existing !== undefined) return existing
  const account = databaseAccount()
  if (canEnter(home, account)) return { ...within(home), account }
  makeFor(account, sharedRoot, elsewhere)
  const places = { ...within(elsewhere), account }
  checkOwner(home, places)
  return places
}

/**
 * A copied home has the id of the first one: two daemons would share one database. The note of the
 * home's path lies beside the directory, where only root can write.
 */
function checkOwner(home: string, { state, dataDir }: Places): void {
  const note = `${state}.home`
  const known = existsSync(note) ? readFileSync(note, 'utf8') : undefined
  if (known === home) return
  if (known !== undefined && idIn(known) === idIn(home)) {
    throw unavailable(
      `${home} is a copy of ${known}, whose database is in ${dataDir}: remove ${join(home, 'instance')} to begin with an empty one`,
    )
  }
  writeFileSync(note, home, { mode: 0o600 })
}

function idIn(home: string): string | undefined {
  const path = join(home, 'instance')
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
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
