import type { Pool, PoolClient } from 'pg'
import { type TurnMessage, type TurnOutcome, terminalEvents } from '../../shared/contract/event.js'
import type { Status, Usage } from '../../shared/contract/message.js'
import type { Problem } from '../../shared/contract/problem.js'
import { query, transaction } from './pool.js'
import type { StoredEvent } from './turns.js'

type Ended = Exclude<Status, 'streaming'>

/** How one message of the turn ended. Its text is what its events say. */
export interface SettledMessage {
  id: string
  status: Ended
  model: string
  finish_reason?: string | undefined
  error_code?: string | undefined
  usage?: Usage | undefined
}

export interface SettleInput {
  turnId: string
  /** The epoch of whoever ran the turn; `take`: somebody else's turn is taken over and ended. */
  fence: { epoch: number } | { take: 'expired' | 'any' }
  /** Committed before everything else. */
  events?: readonly StoredEvent[]
  messages?: readonly SettledMessage[]
  /** Ends the turn: what still streams gets this status. */
  end?: { status: Ended; usage?: Usage | undefined; problem?: Problem | undefined }
}

/** Locks session and turn, in this order everywhere, so that no two transactions wait for each other. */
async function lock(client: PoolClient, input: SettleInput): Promise<string | undefined> {
  const [session] = await query<{ id: string }>(
    client,
    'settle_lock_session',
    `SELECT id FROM sessions WHERE id = (SELECT session_id FROM turns WHERE id = $1) FOR UPDATE`,
    [input.turnId],
  )
  if (session === undefined) return undefined
  const epoch = 'epoch' in input.fence ? input.fence.epoch : null
  const expiredOnly = 'take' in input.fence && input.fence.take === 'expired'
  const [turn] = await query<{ id: string }>(
    client,
    'settle_lock_turn',
    `SELECT id FROM turns WHERE id = $1 AND status = 'streaming'
       AND ($2::int IS NULL OR epoch = $2) AND (NOT $3 OR lease_until < now()) FOR UPDATE`,
    [input.turnId, epoch, expiredOnly],
  )
  return turn && session.id
}

async function settleMessages(client: PoolClient, input: SettleInput): Promise<void> {
  const messages = input.messages ?? []
  await query(
    client,
    'settle_messages',
    `UPDATE messages m SET
       content = coalesce((SELECT string_agg(e.data, '' ORDER BY e.n) FROM turn_events e
         WHERE e.turn_id = m.turn_id AND e.message_id = m.id AND e.event = 'delta'), ''),
       reasoning = (SELECT string_agg(e.data, '' ORDER BY e.n) FROM turn_events e
         WHERE e.turn_id = m.turn_id AND e.message_id = m.id AND e.event = 'reasoning'),
       status = coalesce(s.status, $8),
       model = coalesce(s.model, m.model),
       finish_reason = s.finish_reason,
       error_code = s.error_code,
       usage = s.usage
     FROM messages found
     LEFT JOIN unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
       AS s (id, status, model, finish_reason, error_code, usage) ON s.id = found.id
     WHERE m.id = found.id AND found.turn_id = $1 AND found.status = 'streaming'
       AND (s.id IS NOT NULL OR $8::text IS NOT NULL)`,
    [
      input.turnId,
      messages.map((message) => message.id),
      messages.map((message) => message.status),
      messages.map((message) => message.model),
      messages.map((message) => message.finish_reason),
      messages.map((message) => message.error_code),
      messages.map((message) => (message.usage ? JSON.stringify(message.usage) : null)),
      input.end?.status,
    ],
  )
}

async function endTurn(
  client: PoolClient,
  sessionId: string,
  input: SettleInput,
  end: NonNullable<SettleInput['end']>,
): Promise<void> {
  const messages = await query<TurnMessage & { content: string }>(
    client,
    'settle_outcome',
    `SELECT id, seq, kind, status, model, finish_reason, content FROM messages
     WHERE turn_id = $1 AND role = 'assistant' ORDER BY seq`,
    [input.turnId],
  )
  const outcome: TurnOutcome = {
    turn_id: input.turnId,
    session_id: sessionId,
    status: end.status,
    // length in UTF-16 units, which only JavaScript counts.
    messages: messages.map(({ content, ...message }) => ({ ...message, length: content.length })),
    ...(end.usage && { usage: end.usage }),
    ...(end.problem && { problem: end.problem }),
  }
  await query(
    client,
    'settle_end',
    `WITH ended AS (
       UPDATE turns SET status = $2, usage = $3, problem = $4, finished_at = now(), epoch = epoch + $5
       WHERE id = $1),
     touched AS (UPDATE sessions SET updated_at = now() WHERE id = $6)
     INSERT INTO turn_events (turn_id, n, event, data)
     SELECT $1, coalesce(max(n), 0) + 1, $7, $8 FROM turn_events WHERE turn_id = $1`,
    [
      input.turnId,
      end.status,
      end.usage,
      end.problem,
      'take' in input.fence ? 1 : 0,
      sessionId,
      terminalEvents[end.status],
      JSON.stringify(outcome),
    ],
  )
}

/**
 * Settles messages of a turn and, with `end`, the turn itself: one transaction, fenced, so that
 * exactly one terminal event exists and it is the last. False: the turn is gone, ended already or
 * somebody else's. Throws ProblemError `db_unavailable`.
 */
export function settleTurn(pool: Pool, input: SettleInput): Promise<boolean> {
  return transaction(pool, async (client) => {
    const sessionId = await lock(client, input)
    if (sessionId === undefined) return false
    for (const event of input.events ?? []) {
      await query(
        client,
        'settle_event',
        // A retry after a commit whose answer was lost finds its own row.
        `INSERT INTO turn_events (turn_id, n, event, data, message_id)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [input.turnId, event.n, event.event, event.data, event.message_id],
      )
    }
    await settleMessages(client, input)
    if (input.end !== undefined) await endTurn(client, sessionId, input, input.end)
    await query(client, 'settle_notify', `SELECT pg_notify('c2a_turn', '')`)
    return true
  })
}
