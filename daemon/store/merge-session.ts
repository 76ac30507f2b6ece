import type { PoolClient } from 'pg'
import type { Merged } from '../../shared/contract/backup.js'
import type { SessionLine } from '../../shared/contract/backup-line.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { bulkSilenceMs } from './bulk.js'
import { control, query } from './pool.js'
import { stagedColumns } from './stage-rows.js'

export interface SessionMerge {
  session: 'added' | 'updated' | 'kept'
  turns: Merged
  messages: Merged
}

interface Target {
  id: string
  isNew: boolean
  /** The file's is the later one. */
  isNewer: boolean
  nextSeq: number
}

function run<Row extends object>(
  client: PoolClient,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  return query<Row & Record<string, unknown>>(client, `merge_${name}`, text, values, bulkSilenceMs)
}

/**
 * Takes the staged rows of a session over, by id, in the caller's transaction. What is here stays as
 * it is, but: of the session the later version wins, and of a turn the one that ended later, with its
 * messages. Messages that both copies have written since they parted come one after the other. Throws
 * ProblemError `import_conflict` and `invalid_request`.
 */
export async function mergeSession(
  client: PoolClient,
  line: SessionLine,
  owner: string,
  roleId: string | null,
): Promise<SessionMerge> {
  const target = await lockTarget(client, line, owner, roleId)
  await checkStaged(client, target.id)
  const { turns, changed } = await mergeTurns(client, target, owner)
  const messages = await mergeMessages(client, target, changed)
  if (target.isNewer) await updateSession(client, line, owner, roleId)
  await run(
    client,
    'next_seq',
    `UPDATE sessions SET next_seq = greatest(next_seq, $2,
       (SELECT max(seq) + 1 FROM messages WHERE session_id = $1)) WHERE id = $1`,
    [target.id, line.next_seq],
  )
  const session = target.isNew ? 'added' : target.isNewer ? 'updated' : 'kept'
  return { session, turns, messages }
}

/** A session of the same owner only: where it is not there, it forked from nothing. */
const forkedFrom = '(SELECT f.id FROM sessions f WHERE f.id = $8 AND f.owner = $2)'

const settingsOf = (line: SessionLine, owner: string, roleId: string | null): unknown[] => [
  ...[line.id, owner, line.title, line.model, roleId, line.plan, line.params],
  ...[line.forked_from, line.created_at, line.updated_at],
]

async function lockTarget(
  client: PoolClient,
  line: SessionLine,
  owner: string,
  roleId: string | null,
): Promise<Target> {
  const added = await run(
    client,
    'session_add',
    `INSERT INTO sessions
       (id, owner, title, model, role_id, plan, params, forked_from, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, ${forkedFrom}, $9, $10)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    settingsOf(line, owner, roleId),
  )
  if (added.length > 0) return { id: line.id, isNew: true, isNewer: false, nextSeq: 1 }
  const [here] = await run<{ next_seq: number; newer: boolean }>(
    client,
    'session_lock',
    `SELECT next_seq, updated_at < $3 AS newer FROM sessions
     WHERE id = $1 AND owner = $2 AND NOT ephemeral FOR UPDATE`,
    [line.id, owner, line.updated_at],
  )
  if (here === undefined) throw taken('session', line.id)
  return { id: line.id, isNew: false, isNewer: here.newer, nextSeq: here.next_seq }
}

async function updateSession(
  client: PoolClient,
  line: SessionLine,
  owner: string,
  roleId: string | null,
): Promise<void> {
  await run(
    client,
    'session_update',
    `UPDATE sessions SET title = $3, model = $4, role_id = $5, plan = $6, params = $7,
       forked_from = ${forkedFrom}, created_at = $9, updated_at = $10
     WHERE id = $1 AND owner = $2`,
    settingsOf(line, owner, roleId),
  )
}

function taken(what: string, id: string): ProblemError {
  return new ProblemError('import_conflict', `the id of ${what} ${id} is taken here`)
}

interface Wrong {
  what: string
  id: string
  conflict: boolean
}

/** Fewer are compared at once in any way. */
const manyRows = 200

/** A file may say anything: each id it names must be its own, and each reference stay in the session. */
async function checkStaged(client: PoolClient, sessionId: string): Promise<void> {
  const here = (table: string, id: string): string =>
    `EXISTS (SELECT FROM staged_${table} x WHERE x.id = ${id})
     OR EXISTS (SELECT FROM ${table} x WHERE x.id = ${id} AND x.session_id = $1)`
  // Without figures the planner thinks of a few rows, and compares each with each.
  const many = (await count(client, 'messages')) > manyRows
  if (many) await client.query(control('ANALYZE staged_turns, staged_messages'))
  const [wrong] = await run<Wrong>(
    client,
    'check',
    `SELECT 'turn' AS what, s.id, true AS conflict FROM staged_turns s JOIN turns t ON t.id = s.id
       WHERE t.session_id <> $1
     UNION ALL
     SELECT 'message', s.id, true FROM staged_messages s JOIN messages m ON m.id = s.id
       WHERE m.session_id <> $1
     UNION ALL
     SELECT 'turn', id, false FROM staged_turns GROUP BY id HAVING count(*) > 1
     UNION ALL
     SELECT 'message', id, false FROM staged_messages GROUP BY id HAVING count(*) > 1
     UNION ALL
     SELECT 'message', min(id::text)::uuid, false FROM staged_messages GROUP BY seq HAVING count(*) > 1
     UNION ALL
     SELECT 'message', s.id, false FROM staged_messages s
       WHERE (s.turn_id IS NOT NULL AND NOT (${here('turns', 's.turn_id')}))
         OR (s.variant_of IS NOT NULL AND NOT (${here('messages', 's.variant_of')}))
     UNION ALL
     -- A turn that is running writes its messages itself, and adds up what they cost.
     SELECT 'message', s.id, false FROM staged_messages s JOIN turns t ON t.id = s.turn_id
       WHERE t.status = 'streaming' AND NOT EXISTS (SELECT FROM messages m WHERE m.id = s.id)
     UNION ALL
     SELECT 'turn', s.id, false FROM staged_turns s
       WHERE NOT (${here('messages', 's.user_message_id')})
         OR (s.retry_of IS NOT NULL AND NOT (${here('turns', 's.retry_of')}))
     LIMIT 1`,
    [sessionId],
  )
  if (wrong === undefined) return
  if (wrong.conflict) throw taken(wrong.what, wrong.id)
  const where = `${wrong.what} ${wrong.id} of session ${sessionId}`
  throw new ProblemError(
    'invalid_request',
    `${where} is there twice, names what is not there, or is being written`,
  )
}

async function count(client: PoolClient, kind: 'turns' | 'messages'): Promise<number> {
  const [row] = await run<{ count: number }>(
    client,
    `count_${kind}`,
    `SELECT count(*) AS count FROM staged_${kind}`,
    [],
  )
  return row?.count ?? 0
}

async function mergeTurns(
  client: PoolClient,
  { id, isNew }: Target,
  owner: string,
): Promise<{ turns: Merged; changed: string[] }> {
  const changed = isNew
    ? []
    : await run<{ id: string }>(
        client,
        'turns_update',
        `UPDATE turns t SET status = s.status, usage = s.usage, problem = s.problem,
           finished_at = s.finished_at
         FROM staged_turns s
         WHERE t.id = s.id AND t.status <> 'streaming' AND t.finished_at < s.finished_at
         RETURNING t.id`,
        [],
      )
  const keep = `NOT EXISTS (SELECT FROM turns k
    WHERE k.owner = $2 AND k.idempotency_key = s.idempotency_key)`
  const added = await run(
    client,
    'turns_add',
    `INSERT INTO turns (${stagedColumns.turns}, session_id, owner, instance, boot, lease_until)
     SELECT id, user_message_id, status, model, plan,
       (SELECT r.id FROM roles r WHERE r.id = s.role_id), role_name, role_revision,
       CASE WHEN ${keep} THEN idempotency_key END, CASE WHEN ${keep} THEN request_hash END,
       usage, problem, params, retry_of, created_at, finished_at,
       $1, $2, 'import', gen_random_uuid(), finished_at
     FROM staged_turns s WHERE NOT EXISTS (SELECT FROM turns t WHERE t.id = s.id) RETURNING id`,
    [id, owner],
  )
  await run(
    client,
    'spend_add',
    `INSERT INTO spend (turn_id, owner, at, cost_usd, cost_estimated)
     SELECT id, $1, (spend->>'at')::timestamptz, (spend->>'cost_usd')::numeric,
       (spend->>'cost_estimated')::boolean
     FROM staged_turns s WHERE spend IS NOT NULL AND jsonb_typeof(spend) = 'object'
       -- What is booked already stays: a turn that is running is booked when it ends.
       AND NOT EXISTS (SELECT FROM turns t WHERE t.id = s.id AND t.status = 'streaming')
     ON CONFLICT DO NOTHING`,
    [owner],
  )
  const staged = await count(client, 'turns')
  const turns = { added: added.length, updated: changed.length, kept: 0 }
  turns.kept = staged - turns.added - turns.updated
  return { turns, changed: changed.map((turn) => turn.id) }
}

async function mergeMessages(
  client: PoolClient,
  { id, isNew, isNewer, nextSeq }: Target,
  changedTurns: readonly string[],
): Promise<Merged> {
  const updated =
    changedTurns.length === 0
      ? []
      : await run(
          client,
          'messages_update',
          `UPDATE messages m SET content = s.content, status = s.status, model = s.model,
             reasoning = s.reasoning, usage = s.usage, finish_reason = s.finish_reason,
             error_code = s.error_code
           FROM staged_messages s
           WHERE m.id = s.id AND m.role = 'assistant' AND m.turn_id = ANY ($1) RETURNING m.id`,
          [changedTurns],
        )
  const added = await run(
    client,
    isNew ? 'messages_new' : 'messages_add',
    `WITH missing AS (
       SELECT * FROM staged_messages s
       WHERE NOT EXISTS (SELECT FROM messages m WHERE m.id = s.id)),
     clash AS (
       SELECT min(x.seq) AS at FROM missing x JOIN messages m ON m.session_id = $1 AND m.seq = x.seq)
     INSERT INTO messages (${stagedColumns.messages}, session_id)
     SELECT id, CASE WHEN seq >= at THEN
         $2 - 1 + row_number() OVER (PARTITION BY seq >= at ORDER BY seq) ELSE seq END,
       role, kind, content, status, turn_id, variant_of, model, reasoning, usage, finish_reason,
       error_code, lifted_role, created_at, $1
     FROM missing, clash RETURNING id`,
    [id, nextSeq],
  )
  if (isNewer) {
    await run(
      client,
      'messages_variants',
      `UPDATE messages m SET variant_of = s.variant_of FROM staged_messages s
       WHERE m.id = s.id AND m.variant_of IS DISTINCT FROM s.variant_of`,
      [],
    )
  }
  const staged = await count(client, 'messages')
  const [a, u] = [added.length, updated.length]
  return { added: a, updated: u, kept: staged - a - u }
}
