import type { z } from 'zod'
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

/** The key in a cursor. Throws ProblemError `invalid_request` for what we did not make. */
export function decodeCursor<Key>(cursor: string, schema: z.ZodType<Key>): Key {
  const refused = new ProblemError('invalid_request', 'cursor: not one that this daemon made')
  let key: unknown
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw refused
  }
  const parsed = schema.safeParse(key)
  if (!parsed.success) throw refused
  return parsed.data
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
