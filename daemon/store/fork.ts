import type { Pool } from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import type { ForkWanted } from '../../shared/contract/session.js'
import { query, silenceAfterMs, transaction, violated } from './pool.js'

/** The text of 300,000 messages is indexed in minutes, ms. */
const forkMs = 600_000

const mostAttempts = 5

/**
 * Makes a session of what another one shows: its settings, and its messages up to one of them, with the turns
 * that brought them. What is answering now stays behind, and so do older answers and what was spent. Returns
 * its id. Throws ProblemError `not_found`.
 */
export async function forkSession(
  pool: Pool,
  owner: string,
  sessionId: string,
  wanted: ForkWanted,
): Promise<string> {
  for (let left = mostAttempts; ; left--) {
    try {
      return await forkOnce(pool, owner, sessionId, wanted)
    } catch (error) {
      // What it names was deleted since its statement began, the source or a role: it looks again.
      if (left === 1 || violated(error) === undefined) throw error
    }
  }
}

function forkOnce(
  pool: Pool,
  owner: string,
  sessionId: string,
  { message_id, before = false }: ForkWanted,
): Promise<string> {
  return transaction(pool, async (client) => {
    await query(
      client,
      'fork_patience',
      `SELECT set_config('statement_timeout', $1, true), set_config('c2a.bulk', 'on', true)`,
      [String(forkMs)],
    )
    const [last] = await query<{ seq: number }>(
      client,
      'fork_last',
      `SELECT m.seq FROM messages m JOIN sessions s ON s.id = m.session_id
       WHERE m.id = $3 AND m.session_id = $1 AND m.variant_of IS NULL AND s.owner = $2`,
      [sessionId, owner, message_id],
    )
    if (message_id !== undefined && last === undefined) {
      throw new ProblemError('not_found', 'no message with this id in this session')
    }
    const to = last && (before ? last.seq - 1 : last.seq)
    const values = [sessionId, owner, to]
    const [made] = await query<{ id: string }>(
      client,
      'fork',
      forkSql,
      values,
      forkMs + silenceAfterMs,
    )
    if (made === undefined) throw new ProblemError('not_found', 'no session with this id')
    await query(client, 'fork_tell', `SELECT tell_change('session.changed', $1, $2)`, [
      made.id,
      owner,
    ])
    return made.id
  })
}

const sign = ' (fork)'

/** One statement, so that it sees the session as it is in one moment, without a lock on it. */
const forkSql = `
WITH source AS (
  SELECT * FROM sessions WHERE id = $1 AND owner = $2 AND NOT ephemeral
), kept AS MATERIALIZED (
  SELECT m.id, m.turn_id, m.seq, gen_random_uuid() AS new_id FROM messages m
  LEFT JOIN turns t ON t.id = m.turn_id
  WHERE m.session_id = $1 AND m.variant_of IS NULL AND t.status IS DISTINCT FROM 'streaming'
    AND ($3::bigint IS NULL OR m.seq <= $3)
), kept_turns AS MATERIALIZED (
  SELECT t.id, k.new_id AS user_message_id, gen_random_uuid() AS new_id
  FROM turns t JOIN kept k ON k.id = t.user_message_id
  WHERE t.id IN (SELECT turn_id FROM kept)
), made AS (
  INSERT INTO sessions (owner, title, model, role_id, plan, params, forked_from, next_seq)
  SELECT owner, CASE WHEN right(title, ${sign.length}) = '${sign}' THEN title
      ELSE left(title, ${200 - sign.length}) || '${sign}' END,
    model, role_id, plan, params, id, (SELECT coalesce(max(seq), 0) + 1 FROM kept)
  FROM source RETURNING id
), made_turns AS (
  INSERT INTO turns (id, session_id, owner, user_message_id, status, model, plan, role_id, role_name,
    role_revision, instance, boot, lease_until, problem, params, created_at, finished_at)
  SELECT k.new_id, made.id, t.owner, k.user_message_id, t.status, t.model, t.plan, t.role_id, t.role_name,
    t.role_revision, t.instance, t.boot, t.lease_until, t.problem, t.params, t.created_at, t.finished_at
  FROM made, kept_turns k JOIN turns t ON t.id = k.id
), made_messages AS (
  INSERT INTO messages (id, session_id, role, content, created_at, seq, status, kind, turn_id, model, reasoning,
    usage, finish_reason, error_code, lifted_role)
  SELECT k.new_id, made.id, m.role, m.content, m.created_at, m.seq, m.status, m.kind, t.new_id, m.model,
    m.reasoning, m.usage, m.finish_reason, m.error_code, m.lifted_role
  FROM made, kept k JOIN messages m ON m.id = k.id LEFT JOIN kept_turns t ON t.id = m.turn_id
)
SELECT id FROM made`
