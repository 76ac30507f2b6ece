import { type Queryable, query } from './pool.js'

/** One text of the conversation so far, for the request to the model. */
export interface HistoryMessage {
  role: 'user' | 'assistant'
  content: string
}

/**
 * Every text that is shown before the message number $2. A question to which no turn brought any text
 * is left out: a turn's messages stand together, so what the next text of a turn is tells it. A
 * message without a turn (the original's, or one inserted by hand) always counts.
 */
const shown = `m.session_id = $1 AND m.seq < $2 AND m.variant_of IS NULL AND m.content <> ''
  AND (m.turn_id IS NULL OR m.role = 'assistant' OR (
    SELECT a.role = 'assistant' FROM messages a
    WHERE a.session_id = $1 AND a.seq > m.seq AND a.turn_id IS NOT NULL
      AND a.variant_of IS NULL AND a.content <> ''
    ORDER BY a.seq LIMIT 1))`

const last = Number.MAX_SAFE_INTEGER

/** The history up to the message number `before`, in order. */
export function readHistory(
  db: Queryable,
  sessionId: string,
  before = last,
): Promise<HistoryMessage[]> {
  return query<HistoryMessage>(
    db,
    'history_read',
    `SELECT m.role, m.content FROM messages m WHERE ${shown} ORDER BY m.seq`,
    [sessionId, before],
  )
}

/** What a message costs beside its text, in bytes: a few tokens to the model, a row to us. */
export const messageCost = 64
/** Messages that are measured at a time. */
const pageRows = 10_000

/**
 * The bytes of that history as UTF-8, with `messageCost` for each message. No text is read, and no
 * more is looked at, from the newest on, than it takes to see that there are more than `most`.
 */
export async function measureHistory(
  db: Queryable,
  sessionId: string,
  options: { before?: number | undefined; most: number },
): Promise<number> {
  let bytes = 0
  let before: number | null = options.before ?? last
  while (before !== null && bytes <= options.most) {
    const [page]: { bytes: number; first: number | null }[] = await query(
      db,
      'history_measure',
      `SELECT coalesce(sum(octet_length(content) + $3), 0)::bigint AS bytes,
         CASE WHEN count(*) = $4 THEN min(seq) END AS first
       FROM (SELECT m.content, m.seq FROM messages m WHERE ${shown} ORDER BY m.seq DESC LIMIT $4)
         AS page`,
      [sessionId, before, messageCost, pageRows],
    )
    bytes += page?.bytes ?? 0
    before = page?.first ?? null
  }
  return bytes
}
