import type { Pool } from 'pg'
import { z } from 'zod'
import { ProblemError } from '../../shared/contract/problem.js'
import type { SearchHit, SearchQuery } from '../../shared/contract/search.js'
import { decodeCursor, type Page, toPage } from './page.js'
import { isTimedOut, query } from './pool.js'

/** Ranked are the newest of what matches: the rank of a row costs a look into it. */
const mostRanked = 2_000
/** Cut out around the first match, characters; what is shown of it is less. */
const excerptBefore = 200
const excerptLength = 800

export interface Wanted extends Omit<SearchQuery, 'q'> {
  tsquery: string
  /** Where in a text the words may stand, as a regular expression of Postgres. */
  place: string
}

/** What was found, with a piece of its text around the place. */
export interface Found extends Omit<SearchHit, 'snippet' | 'matches' | 'created_at'> {
  created_at: Date
  excerpt: string
  /** Something of the text stands before it, or after. */
  has_before: boolean
  has_after: boolean
}

interface Row extends Found {
  rank: number
  /** 0 of a title. */
  seq: number
  /** Microseconds as text: a Date would lose the order of rows within a millisecond. */
  sort: string
}

/** rank, created_at to the microsecond, seq (a question and its answer have one time), id */
const Cursor = z.tuple([
  z.number(),
  z.iso.datetime({ local: true, precision: 6 }).refine((time) => time > '1970'),
  z.int(),
  z.guid(),
])

export type SearchStore = ReturnType<typeof createSearchStore>

/** Full text over the messages and titles of one owner. */
export function createSearchStore(pool: Pool) {
  return {
    /** What Postgres makes of each text, in order, by the function that made the index. */
    async lexemes(texts: readonly string[]): Promise<string[][]> {
      const rows = await query<{ lexemes: string[] }>(
        pool,
        'search_lexemes',
        `SELECT ARRAY(
           SELECT l.lexeme FROM unnest(message_search(w.words)) AS l, unnest(l.positions) AS p
           ORDER BY p, l.lexeme) AS lexemes
         FROM unnest($1::text[]) WITH ORDINALITY AS w (words, n) ORDER BY w.n`,
        [texts],
      )
      return rows.map((row) => row.lexemes)
    },

    /** Throws ProblemError `invalid_request` for a cursor that is not ours. */
    async find(owner: string, wanted: Wanted): Promise<Page<Found>> {
      const { tsquery, place, order, limit, cursor } = wanted
      const { session, author, model, role, since, before } = wanted
      const [rank, time, seq, id] = cursor ? decodeCursor(cursor, Cursor) : [null, null, null, null]
      // Without a name: planned for these words, since a rare one wants another index than a usual one.
      const rows = await query<Row>(pool, '', searchSql, [
        ...[owner, tsquery, session, author, model, role, since, before],
        ...[order === 'rank', rank, time, seq, id, limit + 1, place],
      ]).catch((error: unknown) => {
        if (!isTimedOut(error)) throw error
        throw new ProblemError('db_unavailable', 'this search takes too long', {
          cause: error,
          hint: 'Add a rarer word, or look in one session.',
        })
      })
      const keyOf = (row: Row) => [row.rank, row.sort, row.seq, row.message_id ?? row.session_id]
      const page = toPage(rows, limit, keyOf)
      return { ...page, rows: page.rows.map(({ rank: _, seq: __, sort: ___, ...found }) => found) }
    },
  }
}

/** Of a title only where no message of its session was found: most titles are the first words of one. */
const searchSql = `
WITH found AS (
  SELECT m.id, m.session_id, m.created_at, m.seq, m.search FROM messages m
  JOIN sessions s ON s.id = m.session_id
  WHERE s.owner = $1 AND NOT s.ephemeral AND m.search @@ $2::tsquery
    AND ($3::uuid IS NULL OR m.session_id = $3)
    AND ($4::text IS NULL OR m.role = $4)
    AND ($5::text IS NULL OR (m.role = 'assistant' AND m.model = $5))
    AND ($6::text IS NULL OR (m.role = 'assistant' AND EXISTS (
      SELECT FROM turns t WHERE t.id = m.turn_id AND lower(t.role_name) = lower($6))))
    AND ($7::timestamptz IS NULL OR m.created_at >= $7)
    AND ($8::timestamptz IS NULL OR m.created_at < $8)
  ORDER BY m.created_at DESC, m.id DESC LIMIT ${mostRanked}
), ranked AS (
  SELECT id AS message_id, id, session_id, created_at, seq,
    CASE WHEN $9::boolean THEN ts_rank_cd(search, $2::tsquery, 1)::float8 ELSE 0 END AS rank
  FROM found
  UNION ALL
  SELECT NULL, s.id, s.id, s.updated_at, 0,
    CASE WHEN $9::boolean
      THEN ts_rank_cd(setweight(message_search(s.title), 'A'), $2::tsquery, 1)::float8 ELSE 0 END
  FROM sessions s
  WHERE s.owner = $1 AND NOT s.ephemeral AND message_search(s.title) @@ $2::tsquery
    AND ($3::uuid IS NULL OR s.id = $3) AND $4::text IS NULL AND $5::text IS NULL AND $6::text IS NULL
    AND ($7::timestamptz IS NULL OR s.updated_at >= $7)
    AND ($8::timestamptz IS NULL OR s.updated_at < $8)
    AND NOT EXISTS (SELECT FROM found f WHERE f.session_id = s.id)
), page AS (
  SELECT * FROM ranked r
  WHERE $10::float8 IS NULL
    OR (r.rank, r.created_at, r.seq, r.id) < ($10, $11::timestamp AT TIME ZONE 'UTC', $12::bigint, $13::uuid)
  ORDER BY r.rank DESC, r.created_at DESC, r.seq DESC, r.id DESC LIMIT $14
)
SELECT p.session_id, s.title AS session_title, p.message_id, m.variant_of, m.role, m.kind, m.model,
  p.created_at, p.rank, p.seq, substring(c.content FROM c.starts FOR ${excerptLength}) AS excerpt,
  c.starts > 1 AS has_before, c.starts + ${excerptLength} <= length(c.content) AS has_after,
  to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS sort
FROM page p JOIN sessions s ON s.id = p.session_id LEFT JOIN messages m ON m.id = p.message_id
CROSS JOIN LATERAL (
  SELECT t.content, greatest(1, regexp_instr(t.content, $15, 1, 1, 0, 'i') - ${excerptBefore}) AS starts
  FROM (SELECT coalesce(left(m.content, 262144), s.title) AS content) AS t
) AS c
ORDER BY p.rank DESC, p.created_at DESC, p.seq DESC, p.id DESC`
