import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.js'
import { findBinaries } from './binaries.js'
import { bringUp, type RunningServer } from './bring-up.js'
import { createCluster, majorOf } from './cluster.js'
import { type Connection, connectionTo } from './connection.js'
import { choosePlaces } from './places.js'
import { stopPostmaster } from './postmaster.js'
import { limitServerLog } from './server-log.js'
import { chooseSocketDirectory, removeSocketDirectory } from './socket-directory.js'
import { supervise } from './supervise.js'
import { unavailable } from './unavailable.js'

export interface ManagedPostgresOptions {
  /** The daemon's state directory; exists. Its lock must be held: a second opener would adopt. */
  readonly home: string
  /** Where package.json is; npm's Postgres is looked for from here. */
  readonly packageRoot: string
  readonly env: NodeJS.ProcessEnv
  readonly log: Log
  /** C2A_PG_BIN. */
  readonly binDir?: string | undefined
  /** Default true; off only for tests. */
  readonly fsync?: boolean
  /** Default 50. */
  readonly maxConnections?: number
  /** Of all homes, for a root whose home is closed to others. Default `/var/lib/chat2anyllm`. */
  readonly sharedRoot?: string
}

export interface ManagedPostgres {
  /** For `new pg.Pool`; stays the same over restarts of the server. */
  readonly connection: Connection
  readonly version: string
  readonly dataDir: string
  readonly socketDir: string
  readonly binDir: string
  readonly logFile: string
  /** It ran already, left by a daemon that was killed. */
  readonly adopted: boolean
  /** Of the postmaster; changes when it had to be started again. */
  readonly pid: number
  /** Fast shutdown; resolves when the server is gone. Close the pools first. */
  stop(): Promise<void>
}

/**
 * Opens the daemon's own Postgres: makes the database if there is none, adopts a server that still
 * runs, else starts one, and starts it again whenever it dies before `stop`. Throws `db_unavailable`
 * with one sentence that says what to do.
 */
export async function openManagedPostgres(
  options: ManagedPostgresOptions,
): Promise<ManagedPostgres> {
  const {
    env,
    log,
    fsync = true,
    maxConnections = 50,
    sharedRoot = '/var/lib/chat2anyllm',
  } = options
  if (process.platform === 'win32') {
    throw unavailable('there is no local Postgres on Windows: use WSL')
  }

  // Without links, so that the way which is checked is the way which is used.
  const home = realpathSync(options.home)
  const places = choosePlaces(home, sharedRoot)
  const { dataDir } = places
  const major = await majorOf(dataDir)
  const binaries = await findBinaries({
    binDir: options.binDir,
    packageRoot: options.packageRoot,
    env,
    account: places.account,
    linksDir: join(places.state, 'pg-lib'),
    sharedRoot,
    major,
  })
  if (major === undefined) {
    log.info({ dataDir, version: binaries.version }, 'Making the database')
    await createCluster(places, binaries, fsync)
  }

  const closing = new AbortController()
  const logFile = join(home, 'postgres.log')
  const wanted = { socketDir: chooseSocketDirectory(places, env), fsync, maxConnections }
  const common = { dataDir, binaries, logFile, log }
  const first = await bringUp({ ...common, settings: wanted }, closing.signal)
  // An adopted server may listen elsewhere; the pools know that place, so a restart keeps it.
  const { socketDir } = first.postmaster
  const server = { ...common, settings: { ...wanted, socketDir } }
  let current = first
  const onRestart = (running: RunningServer) => {
    current = running
  }
  const supervised = supervise(server, first, onRestart, closing.signal)
  const logTimer = setInterval(() => limitServerLog(logFile), 60_000).unref()

  const stop = async () => {
    clearInterval(logTimer)
    closing.abort()
    await supervised
    await stopPostmaster(current.postmaster)
    removeSocketDirectory(socketDir, places)
    log.info({ pid: current.postmaster.pid }, 'Postgres is stopped')
  }
  let stopped: Promise<void> | undefined

  return {
    connection: connectionTo(socketDir),
    version: first.version,
    dataDir,
    socketDir,
    binDir: binaries.binDir,
    logFile,
    adopted: first.postmaster.child === undefined,
    get pid() {
      return current.postmaster.pid
    },
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}
