import type { Pool } from 'pg'
import type { Turn } from '../../shared/contract/chat.js'
import type { Plan } from '../../shared/contract/common.js'
import type { Status, Usage } from '../../shared/contract/message.js'
import type { Problem } from '../../shared/contract/problem.js'
import { query } from './pool.js'

/** A committed event of a turn, as it lies in the table. */
export interface StoredEvent {
  n: number
  event: string
  /** Bare text for `delta` and `reasoning`, JSON for all others. */
  data: string
  message_id: string | null
}

interface Row {
  id: string
  session_id: string
  user_message_id: string
  status: Status
  model: string
  plan: Plan | null
  role_name: string | null
  role_revision: number | null
  usage: Usage | null
  problem: Problem | null
  last_event: number
  created_at: Date
  finished_at: Date | null
}

const columns = `t.id, t.session_id, t.user_message_id, t.status, t.model, t.plan, t.role_name,
  t.role_revision, t.usage, t.problem, t.created_at, t.finished_at,
  (SELECT coalesce(max(n), 0) FROM turn_events e WHERE e.turn_id = t.id) AS last_event`

function toTurn({ usage, problem, ...row }: Row): Turn {
  return {
    ...row,
    ...(usage !== null && { usage }),
    ...(problem !== null && { problem }),
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}

export type TurnStore = ReturnType<typeof createTurnStore>

/** Reads of turns, and the marks that any replica may set. Starting and ending one: turn-start.ts, turn-settle.ts. */
export function createTurnStore(pool: Pool) {
  return {
    async get(owner: string, id: string): Promise<Turn | undefined> {
      const [row] = await query<Row>(
        pool,
        'turn_get',
        `SELECT ${columns} FROM turns t WHERE t.id = $1 AND t.owner = $2`,
        [id, owner],
      )
      return row && toTurn(row)
    },

    /** The live turn of a session, else its latest. */
    async current(owner: string, sessionId: string): Promise<Turn | undefined> {
      const [row] = await query<Row>(
        pool,
        'turn_current',
        `SELECT ${columns} FROM turns t WHERE t.session_id = $1 AND t.owner = $2
         ORDER BY (t.status = 'streaming') DESC, t.created_at DESC LIMIT 1`,
        [sessionId, owner],
      )
      return row && toTurn(row)
    },

    /** Committed events after `n`, at most `limit`, and how the turn stands in the same snapshot. `undefined`: the turn is gone. */
    async eventsAfter(
      id: string,
      n: number,
      limit: number,
    ): Promise<{ status: Status; events: StoredEvent[] } | undefined> {
      const rows = await query<
        { status: Status } & { [Key in keyof StoredEvent]: StoredEvent[Key] | null }
      >(
        pool,
        'turn_events_after',
        `SELECT t.status, e.n, e.event, e.data, e.message_id FROM turns t
         LEFT JOIN LATERAL (
           SELECT * FROM turn_events WHERE turn_id = t.id AND n > $2 ORDER BY n LIMIT $3
         ) AS e ON true
         WHERE t.id = $1 ORDER BY e.n`,
        [id, n, limit],
      )
      const status = rows[0]?.status
      if (status === undefined) return undefined
      const events = rows.flatMap((row) =>
        row.n === null || row.event === null || row.data === null
          ? []
          : [{ n: row.n, event: row.event, data: row.data, message_id: row.message_id }],
      )
      return { status, events }
    },

    /** Asks whoever runs the session's live turn to stop it. Returns that turn. */
    async requestStop(sessionId: string): Promise<string | undefined> {
      const [row] = await query<{ id: string }>(
        pool,
        'turn_request_stop',
        `WITH stopped AS (
           UPDATE turns SET stop_at = coalesce(stop_at, now())
           WHERE session_id = $1 AND status = 'streaming' RETURNING id)
         SELECT id, pg_notify('c2a_stop', '') FROM stopped`,
        [sessionId],
      )
      return row?.id
    },

    /** Renews the leases of this boot's turns; returns those somebody asked to stop. */
    async renew(boot: string, leaseMs: number): Promise<{ id: string; stop: boolean }[]> {
      return query<{ id: string; stop: boolean }>(
        pool,
        'turn_renew',
        `UPDATE turns SET lease_until = now() + $2 * interval '1 millisecond'
         WHERE boot = $1 AND status = 'streaming' RETURNING id, stop_at IS NOT NULL AS stop`,
        [boot, leaseMs],
      )
    },

    /** This boot's turns that somebody asked to stop. */
    async stopping(boot: string): Promise<string[]> {
      const rows = await query<{ id: string }>(
        pool,
        'turn_stopping',
        `SELECT id FROM turns WHERE boot = $1 AND status = 'streaming' AND stop_at IS NOT NULL`,
        [boot],
      )
      return rows.map((row) => row.id)
    },

    /** Live turns whose owner is gone: an expired lease, or an earlier boot of this very instance. */
    async abandoned(instance: string, boot: string, leases: boolean): Promise<string[]> {
      const rows = await query<{ id: string }>(
        pool,
        'turn_abandoned',
        `SELECT id FROM turns WHERE status = 'streaming'
           AND ((instance = $1 AND boot <> $2) OR ($3 AND lease_until < now()))`,
        [instance, boot, leases],
      )
      return rows.map((row) => row.id)
    },

    /** Events are kept a day for late resumers; the text stays in the messages. */
    async foldEvents(): Promise<void> {
      await query(
        pool,
        'turn_fold',
        `DELETE FROM turn_events e USING turns t
         WHERE t.id = e.turn_id AND t.finished_at < now() - interval '24 hours'`,
      )
    },
  }
}
