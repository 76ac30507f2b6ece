import type { Pool } from 'pg'
import { z } from 'zod'
import type { Plan } from '../../shared/contract/common.js'
import type { Usage } from '../../shared/contract/message.js'
import type { Params } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { ForkWanted, Session } from '../../shared/contract/session.js'
import { createFairQueue } from '../fair-queue.js'
import { forkSession } from './fork.js'
import { decodeCursor, type Page, type PageOptions, toPage } from './page.js'
import { type Queryable, query, silenceAfterMs, transaction, violated } from './pool.js'
import { readSessionUsage } from './spend.js'

/** What a session remembers; undefined leaves a setting as it is. */
export interface SessionSettings {
  title?: string | undefined
  model?: string | null | undefined
  role_id?: string | null | undefined
  plan?: Plan | null | undefined
  params?: Params | null | undefined
}

interface Row {
  id: string
  title: string
  model: string | null
  role_id: string | null
  plan: Plan | null
  params: Params
  live_turn_id: string | null
  created_at: Date
  updated_at: Date
  /** Microseconds as text: a Date would lose the order of rows within a millisecond. */
  sort: string
}

const columns = `s.id, s.title, s.model, s.role_id, s.plan, s.params, s.created_at, s.updated_at,
  to_char(s.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS sort,
  (SELECT t.id FROM turns t WHERE t.session_id = s.id AND t.status = 'streaming') AS live_turn_id`

function toSession({ sort: _, ...row }: Row): Session {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/** updated_at to the microsecond, id */
// Postgres has no year 0, and we have none before this one.
const Cursor = z.tuple([
  z.iso.datetime({ local: true, precision: 6 }).refine((time) => time > '1970'),
  z.guid(),
])

/** For the deletion of a session, ms; 300,000 messages take a fraction of a minute. */
const deleteMs = 600_000

/** At once: a large one takes minutes, and the connections are there for posts, too. */
const mostForks = 2

export type SessionStore = ReturnType<typeof createSessionStore>

/** Sessions of one owner; another's id is like any unknown one. `posts` is for what may wait for a lock. */
export function createSessionStore(pool: Pool, posts = pool) {
  const queuedFork = createFairQueue(mostForks)
  return {
    async list(owner: string, options: PageOptions = {}): Promise<Page<Session>> {
      const [time, id] = options.cursor ? decodeCursor(options.cursor, Cursor) : [null, null]
      const rows = await query<Row>(
        pool,
        'session_list',
        `SELECT ${columns} FROM sessions s
         WHERE s.owner = $1 AND NOT s.ephemeral
           AND ($2::text IS NULL OR (s.updated_at, s.id) < ($2::timestamp AT TIME ZONE 'UTC', $3::uuid))
         ORDER BY s.updated_at DESC, s.id DESC LIMIT $4`,
        [owner, time, id, options.limit === undefined ? null : options.limit + 1],
      )
      const page = toPage(rows, options.limit, (row) => [row.sort, row.id])
      return { ...page, rows: page.rows.map(toSession) }
    },

    async get(owner: string, id: string): Promise<Session | undefined> {
      const [row] = await query<Row>(
        pool,
        'session_get',
        `SELECT ${columns} FROM sessions s WHERE s.id = $1 AND s.owner = $2`,
        [id, owner],
      )
      return row && toSession(row)
    },

    /** What its turns have used up; undefined where nothing was counted. */
    usage: (id: string): Promise<Usage | undefined> => readSessionUsage(pool, id),

    /** Throws ProblemError `not_found` for a role that is not there. */
    async create(
      owner: string,
      settings: SessionSettings & { ephemeral?: boolean | undefined },
    ): Promise<Session> {
      const [row] = await translated(() =>
        query<Row>(
          posts,
          'session_create',
          `WITH s AS (
             INSERT INTO sessions (owner, title, model, role_id, plan, ephemeral, params)
             VALUES ($1, coalesce($2, 'New Chat'), $3, $4, $5, $6, $7) RETURNING *)
           SELECT ${columns} FROM s`,
          [
            owner,
            settings.title,
            settings.model,
            settings.role_id,
            settings.plan,
            settings.ephemeral ?? false,
            settings.params ?? {},
          ],
        ),
      )
      if (row === undefined) throw new Error('INSERT returned no row')
      return toSession(row)
    },

    async update(
      owner: string,
      id: string,
      settings: SessionSettings,
    ): Promise<Session | undefined> {
      const has = (key: keyof SessionSettings): boolean => settings[key] !== undefined
      const [row] = await translated(() =>
        query<Row>(
          posts,
          'session_update',
          `WITH s AS (
             UPDATE sessions SET
               title = coalesce($3, title),
               model = CASE WHEN $4 THEN $5 ELSE model END,
               role_id = CASE WHEN $6 THEN $7::uuid ELSE role_id END,
               plan = CASE WHEN $8 THEN $9::jsonb ELSE plan END,
               params = coalesce($10, params)
             WHERE id = $1 AND owner = $2 RETURNING *)
           SELECT ${columns} FROM s`,
          [
            id,
            owner,
            settings.title,
            has('model'),
            settings.model,
            has('role_id'),
            settings.role_id,
            has('plan'),
            settings.plan,
            settings.params === null ? {} : settings.params,
          ],
        ),
      )
      return row && toSession(row)
    },

    /** The id of a new session of what this one shows. Throws ProblemError `not_found`. */
    fork: (owner: string, id: string, wanted: ForkWanted): Promise<string> =>
      queuedFork(owner, () => forkSession(posts, owner, id, wanted)),

    /** However much there is to delete, up to millions of events. */
    async remove(owner: string, id: string): Promise<boolean> {
      const rows = await transaction(posts, async (client) => {
        await query(
          client,
          'session_patience',
          `SELECT set_config('statement_timeout', $1, true)`,
          [String(deleteMs)],
        )
        return query<{ id: string }>(
          client,
          'session_delete',
          `WITH gone AS (DELETE FROM sessions WHERE id = $1 AND owner = $2 RETURNING id)
           SELECT id, pg_notify('c2a_stop', '') FROM gone`,
          [id, owner],
          deleteMs + silenceAfterMs,
        )
      })
      return rows.length > 0
    },

    /** Deletes unsaved sessions whose client never came back for them. */
    async removeEphemeral(db: Queryable = pool): Promise<void> {
      await query(
        db,
        'session_sweep',
        `DELETE FROM sessions s WHERE s.ephemeral AND s.updated_at < now() - interval '10 minutes'
           AND NOT EXISTS (SELECT FROM turns t WHERE t.session_id = s.id AND t.status = 'streaming')`,
      )
    },
  }
}

/** A role that vanished between look-up and write is a 404 like any other. */
async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (violated(error) !== 'sessions_role_id_fkey') throw error
    throw new ProblemError('not_found', 'no role with this id', { cause: error })
  }
}
