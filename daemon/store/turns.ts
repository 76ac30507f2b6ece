import type { Pool } from 'pg'
import type { Turn } from '../../shared/contract/chat.js'
import type { Plan } from '../../shared/contract/common.js'
import type { Status, Usage } from '../../shared/contract/message.js'
import type { Params } from '../../shared/contract/param-table.js'
import type { Problem } from '../../shared/contract/problem.js'
import { foldLateTexts } from './event-text.js'
import { query, retryableSilenceMs } from './pool.js'
import { elapsedMs } from './turn-times.js'

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
  params: Params
  retry_of: string | null
  usage: Usage | null
  elapsed_ms: number | null
  problem: Problem | null
  last_event: number
  created_at: Date
  finished_at: Date | null
}

const columns = `t.id, t.session_id, t.user_message_id, t.status, t.model, t.plan, t.role_name,
  t.role_revision, t.params, t.retry_of, t.usage, t.problem, t.created_at, t.finished_at,
  ${elapsedMs('t')} AS elapsed_ms,
  (SELECT coalesce(max(n), 0) FROM turn_events e WHERE e.turn_id = t.id) AS last_event`

function toTurn({ usage, elapsed_ms, problem, retry_of, ...row }: Row): Turn {
  return {
    ...row,
    ...(usage !== null && { usage }),
    ...(elapsed_ms !== null && { elapsed_ms }),
    ...(problem !== null && { problem }),
    ...(retry_of !== null && { retry_of }),
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  }
}

/** One read of events: what a reader that stands still costs. */
const batchRows = 256
const batchBytes = 32 * 1024

interface Mark {
  id: string
  go: boolean
}

function going(rows: readonly Mark[]): Set<string> {
  return new Set(rows.filter((row) => row.go).map((row) => row.id))
}

export type TurnStore = ReturnType<typeof createTurnStore>

/**
 * Reads of turns, and the marks that any replica may set. Starting and ending one: turn-start.ts,
 * turn-settle.ts. `posts` is for what may wait for a lock.
 */
export function createTurnStore(pool: Pool, posts = pool) {
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

    /** The live turn of a session, else that of its latest message: clocks are set back, numbers never. */
    async current(owner: string, sessionId: string): Promise<Turn | undefined> {
      const [row] = await query<Row>(
        pool,
        'turn_current',
        `SELECT ${columns} FROM turns t WHERE t.owner = $2 AND t.id = coalesce(
           (SELECT id FROM turns WHERE session_id = $1 AND status = 'streaming'),
           (SELECT turn_id FROM messages WHERE session_id = $1 AND turn_id IS NOT NULL
            ORDER BY seq DESC LIMIT 1))`,
        [sessionId, owner],
      )
      return row && toTurn(row)
    },

    /**
     * The next committed events after `n`, as many as a reader can hold, and how the turn stands in
     * the same snapshot. `undefined`: the turn is gone.
     */
    async eventsAfter(
      id: string,
      n: number,
    ): Promise<{ status: Status; events: StoredEvent[] } | undefined> {
      const rows = await query<
        { status: Status } & { [Key in keyof StoredEvent]: StoredEvent[Key] | null }
      >(
        pool,
        'turn_events_after',
        `SELECT t.status, e.n, e.event, e.data, e.message_id FROM turns t
         LEFT JOIN LATERAL (
           SELECT *, sum(octet_length(data)) OVER (ORDER BY n) - octet_length(data) AS before
           FROM (SELECT * FROM turn_events WHERE turn_id = t.id AND n > $2 ORDER BY n LIMIT $3) AS page
         ) AS e ON e.before < $4
         WHERE t.id = $1 ORDER BY e.n`,
        [id, n, batchRows, batchBytes],
        retryableSilenceMs,
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
        posts,
        'turn_request_stop',
        `WITH stopped AS (
           UPDATE turns SET stop_at = coalesce(stop_at, now())
           WHERE session_id = $1 AND status = 'streaming' RETURNING id)
         SELECT id, pg_notify('c2a_stop', '') FROM stopped`,
        [sessionId],
      )
      return row?.id
    },

    /**
     * Renews the leases of these turns of this boot. `going` are those that are to go on: neither
     * ended, deleted or taken over, nor asked to stop. `held`: some could not be renewed, since
     * something else has them locked, which must not hold up the others.
     */
    async renew(
      boot: string,
      ids: readonly string[],
      leaseMs: number,
    ): Promise<{ going: Set<string>; held: boolean }> {
      const rows = await query<Mark & { held: boolean }>(
        pool,
        'turn_renew',
        `WITH free AS (
           SELECT id FROM turns WHERE id = ANY ($2::uuid[]) AND boot = $1 AND status = 'streaming'
           ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
         renewed AS (
           UPDATE turns t SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'
           FROM free WHERE t.id = free.id RETURNING t.id)
         SELECT id, stop_at IS NULL AS go, id NOT IN (SELECT id FROM renewed) AS held FROM turns
         WHERE id = ANY ($2::uuid[]) AND boot = $1 AND status = 'streaming'`,
        [boot, ids, leaseMs],
        // Of a lease there is still time for another try.
        retryableSilenceMs,
      )
      return { going: going(rows), held: rows.some((row) => row.held) }
    },

    /** Which of these turns of this boot are to go on. */
    async goingOn(boot: string, ids: readonly string[]): Promise<Set<string>> {
      const rows = await query<Mark>(
        pool,
        'turn_going_on',
        `SELECT id, stop_at IS NULL AS go FROM turns
         WHERE id = ANY ($2::uuid[]) AND boot = $1 AND status = 'streaming'`,
        [boot, ids],
      )
      return going(rows)
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

    /** How soon the first of the leases that are held will have expired, ms; undefined: none is held. */
    async nextExpiry(): Promise<number | undefined> {
      const [row] = await query<{ ms: number | null }>(
        pool,
        'turn_next_expiry',
        `SELECT (extract(epoch FROM min(lease_until) - now()) * 1000)::float8 AS ms FROM turns
         WHERE status = 'streaming' AND lease_until >= now()`,
      )
      return row?.ms ?? undefined
    },

    /**
     * Deletes events of turns that ended a day ago: they are kept for late resumers, and the text stays
     * in the messages. So `most` at a time, until `forMs` are over; the rest is for the next time.
     */
    async foldEvents({ most = 50_000, forMs = 5_000 } = {}): Promise<void> {
      await foldLateTexts(pool)
      const until = performance.now() + forMs
      do {
        const [folded] = await query<{ count: number }>(
          pool,
          'turn_fold',
          `WITH old AS (
             SELECT e.turn_id, e.n FROM turns t JOIN turn_events e ON e.turn_id = t.id
             WHERE t.finished_at < now() - interval '24 hours' LIMIT $1),
           gone AS (
             DELETE FROM turn_events e USING old
             WHERE e.turn_id = old.turn_id AND e.n = old.n RETURNING 1)
           SELECT count(*) FROM gone`,
          [most],
        )
        if ((folded?.count ?? 0) < most) return
      } while (performance.now() < until)
    },
  }
}
