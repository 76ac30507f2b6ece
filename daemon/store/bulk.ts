import pg from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'
import { control, createPool, isAway, lostDeadlock, silenceAfterMs } from './pool.js'

/** What reads or writes a whole instance, so many at a time; whose they may be, says backup/slots.ts. */
const atOnce = 4
/** One statement of theirs, ms: the text of 300,000 messages is indexed in minutes. */
const bulkStatementMs = 600_000
/** For `query`. */
export const bulkSilenceMs = bulkStatementMs + silenceAfterMs
/** An export's reader may pause for a while, and its snapshot with it, ms. */
const idleMs = 120_000

export interface Bulk {
  pool: pg.Pool
  /** Cuts what is under way: it is rolled back, and can be done again. */
  close(): Promise<void>
}

export function createBulk(connection: pg.PoolConfig, log: Log): Bulk {
  const pool = createPool(
    {
      ...connection,
      max: atOnce,
      statement_timeout: bulkStatementMs,
      idle_in_transaction_session_timeout: idleMs,
    },
    log,
  )
  const clients = new Set<pg.PoolClient>()
  pool.on('connect', (client) => clients.add(client))
  pool.on('remove', (client) => clients.delete(client))
  return {
    pool,
    async close() {
      // A pool waits for who has borrowed, and a large session is stored in minutes.
      for (const client of clients) {
        if (client instanceof pg.Client) client.end().catch(() => undefined)
      }
      await pool.end()
    },
  }
}

/**
 * Lends one connection, with all that it keeps between transactions; it is closed afterwards. Throws
 * ProblemError `rate_limited` when all are lent, and `db_unavailable`.
 */
export async function withConnection<Result>(
  pool: pg.Pool,
  use: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  if (pool.totalCount - pool.idleCount >= atOnce) {
    throw new ProblemError('rate_limited', `${atOnce} exports or imports are running already`)
  }
  const client = await pool.connect().catch((error: unknown) => {
    throw asProblem(error)
  })
  // One that breaks between two statements fails the next; without a listener it ends the process.
  const ignore = (): void => undefined
  client.on('error', ignore)
  try {
    return await use(client)
  } catch (error) {
    throw asProblem(error)
  } finally {
    client.off('error', ignore)
    client.release(true)
  }
}

function asProblem(error: unknown): unknown {
  if (!isAway(error)) return error
  return new ProblemError('db_unavailable', undefined, { cause: error })
}

const tries = 4

/** Runs `work` in one transaction of a lent connection; again from its beginning when it lost a deadlock. */
export async function transactionOn<Result>(
  client: pg.PoolClient,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let left = tries; ; left--) {
    await client.query(control('BEGIN'))
    try {
      const result = await work()
      await client.query(control('COMMIT'))
      return result
    } catch (error) {
      await client.query(control('ROLLBACK')).catch(() => undefined)
      if (left === 1 || !lostDeadlock(error)) throw error
    }
  }
}
