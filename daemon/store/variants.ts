import type { PoolClient } from 'pg'
import type { Kind, Status } from '../../shared/contract/message.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { query } from './pool.js'

/** The latest question of a session is to be answered again. */
export interface Again {
  /** Must be a turn that answered this question, so that nobody replaces what they have not seen. */
  turnId: string | undefined
}

/** A question with what is shown as its answer. */
export interface Answered {
  messageId: string
  content: string
  seq: number
  /** The turn whose answer is shown. */
  turnId: string
  /** The messages of that answer. */
  shown: string[]
}

/**
 * The question of the session's latest turn; the session is locked. Throws ProblemError `not_found`
 * when there is none or `again` names an unknown turn, `not_latest` when it names an earlier one.
 */
export async function findAnswered(
  client: PoolClient,
  sessionId: string,
  again: Again,
): Promise<Answered> {
  const [row] = await query<Answered & { named: string | null; turnId: string | null }>(
    client,
    'variant_question',
    `SELECT q.id AS "messageId", q.content, q.seq, a.turn_id AS "turnId", a.shown,
       (SELECT t.user_message_id FROM turns t WHERE t.id = $2 AND t.session_id = $1) AS named
     FROM messages q
     LEFT JOIN LATERAL (
       SELECT m.turn_id, array_agg(m.id) AS shown FROM messages m
       WHERE m.session_id = $1 AND m.seq > q.seq AND m.role = 'assistant'
         AND m.turn_id IS NOT NULL AND m.variant_of IS NULL
       GROUP BY m.turn_id) AS a ON true
     WHERE q.session_id = $1 AND q.role = 'user' AND q.turn_id IS NOT NULL
     ORDER BY q.seq DESC LIMIT 1`,
    [sessionId, again.turnId],
  )
  if (row === undefined || row.turnId === null) {
    throw new ProblemError('not_found', 'there is no answer in this session yet', {
      hint: 'Ask something first.',
    })
  }
  const { named, ...answered } = row
  if (again.turnId !== undefined && named === null) {
    throw new ProblemError('not_found', 'no turn with this id in this session')
  }
  if (again.turnId !== undefined && named !== row.messageId) throw new ProblemError('not_latest')
  return answered
}

/** The messages that one turn answers with. */
interface Answer {
  planMessageId: string | null
  answerMessageId: string
}

/**
 * Shows `answer` in place of the messages `shown`: they and what they had replaced become its
 * variants, a plan that of a plan where there is one.
 */
export async function showInstead(
  client: PoolClient,
  shown: readonly string[],
  { planMessageId, answerMessageId }: Answer,
): Promise<void> {
  await query(
    client,
    'variant_show',
    // What is to be shown may have been a variant itself: it ends up without a pointer.
    `UPDATE messages SET variant_of = nullif(
       CASE WHEN kind = 'plan' THEN coalesce($2::uuid, $3::uuid) ELSE $3::uuid END, id)
     WHERE id = ANY ($1::uuid[]) OR variant_of = ANY ($1::uuid[])`,
    [shown, planMessageId, answerMessageId],
  )
}

/** That somebody can see something of a text: more than white space, whatever the database's locale is. */
export const isVisible = (column: string): string =>
  String.raw`${column} ~ '[^\s\u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]'`

interface Part {
  id: string
  kind: Kind
  turn_id: string
  status: Status
  is_visible: boolean
}

/**
 * A whole answer is worth more than a part of one, for whatever reason it ended there; that more than
 * a plan, and a plan more than nothing.
 */
function worthOf(parts: readonly Part[]): number {
  const worths = parts.map(({ kind, status, is_visible }) => {
    if (!is_visible) return 0
    if (kind === 'plan') return 1
    return status === 'complete' ? 3 : 2
  })
  return Math.max(0, ...worths)
}

/**
 * For a retry that has just been settled: when it brought less than the answer it replaced, that one
 * is shown again. True: it is.
 */
export async function restoreReplaced(
  client: PoolClient,
  turnId: string,
  replacedId: string,
): Promise<boolean> {
  const parts = await query<Part>(
    client,
    'variant_parts',
    `SELECT id, kind, turn_id, status, ${isVisible('content')} AS is_visible FROM messages
     WHERE turn_id IN ($1, $2) AND role = 'assistant'`,
    [turnId, replacedId],
  )
  const [brought, replaced] = [turnId, replacedId].map((id) =>
    parts.filter((part) => part.turn_id === id),
  )
  const answer = replaced?.find(({ kind }) => kind !== 'plan')
  if (!brought || !replaced || !answer || worthOf(brought) >= worthOf(replaced)) return false
  await showInstead(
    client,
    brought.map(({ id }) => id),
    {
      planMessageId: replaced.find(({ kind }) => kind === 'plan')?.id ?? null,
      answerMessageId: answer.id,
    },
  )
  return true
}
