import { ProblemError } from '../../shared/contract/problem.js'

/** One page of a list; `next` is the cursor of the following (older) page. */
export interface Page<Row> {
  rows: Row[]
  next?: string
}

export interface PageOptions {
  limit?: number | undefined
  cursor?: string | undefined
}

/** Cursors are opaque to clients: the sort key of the last row, as base64url JSON. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/** Throws ProblemError `invalid_request` for what we did not make. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const sound =
      Array.isArray(key) &&
      key.length === length &&
      key.every((part) => typeof part === 'string' || typeof part === 'number')
    if (sound) return key
  } catch {
    // Not JSON: the same answer as for a wrong shape.
  }
  throw new ProblemError('invalid_request', 'cursor: not one that this daemon made')
}

/** Cuts the row that was asked for beyond `limit` and makes the next cursor from the last kept one. */
export function toPage<Row>(
  rows: Row[],
  limit: number | undefined,
  keyOf: (row: Row) => (string | number)[],
): Page<Row> {
  if (limit === undefined || rows.length <= limit) return { rows }
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  return last === undefined ? { rows: kept } : { rows: kept, next: encodeCursor(keyOf(last)) }
}
