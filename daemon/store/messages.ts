import type { Pool } from 'pg'
import { z } from 'zod'
import type { Kind, Message, Status, Usage } from '../../shared/contract/message.js'
import { decodeCursor, type Page, type PageOptions, toPage } from './page.js'
import { type Queryable, query } from './pool.js'

interface Row {
  id: string
  role: 'user' | 'assistant'
  kind: Kind
  content: string
  status: Status
  model: string | null
  seq: number
  reasoning: string | null
  usage: Usage | null
  finish_reason: string | null
  error_code: string | null
  turn_id: string | null
  last_n: number | null
  created_at: Date
}

function toMessage(row: Row): Message {
  const createdAt = row.created_at.toISOString()
  return {
    id: row.id,
    role: row.role,
    kind: row.kind,
    content: row.content,
    status: row.status,
    model: row.model,
    seq: row.seq,
    ...(row.reasoning !== null && { reasoning: row.reasoning }),
    ...(row.usage !== null && { usage: row.usage }),
    ...(row.finish_reason !== null && { finish_reason: row.finish_reason }),
    ...(row.error_code !== null && { error_code: row.error_code }),
    ...(row.turn_id !== null && { turn_id: row.turn_id }),
    ...(row.last_n !== null && { last_event_id: `${row.turn_id}:${row.last_n}` }),
    created_at: createdAt,
    timestamp: createdAt,
  }
}

/** One text of the conversation so far, for the request to the model. */
export interface HistoryMessage {
  role: 'user' | 'assistant'
  content: string
}

/**
 * Every text that was shown, in order. A turn that brought no text at all is left out with its
 * question; a message without a turn (the original's, or one inserted by hand) always counts.
 */
export function readHistory(db: Queryable, sessionId: string): Promise<HistoryMessage[]> {
  return query<HistoryMessage>(
    db,
    'message_history',
    `SELECT m.role, m.content FROM messages m
     WHERE m.session_id = $1 AND m.variant_of IS NULL AND m.content <> ''
       AND (m.turn_id IS NULL OR m.role = 'assistant' OR EXISTS (
         SELECT FROM messages a WHERE a.turn_id = m.turn_id AND a.role = 'assistant' AND a.content <> ''))
     ORDER BY m.seq`,
    [sessionId],
  )
}

/** seq */
const Cursor = z.tuple([z.int()])

export type MessageStore = ReturnType<typeof createMessageStore>

export function createMessageStore(pool: Pool) {
  return {
    /**
     * The messages of a session, ascending; with a limit the newest page. A streaming message has
     * its committed text, read in one snapshot with the event to attach after.
     */
    async list(sessionId: string, options: PageOptions = {}): Promise<Page<Message>> {
      const [before] = options.cursor ? decodeCursor(options.cursor, Cursor) : [null]
      const rows = await query<Row>(
        pool,
        'message_list',
        `SELECT m.id, m.role, m.kind, m.status, m.model, m.seq, m.usage, m.finish_reason,
           m.error_code, m.turn_id, m.created_at,
           coalesce(live.content, m.content) AS content,
           coalesce(live.reasoning, m.reasoning) AS reasoning, live.last_n
         FROM messages m
         LEFT JOIN LATERAL (
           SELECT
             coalesce(string_agg(e.data, '' ORDER BY e.n)
               FILTER (WHERE e.event = 'delta' AND e.message_id = m.id), '') AS content,
             string_agg(e.data, '' ORDER BY e.n)
               FILTER (WHERE e.event = 'reasoning' AND e.message_id = m.id) AS reasoning,
             max(e.n) AS last_n
           -- Here again, so that a settled message costs no look at its events.
           FROM turn_events e WHERE e.turn_id = m.turn_id AND m.status = 'streaming'
         ) AS live ON m.status = 'streaming'
         WHERE m.session_id = $1 AND ($2::bigint IS NULL OR m.seq < $2)
         ORDER BY m.seq DESC LIMIT $3`,
        [sessionId, before, options.limit === undefined ? null : options.limit + 1],
      )
      const page = toPage(rows, options.limit, (row) => [row.seq])
      return { ...page, rows: page.rows.map(toMessage).reverse() }
    },
  }
}
