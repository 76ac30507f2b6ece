import type pg from 'pg'
import { ProblemError } from '../shared/contract/problem.js'
import type { Log } from './log.js'
import { migrate } from './store/migrate.js'
import { isAway } from './store/pool.js'

/** Somebody looks at the prompt, ms. */
const personalPatienceMs = 2_000
/** A container's database may be started after the daemon, ms. */
const servicePatienceMs = 30_000
const pauseMs = 300
/** Between two lines of the log that say the same, ms. */
const sayMs = 5_000

/**
 * How long to go on in spite of an error, ms: not at all where trying again cannot help (a wrong
 * password, a database that is not there), long where the server says itself that it is coming up.
 */
export function patienceOf(error: unknown, personal: boolean): number {
  if (!isAway(error) || isRefusal(error)) return 0
  if (/^(57P03|53)/.test(codeOf(error))) return servicePatienceMs
  return personal ? personalPatienceMs : servicePatienceMs
}

interface Patience {
  log: Log
  personal: boolean
}

/** Brings the schema up to date on a server that may be starting; gives its version. Throws ProblemError `db_unavailable`. */
export function migrateAtStart(
  pool: pg.Pool,
  options: Patience & { directory: string },
): Promise<number> {
  return atStart(() => migrate(pool, options), options)
}

/**
 * Does what a start needs of the database, again and again while the server may be starting; it may
 * die in between, too. Throws ProblemError `db_unavailable`.
 */
export async function atStart<Result>(
  work: () => Promise<Result>,
  options: Patience,
): Promise<Result> {
  const since = performance.now()
  let saidAt = Number.NEGATIVE_INFINITY
  for (;;) {
    try {
      return await work()
    } catch (thrown) {
      const error = thrown instanceof ProblemError ? thrown.cause : thrown
      if (error === undefined) throw thrown
      const now = performance.now()
      if (now - since + pauseMs > patienceOf(error, options.personal)) throw unavailable(error)
      if (now - saidAt > sayMs) {
        saidAt = now
        options.log.warn({ error: reasonOf(error) }, 'waiting for the database')
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

function unavailable(cause: unknown): ProblemError {
  const what = isRefusal(cause)
    ? 'the database refuses us'
    : isAway(cause)
      ? 'the database does not answer'
      : 'the database cannot be used'
  return new ProblemError('db_unavailable', `${what}: ${reasonOf(cause)}`, {
    cause,
    hint: 'Check database.url (C2A_DATABASE_URL).',
  })
}

/** Wrong user or password (28), no such database (3D). */
function isRefusal(error: unknown): boolean {
  return /^(28|3D)/.test(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** A name with several addresses fails with one error for each, and no words of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
