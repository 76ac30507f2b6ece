import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { Plan } from '../../shared/contract/common.js'
import type { CallParams, Params } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { applyParams } from '../../shared/params.js'
import { crashPoint } from '../crash-point.js'
import { type HistoryMessage, measureHistory, readHistory } from './history.js'
import { query, transaction, violated } from './pool.js'
import { readSpent, type SpentSoFar } from './spend.js'
import { type Again, type Answered, findAnswered, showInstead } from './variants.js'

/** What a session remembers, read under its lock. */
export interface LockedSession {
  title: string
  model: string | null
  role_id: string | null
  plan: Plan | null
  params: Params
}

export interface TurnRole {
  id: string | null
  name: string
  instructions: string
  revision: number | null
  params: Params
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
  /** The user's message. */
  content: string | Again
  /** They go over the session's, and these over the role's. */
  params?: CallParams | undefined
  idempotency?: Idempotency | undefined
  instance: string
  boot: string
  leaseMs: number
  choose(session: LockedSession, question: string): TurnChoice
  /** How much of what was said before may be read for it. */
  limit(choice: TurnChoice): HistoryLimit
  /** The guard is to know what was spent. */
  isLimited?: boolean | undefined
  /** May refuse the turn once all that goes to the model is known, by throwing. */
  guard(
    choice: TurnChoice,
    role: TurnRole | null,
    asked: Conversation,
    spent: SpentSoFar | undefined,
  ): void
}

/** Bytes, counted as `measureHistory` does, and the error when there are more. */
export interface HistoryLimit {
  most: number
  refusal: ProblemError
}

/** The user's own words, and what was said before them. */
export interface Conversation {
  question: string
  history: HistoryMessage[]
}

export interface StartedTurn extends Conversation {
  id: string
  sessionId: string
  owner: string
  epoch: number
  model: string
  /** The session had none: it remembers this one because of the post. */
  fillsModel: boolean
  plan: Plan | null
  role: TurnRole | null
  /** What goes to the model beside the messages. */
  params: Params
  userMessageId: string
  /** In plan mode the plan's message; the answer's is the last. */
  planMessageId: string | null
  answerMessageId: string
  /** The turn whose answer this one replaces. */
  retryOf: string | null
  /** The number of the last event that the start committed. */
  lastEvent: number
}

export type StartResult = { started: StartedTurn } | { attached: string }

interface LockedRow extends LockedSession {
  next_seq: number
}

export interface Idempotency {
  key: string
  /** Of all that makes two requests the same one. */
  hash: Buffer
}

/** The turn that this key made before. Throws ProblemError `idempotency_key_reused` when it was for another request. */
export async function findStarted(
  pool: Pool,
  owner: string,
  idempotency: Idempotency | undefined,
): Promise<string | undefined> {
  if (idempotency === undefined) return undefined
  const [row] = await query<{ id: string; request_hash: Buffer }>(
    pool,
    'turn_by_key',
    'SELECT id, request_hash FROM turns WHERE owner = $1 AND idempotency_key = $2',
    [owner, idempotency.key],
  )
  if (row === undefined) return undefined
  if (!row.request_hash.equals(idempotency.hash)) throw new ProblemError('idempotency_key_reused')
  return row.id
}

async function readRole(pool: Parameters<typeof query>[0], id: string): Promise<TurnRole> {
  const [role] = await query<TurnRole>(
    pool,
    'turn_role',
    // The lock keeps it until the turn that names it is committed.
    'SELECT id, name, instructions, revision, params FROM roles WHERE id = $1 FOR KEY SHARE',
    [id],
  )
  if (role === undefined) throw new ProblemError('not_found', 'no role with this id')
  return role
}

/**
 * Starts a turn in one transaction: locks the session, takes sequence numbers, stores the user's
 * message, the placeholders and the first event. Nothing goes to the gateway before this commits.
 * Of a question that is answered again the message stays, and the older answer becomes a variant.
 * Throws ProblemError `not_found`, `not_latest`, `session_busy`, `idempotency_key_reused`,
 * `db_unavailable`, and whatever `limit` and `guard` refuse with.
 */
export async function startTurn(pool: Pool, input: StartInput): Promise<StartResult> {
  try {
    return { started: await insertTurn(pool, input) }
  } catch (error) {
    // The same request may have made the turn that is in the way: then this one attaches.
    const busy = error instanceof ProblemError && error.code === 'session_busy'
    if (!busy && violated(error) !== 'turns_idempotency') throw error
    const winner = await findStarted(pool, input.owner, input.idempotency)
    if (winner === undefined) throw error
    return { attached: winner }
  }
}

async function lockSession(client: PoolClient, input: StartInput): Promise<LockedRow> {
  const [session] = await query<LockedRow>(
    client,
    'turn_lock_session',
    `SELECT title, model, role_id, plan, params, next_seq FROM sessions
     WHERE id = $1 AND owner = $2 FOR UPDATE`,
    [input.sessionId, input.owner],
  )
  if (session === undefined) throw new ProblemError('not_found', 'no session with this id')
  // A statement of its own: the one that waited for the lock does not see what the winner committed.
  const [live] = await query<{ id: string }>(
    client,
    'turn_live',
    `SELECT id FROM turns WHERE session_id = $1 AND status = 'streaming'`,
    [input.sessionId],
  )
  if (live !== undefined) throw new ProblemError('session_busy', undefined, { turnId: live.id })
  return session
}

/** A message that is there already, or a new one. */
type AskedMessage = Pick<Answered, 'content'> & Partial<Answered>

function insertTurn(pool: Pool, input: StartInput): Promise<StartedTurn> {
  return transaction(pool, async (client) => {
    const session = await lockSession(client, input)
    if (crashPoint) await crashPoint('after-session-lock')
    const { content, sessionId } = input
    const asked: AskedMessage =
      typeof content === 'string' ? { content } : await findAnswered(client, sessionId, content)
    const question = asked.content
    const choice = input.choose(session, question)
    const { most, refusal } = input.limit(choice)
    const bytes = await measureHistory(client, sessionId, { before: asked.seq, most })
    if (bytes > most) throw refusal
    const history = await readHistory(client, sessionId, asked.seq)
    const role = choice.role ?? (choice.roleId ? await readRole(client, choice.roleId) : null)
    const spent = input.isLimited ? await readSpent(client, input.owner, sessionId) : undefined
    input.guard(choice, role, { question, history }, spent)

    const turn: StartedTurn = {
      id: randomUUID(),
      sessionId: input.sessionId,
      owner: input.owner,
      epoch: 1,
      model: choice.model,
      fillsModel:
        session.model === null && choice.plan === null && choice.sessionModel === choice.model,
      plan: choice.plan,
      role,
      params: applyParams(input.params, session.params, role?.params),
      userMessageId: asked.messageId ?? randomUUID(),
      planMessageId: choice.plan === null ? null : randomUUID(),
      answerMessageId: randomUUID(),
      retryOf: asked.turnId ?? null,
      question,
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
      ...(turn.retryOf !== null && { retry_of: turn.retryOf }),
    }
    // As if the question came right before, where it is not a new one.
    const questionSeq = session.next_seq - (turn.retryOf === null ? 0 : 1)
    const answerSeq = questionSeq + (turn.plan === null ? 1 : 2)
    await query(
      client,
      'turn_insert',
      `WITH bumped AS (
         UPDATE sessions SET next_seq = $17::bigint + 1, model = $18, title = $19 WHERE id = $2),
       turn AS (
         INSERT INTO turns (id, session_id, owner, user_message_id, model, plan, role_id, role_name,
           role_revision, idempotency_key, request_hash, instance, boot, lease_until, retry_of, params)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
           now() + $14 * interval '1 millisecond', $25, $26)),
       started AS (
         INSERT INTO turn_events (turn_id, n, event, data) VALUES ($1, 1, 'turn.started', $15))
       INSERT INTO messages (id, session_id, seq, role, kind, content, status, turn_id, model)
       SELECT id, $2, seq, role, kind, content, status, $1, model FROM (VALUES
         (CASE WHEN $25::uuid IS NULL THEN $4::uuid END, $16::bigint, 'user', 'chat', $20::text,
           'complete', NULL::text),
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
        questionSeq,
        answerSeq,
        choice.sessionModel,
        choice.title,
        question,
        turn.planMessageId,
        turn.plan?.planning_model,
        turn.answerMessageId,
        turn.plan === null ? 'chat' : 'answer',
        turn.retryOf,
        turn.params,
      ],
    )
    if (asked.shown !== undefined) await showInstead(client, asked.shown, turn)
    return turn
  })
}
