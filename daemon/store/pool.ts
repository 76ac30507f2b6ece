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
/** Longer than what the server is given: a server that stands still, or a dead line, obeys no statement_timeout. */
export const silenceAfterMs = 2_000
const silenceMs = statementTimeoutMs + silenceAfterMs
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

/** Somebody else holds a lock for longer than this connection may wait. */
const lockNotAvailable = '55P03'
/** A statement took longer than it may, on a server that is there. */
const queryCanceled = '57014'

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Errors that say "the database is not there", as opposed to "the statement is wrong". */
const awayStates = /^(08|57P0|57014|53|58|25006|25P03|28|3D)/

export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
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

/** It was a lock that could not be had: the database is there, and so is the connection. */
function isLocked(error: unknown): boolean {
  return isUnavailable(error) && codeOf(error.cause) === lockNotAvailable
}

/** It was the server that broke off what took too long, and not a server that is silent. */
export function isTimedOut(error: unknown): boolean {
  return isUnavailable(error) && codeOf(error.cause) === queryCanceled
}

function translated(error: unknown): unknown {
  if (isAway(error)) return new ProblemError('db_unavailable', undefined, { cause: error })
  if (codeOf(error) !== lockNotAvailable) return error
  return new ProblemError('db_unavailable', 'something else holds what this would change', {
    cause: error,
    hint: 'Try again in a moment.',
  })
}

export const lostDeadlock = (error: unknown): boolean =>
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
 * `db_unavailable` when the database is not there, says nothing for `timeoutMs`, or a lock cannot be
 * had in time; other errors pass.
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
    throw translated(error)
  }
}

/** Runs `work` in one transaction; again from its beginning when it lost a deadlock. */
export function transaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return again(() => runTransaction(pool, work))
}

/** What begins, marks and ends a transaction. */
export const control = (text: string) => ({ text, query_timeout: silenceMs })

async function runTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw translated(error)
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
    const failure = translated(error)
    // A server that does not answer is not asked once more: the end of the line rolls back, too.
    if (isUnavailable(failure) && !isLocked(failure)) broken ??= new Error('the database is away')
    else {
      await client.query(control('ROLLBACK')).catch((reason: Error) => {
        broken = reason
      })
    }
    throw failure
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
