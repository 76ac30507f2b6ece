import { ProblemError } from '../../shared/contract/problem.js'

/** What every dead end of the local Postgres says: `reason`, and the way that is always open. */
export function unavailable(reason: string, cause?: unknown): ProblemError {
  return new ProblemError(
    'db_unavailable',
    `${reason}; or set C2A_DATABASE_URL to a Postgres server`,
    { cause },
  )
}
