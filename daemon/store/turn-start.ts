import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Plan } from '../../shared/contract/common.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { type HistoryMessage, readHistory } from './messages.js'
import { query, transaction, violated } from './pool.js'

/** What a session remembers, read under its lock. */
export interface LockedSession {
  title: string
  model: string | null
  role_id: string | null
  plan: Plan | null
}

export interface TurnRole {
  id: string | null
  name: string
  instructions: string
  revision: number | null
}

/** What the turn will do, decided from the request and the locked session. */
export interface TurnChoice {
  model: string
  plan: Plan | null
  /** `undefined`: the role is not to be looked up, `role` stands for it. */
  roleId: string | null | undefined
  role?: TurnRole | undefined
  /** What the session is to remember from now on. */
  sessionModel: string | null
  title: string
}

export interface StartInput {
  owner: string
  sessionId: string
  content: string
  idempotency?: { key: string; hash: Buffer } | undefined
  instance: string
  boot: string
  leaseMs: number
  choose(session: LockedSession): TurnChoice
  /** May refuse the turn once its history and role are known, by throwing. */
  guard(choice: TurnChoice, history: readonly HistoryMessage[], role: TurnRole | null): void
}

export interface StartedTurn {
  id: string
  sessionId: string
  owner: string
  epoch: number
  model: string
  plan: Plan | null
  role: TurnRole | null
  userMessageId: string
  /** In plan mode the plan's message; the answer's is the last. */
  planMessageId: string | null
  answerMessageId: string
  history: HistoryMessage[]
  /** The number of the last event that the start committed. */
  lastEvent: number
}

export type StartResult = { started: StartedTurn } | { attached: string }

interface SessionRow extends LockedSession {
  next_seq: number
  live_turn_id: string | null
}

/** The turn that this key made before. Throws `idempotency_key_reused` when it was for another request. */
async function findByKey(pool: Pool, input: StartInput): Promise<string | undefined> {
  if (input.idempotency === undefined) return undefined
  const [row] = await query<{ id: string; request_hash: Buffer }>(
    pool,
    'turn_by_key',
    'SELECT id, request_hash FROM turns WHERE owner = $1 AND idempotency_key = $2',
    [input.owner, input.idempotency.key],
  )
  if (row === undefined) return undefined
  if (!row.request_hash.equals(input.idempotency.hash)) {
    throw new ProblemError('idempotency_key_reused')
  }
  return row.id
}

async function readRole(pool: Parameters<typeof query>[0], id: string): Promise<TurnRole> {
  const [role] = await query<{ id: string; name: string; instructions: string; revision: number }>(
    pool,
    'turn_role',
    'SELECT id, name, instructions, revision FROM roles WHERE id = $1',
    [id],
  )
  if (role === undefined) throw new ProblemError('not_found', 'no role with this id')
  return role
}

/**
 * Starts a turn in one transaction: locks the session, takes sequence numbers, stores the user's
 * message, the placeholders and the first event. Nothing goes to the gateway before this commits.
 * Throws ProblemError `not_found`, `session_busy`, `idempotency_key_reused`, `db_unavailable`.
 */
export async function startTurn(pool: Pool, input: StartInput): Promise<StartResult> {
  const known = await findByKey(pool, input)
  if (known !== undefined) return { attached: known }
  try {
    return { started: await insertTurn(pool, input) }
  } catch (error) {
    // Two requests with one key at once: the later one attaches.
    if (violated(error) !== 'turns_idempotency') throw error
    const winner = await findByKey(pool, input)
    if (winner === undefined) throw error
    return { attached: winner }
  }
}

function insertTurn(pool: Pool, input: StartInput): Promise<StartedTurn> {
  return transaction(pool, async (client) => {
    const [session] = await query<SessionRow>(
      client,
      'turn_lock_session',
      `SELECT s.title, s.model, s.role_id, s.plan, s.next_seq,
         (SELECT t.id FROM turns t WHERE t.session_id = s.id AND t.status = 'streaming') AS live_turn_id
       FROM sessions s WHERE s.id = $1 AND s.owner = $2 FOR UPDATE OF s`,
      [input.sessionId, input.owner],
    )
    if (session === undefined) throw new ProblemError('not_found', 'no session with this id')
    if (session.live_turn_id !== null) {
      throw new ProblemError('session_busy', undefined, { turnId: session.live_turn_id })
    }
    const choice = input.choose(session)
    const history = await readHistory(client, input.sessionId)
    const role = choice.role ?? (choice.roleId ? await readRole(client, choice.roleId) : null)
    input.guard(choice, history, role)

    const turn: StartedTurn = {
      id: randomUUID(),
      sessionId: input.sessionId,
      owner: input.owner,
      epoch: 1,
      model: choice.model,
      plan: choice.plan,
      role,
      userMessageId: randomUUID(),
      planMessageId: choice.plan === null ? null : randomUUID(),
      answerMessageId: randomUUID(),
      history,
      lastEvent: 1,
    }
    const startedEvent = {
      turn_id: turn.id,
      session_id: turn.sessionId,
      user_message_id: turn.userMessageId,
      message_id: turn.answerMessageId,
      model: turn.model,
      ...(role !== null && { role_name: role.name }),
      ...(turn.plan !== null && { plan: turn.plan }),
    }
    const answerSeq = session.next_seq + (turn.plan === null ? 1 : 2)
    await query(
      client,
      'turn_insert',
      `WITH bumped AS (
         UPDATE sessions SET next_seq = $17::bigint + 1, model = $18, title = $19 WHERE id = $2),
       turn AS (
         INSERT INTO turns (id, session_id, owner, user_message_id, model, plan, role_id, role_name,
           role_revision, idempotency_key, request_hash, instance, boot, lease_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
           now() + $14 * interval '1 millisecond')),
       started AS (
         INSERT INTO turn_events (turn_id, n, event, data) VALUES ($1, 1, 'turn.started', $15))
       INSERT INTO messages (id, session_id, seq, role, kind, content, status, turn_id, model)
       SELECT id, $2, seq, role, kind, content, status, $1, model FROM (VALUES
         ($4::uuid, $16::bigint, 'user', 'chat', $20::text, 'complete', NULL::text),
         ($21::uuid, $16::bigint + 1, 'assistant', 'plan', '', 'streaming', $22::text),
         ($23::uuid, $17::bigint, 'assistant', $24::text, '', 'streaming', $5::text)
       ) AS new (id, seq, role, kind, content, status, model)
       WHERE id IS NOT NULL`,
      [
        turn.id,
        turn.sessionId,
        turn.owner,
        turn.userMessageId,
        turn.model,
        turn.plan,
        role?.id,
        role?.name,
        role?.revision,
        input.idempotency?.key,
        input.idempotency?.hash,
        input.instance,
        input.boot,
        input.leaseMs,
        JSON.stringify(startedEvent),
        session.next_seq,
        answerSeq,
        choice.sessionModel,
        choice.title,
        input.content,
        turn.planMessageId,
        turn.plan?.planning_model,
        turn.answerMessageId,
        turn.plan === null ? 'chat' : 'answer',
      ],
    )
    return turn
  })
}
