import type { Pool, PoolClient } from 'pg'
import { type TurnMessage, type TurnOutcome, terminalEvents } from '../../shared/contract/event.js'
import type { Status, Usage } from '../../shared/contract/message.js'
import type { Problem } from '../../shared/contract/problem.js'
import { crashPoint } from '../crash-point.js'
import { eventText } from './event-text.js'
import { control, isTimedOut, query, silenceAfterMs, transaction } from './pool.js'
import { msBetween } from './turn-times.js'
import type { StoredEvent } from './turns.js'
import { restoreReplaced } from './variants.js'

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
  end?: {
    status: Ended
    usage?: Usage | undefined
    problem?: Problem | undefined
    /** US dollars for what was paid for and the gateway did not count; the rest is in the usage of the messages. */
    reckoned?: number | undefined
    /** The session had no model, took this one from the post, and is to have none again. */
    forgetModel?: string | undefined
  }
}

/**
 * Locks session and turn, in this order everywhere, so that no two transactions wait for each other.
 * Gives the turn, or undefined when it is gone, ended or somebody else's, or its lease may still run.
 */
async function lock(client: PoolClient, input: SettleInput): Promise<LockedTurn | undefined> {
  const epoch = 'epoch' in input.fence ? input.fence.epoch : null
  const expiredOnly = 'take' in input.fence && input.fence.take === 'expired'
  // Whoever holds a turn keeps its owner from renewing the lease, too: that one has the first chance.
  const skip = expiredOnly ? 'SKIP LOCKED' : ''
  const [row] = await query<LockedTurn>(
    client,
    expiredOnly ? 'settle_lock_expired' : 'settle_lock',
    // A CTE that locks is always carried out first, and the turn is looked at anew once it is ours.
    `WITH s AS (
       SELECT id FROM sessions WHERE id = (SELECT session_id FROM turns WHERE id = $1) FOR UPDATE ${skip})
     SELECT t.session_id, t.retry_of, ${msBetween('t.created_at', 'now()')} AS elapsed_ms
     FROM s JOIN turns t ON t.session_id = s.id
     WHERE t.id = $1 AND t.status = 'streaming'
       AND ($2::int IS NULL OR t.epoch = $2) AND (NOT $3 OR t.lease_until < now()) FOR UPDATE OF t ${skip}`,
    [input.turnId, epoch, expiredOnly],
  )
  return row
}

interface LockedTurn {
  session_id: string
  retry_of: string | null
  /** Until this transaction's `now()`, which is when it ends. */
  elapsed_ms: number
}

async function insertEvents(
  client: PoolClient,
  turnId: string,
  events: readonly StoredEvent[],
): Promise<void> {
  if (events.length === 0) return
  await query(
    client,
    'settle_events',
    // A retry after a commit whose answer was lost finds its own rows.
    `INSERT INTO turn_events (turn_id, n, event, data, message_id)
     SELECT $1, n, event, data, message_id
     FROM unnest($2::int[], $3::text[], $4::text[], $5::uuid[]) AS e (n, event, data, message_id)
     ON CONFLICT DO NOTHING`,
    [
      turnId,
      events.map((event) => event.n),
      events.map((event) => event.event),
      events.map((event) => event.data),
      events.map((event) => event.message_id),
    ],
  )
}

/** What the text of the largest answer may take, ms. */
const largestTextMs = 120_000

/**
 * Nearly every text is there in the usual time; a large one gets more, under the same lock. Where
 * even that was too little the messages end without their text, which `foldLateTexts` brings, and
 * undefined is returned: how long they are is not known.
 */
async function settleMessages(
  client: PoolClient,
  input: SettleInput,
  longMs: number,
): Promise<TurnMessage[] | undefined> {
  await client.query(control('SAVEPOINT settled'))
  for (const isLast of [false, true]) {
    try {
      return await updateMessages(client, input, true, isLast ? longMs + silenceAfterMs : undefined)
    } catch (error) {
      if (!isTimedOut(error)) throw error
    }
    await client.query(control('ROLLBACK TO settled'))
    await query(client, 'settle_patience', `SELECT set_config('statement_timeout', $1, true)`, [
      String(longMs),
    ])
  }
  await updateMessages(client, input, false)
  return undefined
}

/** Every message of the turn, as it stands from now on. */
async function updateMessages(
  client: PoolClient,
  input: SettleInput,
  withText: boolean,
  timeoutMs?: number,
): Promise<TurnMessage[]> {
  const messages = input.messages ?? []
  return query(
    client,
    'settle_messages',
    `WITH settled AS (UPDATE messages m SET
       content = coalesce(CASE WHEN $11 THEN ${eventText('delta')} END, ''),
       reasoning = CASE WHEN $11 THEN ${eventText('reasoning')} END,
       status = coalesce(s.status, $8),
       model = coalesce(s.model, m.model),
       finish_reason = s.finish_reason,
       error_code = CASE WHEN s.id IS NULL THEN $9 ELSE s.error_code END,
       usage = s.usage
     FROM messages found
     LEFT JOIN unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[])
       AS s (id, status, model, finish_reason, error_code, usage) ON s.id = found.id
     WHERE m.id = found.id AND found.turn_id = $1 AND found.status = 'streaming'
       AND (s.id IS NOT NULL OR $8::text IS NOT NULL)
       RETURNING m.id, m.seq, m.kind, m.status, m.model, m.finish_reason),
     ended AS (
       SELECT * FROM settled
       UNION ALL SELECT id, seq, kind, status, model, finish_reason FROM messages
         WHERE turn_id = $1 AND role = 'assistant' AND status <> 'streaming')
     SELECT *, (SELECT coalesce(sum(char_length(e.data) + regexp_count(e.data, $10)), 0) FROM turn_events e
       WHERE $11 AND e.turn_id = $1 AND e.message_id = ended.id AND e.event = 'delta') AS length
     FROM ended ORDER BY seq`,
    [
      input.turnId,
      messages.map((message) => message.id),
      messages.map((message) => message.status),
      messages.map((message) => message.model),
      messages.map((message) => message.finish_reason),
      messages.map((message) => message.error_code),
      messages.map((message) => (message.usage ? JSON.stringify(message.usage) : null)),
      input.end?.status,
      input.end?.problem?.code,
      // Two units each in UTF-16. Counted over there: an answer may be larger than what we should hold.
      '[\\U00010000-\\U0010FFFF]',
      withText,
    ],
    timeoutMs,
  )
}

async function endTurn(
  client: PoolClient,
  { session_id: sessionId, retry_of: replaced, elapsed_ms }: LockedTurn,
  input: SettleInput,
  end: NonNullable<SettleInput['end']>,
  messages: readonly TurnMessage[] | undefined,
): Promise<void> {
  // What is not known to have brought less stays.
  const isRestored =
    replaced !== null &&
    messages !== undefined &&
    (await restoreReplaced(client, input.turnId, replaced))
  const outcome: TurnOutcome = {
    turn_id: input.turnId,
    session_id: sessionId,
    status: end.status,
    messages: [...(messages ?? [])],
    ...(end.usage && { usage: end.usage }),
    ...(end.status !== 'interrupted' && { elapsed_ms }),
    ...(end.problem && { problem: end.problem }),
    ...(isRestored && { restored_turn_id: replaced }),
  }
  await query(
    client,
    'settle_end',
    `WITH ended AS (
       UPDATE turns SET status = $2, usage = $3, problem = $4, finished_at = now(), epoch = epoch + $5
       WHERE id = $1),
     touched AS (
       UPDATE sessions SET updated_at = now(), model = nullif(model, $10) WHERE id = $6),
     booked AS (
       INSERT INTO spend (turn_id, owner, cost_usd, cost_estimated)
       SELECT t.id, t.owner, coalesce(told.cost, 0) + coalesce($9::numeric, 0),
         $9 IS NOT NULL OR told.is_estimated
       FROM turns t, (
         SELECT sum((usage->>'cost_usd')::numeric) AS cost,
           bool_or(usage ? 'cost_estimated' OR NOT usage ? 'cost_usd') AS is_estimated
         FROM messages WHERE turn_id = $1) AS told
       WHERE t.id = $1 AND (told.cost IS NOT NULL OR $9 IS NOT NULL)
       ON CONFLICT DO NOTHING)
     INSERT INTO turn_events (turn_id, n, event, data)
     SELECT $1, coalesce(max(n), 0) + 1, $7, $8 FROM turn_events WHERE turn_id = $1
     RETURNING pg_notify('c2a_turn', '')`,
    [
      input.turnId,
      end.status,
      end.usage,
      end.problem,
      'take' in input.fence ? 1 : 0,
      sessionId,
      terminalEvents[end.status],
      JSON.stringify(outcome),
      end.reckoned,
      end.forgetModel,
    ],
  )
}

/**
 * Settles messages of a turn and, with `end`, the turn itself: one transaction, fenced, so that
 * exactly one terminal event exists and it is the last. A retry that brought less than what it
 * replaced gives way to it. False: the turn is gone, ended already or somebody else's. `longMs`: what
 * the text may take that took too long at first. Throws ProblemError `db_unavailable`, also when
 * something else holds the session.
 */
export function settleTurn(
  pool: Pool,
  input: SettleInput,
  longMs = largestTextMs,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    const turn = await lock(client, input)
    if (turn === undefined) return false
    await insertEvents(client, input.turnId, input.events ?? [])
    const messages = await settleMessages(client, input, longMs)
    if (crashPoint && input.end !== undefined) await crashPoint('inside-finish-tx')
    if (input.end !== undefined) await endTurn(client, turn, input, input.end, messages)
    else await query(client, 'settle_notify', `SELECT pg_notify('c2a_turn', '')`)
    return true
  })
}
