import pg from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'

/** A pool or one of its clients inside a transaction. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>
}

// bigint comes as a string by default; seq and counts stay far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const statementTimeoutMs = 10_000
/** Of the server's silence: a server that stands still, or a dead line, obeys no statement_timeout. */
const silenceMs = statementTimeoutMs + 2_000
/** The same for what is small and can simply be done again: a dead line costs a live turn only this, ms. */
export const retryableSilenceMs = 5_000

/** Opens the pool. A connection that breaks while idle is logged, never thrown: the daemon outlives its database. */
export function createPool(connection: pg.PoolConfig, log: Log): pg.Pool {
  const pool = new pg.Pool({
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    application_name: 'c2a',
    statement_timeout: statementTimeoutMs,
    ...connection,
  })
  pool.on('error', (error) => {
    // The server may end before the last connection of a pool that is closed has.
    if (!pool.ending) log.warn({ error: error.message }, 'a database connection broke')
  })
  // For as long as it lives: between being handed out and its user's own listener a client has none,
  // and the server's farewell may come in the very packet that made it ready.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
  })
  return pool
}

/** Errors that say "the database is not there", as opposed to "the statement is wrong". */
const awayStates = /^(08|57P0|57014|53|58|25006|25P03|28|3D)/

export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (/^E[A-Z]+$/.test(code)) return true
  if (awayStates.test(code)) return true
  return /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (has encountered|was closed)/.test(
    error.message,
  )
}

/** The same once it was translated. */
export function isUnavailable(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.code === 'db_unavailable'
}

const lostDeadlock = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001')

/** What lost a deadlock was rolled back as a whole, so it can simply be done again. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let left = 3; left > 0; left--) {
    try {
      return await work()
    } catch (error) {
      if (!lostDeadlock(error)) throw error
    }
  }
  return work()
}

/**
 * Runs a named prepared statement (worth 2-3 times on the hot ones). Throws ProblemError
 * `db_unavailable` when the database is not there, or says nothing for `timeoutMs`; other errors pass.
 */
export async function query<Row extends pg.QueryResultRow>(
  db: Queryable,
  name: string,
  text: string,
  values: readonly unknown[] = [],
  timeoutMs = silenceMs,
): Promise<Row[]> {
  try {
    const config = { name, text, values: [...values], query_timeout: timeoutMs }
    const run = () => db.query<Row>(config)
    // Inside a transaction it is the transaction that is to be done again.
    const { rows } = db instanceof pg.Pool ? await again(run) : await run()
    return rows
  } catch (error) {
    throw isAway(error) ? new ProblemError('db_unavailable', undefined, { cause: error }) : error
  }
}

/** Runs `work` in one transaction; again from its beginning when it lost a deadlock. */
export function transaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return again(() => runTransaction(pool, work))
}

const control = (text: string) => ({ text, query_timeout: silenceMs })

async function runTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw isAway(error) ? new ProblemError('db_unavailable', undefined, { cause: error }) : error
  })
  let broken: Error | undefined
  // Without a listener a connection that dies between two statements would end the process.
  const onError = (error: Error): void => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query(control('BEGIN'))
    const result = await work(client)
    await client.query(control('COMMIT'))
    return result
  } catch (error) {
    const away = isAway(error)
    // A server that does not answer is not asked once more: the end of the line rolls back, too.
    if (away || isUnavailable(error)) broken ??= new Error('the database is away')
    else {
      await client.query(control('ROLLBACK')).catch((failure: Error) => {
        broken = failure
      })
    }
    throw away ? new ProblemError('db_unavailable', undefined, { cause: error }) : error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/** The violated constraint's name, for translating 23505 and friends. */
export function violated(error: unknown): string | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  return error.code === '23505' || error.code === '23503' ? error.constraint : undefined
}
