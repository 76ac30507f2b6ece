import pg from 'pg'
import type { Config } from './config.js'
import { migrateAtStart } from './first-connection.js'
import type { Log } from './log.js'
import { openManagedPostgres } from './postgres/open.js'
import { createBulk } from './store/bulk.js'
import { createPool } from './store/pool.js'

export interface Database {
  /** For reads, and for the ends of turns, which do not wait long for a lock but try again. */
  pool: pg.Pool
  /** For requests that may have to wait for a lock: as many as like, they hold up none of the above. */
  posts: pg.Pool
  /** One connection for what turns write: it never waits behind readers, nor for a lock. */
  writer: pg.Pool
  /** For whole exports and imports: a few at a time, as long as they take. */
  bulk: pg.Pool
  connection: pg.ClientConfig
  managed: boolean
  /** Where the managed database's files are. */
  dataDir?: string
  /** Where a server of the user's is, without user and password. */
  address?: string
  /** The newest migration that this daemon knows, and has made at its start. */
  schema?: number
  /** True for a backend that one of these pools' connections talks to. */
  isOwn(processId: number): boolean
  close(): Promise<void>
}

/** How long something may wait for what somebody else has locked, ms. */
const endLockMs = 1_000
const postLockMs = 2_000

/** Opens the pools of a daemon on a server that is there, or will be. */
export function openPools(
  connection: pg.ClientConfig,
  log: Log,
): Pick<Database, 'pool' | 'posts' | 'writer' | 'bulk' | 'connection' | 'isOwn' | 'close'> {
  const pool = createPool({ ...connection, lock_timeout: endLockMs }, log)
  const posts = createPool({ ...connection, lock_timeout: postLockMs }, log)
  const writer = createPool({ ...connection, max: 1 }, log)
  const bulk = createBulk({ ...connection, lock_timeout: postLockMs }, log)
  const backends = new Set<number>()
  for (const one of [pool, posts, writer, bulk.pool]) {
    one.on('connect', (client) => {
      const id = Reflect.get(client, 'processID')
      if (typeof id !== 'number') return
      backends.add(id)
      client.once('end', () => backends.delete(id))
    })
  }
  return {
    pool,
    posts,
    writer,
    bulk: bulk.pool,
    connection,
    isOwn: (processId) => backends.has(processId),
    close: async () => {
      await Promise.all([pool.end(), posts.end(), writer.end(), bulk.close()])
    },
  }
}

/** Opens the server that is named, else the managed one, and brings its schema up to date. */
export async function openDatabase(
  config: Config,
  options: { packageRoot: string; env: NodeJS.ProcessEnv; log: Log },
): Promise<Database> {
  const { log } = options
  const url = config.database.url?.reveal()
  const managed =
    url === undefined
      ? await openManagedPostgres({
          home: config.home.directory,
          packageRoot: options.packageRoot,
          env: options.env,
          binDir: config.database.bin,
          log,
        })
      : undefined
  const connection = {
    ...(managed ? managed.connection : { connectionString: url }),
    // A daemon that stands still in a transaction must not keep others from ending its turns.
    idle_in_transaction_session_timeout: config.time.leaseMs - config.time.sweepMs,
  }
  const pools = openPools(connection, log)
  const close = async (): Promise<void> => {
    await pools.close()
    await managed?.stop()
  }
  let schema: number
  try {
    const directory = `${options.packageRoot}/sql`
    schema = await migrateAtStart(pools.pool, { directory, log, personal: config.personal })
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...pools,
    managed: managed !== undefined,
    ...(managed ? { dataDir: managed.dataDir } : { address: addressOf(connection) }),
    schema,
    close,
  }
}

/** As the driver reads it: a URL may leave parts to the environment, or name a socket. */
function addressOf(connection: pg.ClientConfig): string {
  const { host, port, database } = new pg.Client(connection)
  return host.startsWith('/') ? `${host}/${database ?? ''}` : `${host}:${port}/${database ?? ''}`
}
