import type { Pool } from 'pg'
import { z } from 'zod'
import type { Kind, Message, Status, Usage } from '../../shared/contract/message.js'
import type { Problem } from '../../shared/contract/problem.js'
import { decodeCursor, encodeCursor, type Page, type PageOptions } from './page.js'
import { query } from './pool.js'
import { elapsedMs } from './turn-times.js'
import { isVisible } from './variants.js'

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
  elapsed_ms: number | null
  finish_reason: string | null
  error_code: string | null
  problem: Problem | null
  turn_id: string | null
  last_n: number | null
  variant_of: string | null
  variants: number
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
    ...(row.elapsed_ms !== null && { elapsed_ms: row.elapsed_ms }),
    ...(row.finish_reason !== null && { finish_reason: row.finish_reason }),
    ...(row.error_code !== null && { error_code: row.error_code }),
    ...(row.problem !== null && { problem: row.problem }),
    ...(row.turn_id !== null && { turn_id: row.turn_id }),
    ...(row.last_n !== null && { last_event_id: `${row.turn_id}:${row.last_n}` }),
    ...(row.variant_of !== null && { variant_of: row.variant_of }),
    ...(row.variants > 0 && { variants: row.variants }),
    created_at: createdAt,
    timestamp: createdAt,
  }
}

/** seq */
const Cursor = z.tuple([z.int()])

/**
 * A page ends early after so many bytes: it is held several times over before it is out. What a
 * message costs beside its text is counted, so that a page of a million short ones ends, too.
 */
const pageBytes = 8 * 1024 * 1024
const messageBytes = 256
const pageRows = pageBytes / messageBytes

const columns = `m.id, m.role, m.kind, m.status, m.model, m.seq, m.usage, m.finish_reason,
  m.error_code, m.turn_id, m.variant_of, m.created_at,
  (SELECT t.problem FROM turns t WHERE t.id = m.turn_id AND m.error_code IS NOT NULL) AS problem,
  (SELECT ${elapsedMs('t')} FROM turns t
    WHERE t.id = m.turn_id AND m.role = 'assistant' AND m.kind <> 'plan') AS elapsed_ms,
  (SELECT count(*) FROM messages v WHERE v.variant_of = m.id AND ${isVisible('v.content')}
    AND (v.kind = 'plan') = (m.kind = 'plan')) AS variants`

export type MessageStore = ReturnType<typeof createMessageStore>

export function createMessageStore(pool: Pool) {
  return {
    /**
     * The messages of a session that are shown, ascending, with `variants` also those that were
     * replaced: the newest page, of at most `limit` messages and about 8 MiB, but never of none. A
     * streaming message has its committed text, read in one snapshot with the event to attach after.
     */
    async list(
      sessionId: string,
      options: PageOptions & { variants?: boolean | undefined } = {},
    ): Promise<Page<Message>> {
      const [before] = options.cursor ? decodeCursor(options.cursor, Cursor) : [null]
      const rows = await query<Row & { more: boolean }>(
        pool,
        'message_list',
        `WITH page AS (
           SELECT * FROM messages m
           WHERE m.session_id = $1 AND ($2::bigint IS NULL OR m.seq < $2)
             AND (m.variant_of IS NULL OR $4)
           ORDER BY m.seq DESC LIMIT $3 + 1),
         told AS (
           SELECT ${columns}, live.last_n,
             coalesce(live.content, m.content) AS content,
             coalesce(live.reasoning, m.reasoning) AS reasoning
           FROM page m
           LEFT JOIN LATERAL (
             SELECT
               coalesce(string_agg(e.data, '' ORDER BY e.n)
                 FILTER (WHERE e.event = 'delta' AND e.message_id = m.id), '') AS content,
               string_agg(e.data, '' ORDER BY e.n)
                 FILTER (WHERE e.event = 'reasoning' AND e.message_id = m.id) AS reasoning,
               max(e.n) AS last_n
             -- Here again, so that a settled message costs no look at its events.
             FROM turn_events e WHERE e.turn_id = m.turn_id AND m.status = 'streaming'
           ) AS live ON m.status = 'streaming'),
         sized AS (
           SELECT *, octet_length(content) + coalesce(octet_length(reasoning), 0) + $5 AS bytes
           FROM told)
         SELECT * FROM (
           SELECT *, lead(seq) OVER newest IS NOT NULL AS more,
             sum(bytes) OVER newest - bytes AS newer
           FROM sized WINDOW newest AS (ORDER BY seq DESC)) AS counted
         WHERE newer < $6 ORDER BY seq DESC LIMIT $3`,
        [
          sessionId,
          before,
          Math.min(options.limit ?? pageRows, pageRows),
          options.variants ?? false,
          messageBytes,
          pageBytes,
        ],
      )
      const oldest = rows.at(-1)
      return {
        rows: rows.map(toMessage).reverse(),
        ...(oldest?.more && { next: encodeCursor([oldest.seq]) }),
      }
    },

    /** The messages of a turn that has ended, and those that its own are variants of; ascending. */
    async ofTurn(turnId: string): Promise<Message[]> {
      const rows = await query<Row>(
        pool,
        'message_of_turn',
        `SELECT ${columns}, m.content, m.reasoning, NULL AS last_n FROM messages m
         WHERE m.turn_id = $1 OR m.id IN (SELECT variant_of FROM messages WHERE turn_id = $1)
         ORDER BY m.seq`,
        [turnId],
      )
      return rows.map(toMessage)
    },
  }
}
