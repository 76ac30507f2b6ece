import type { Pool } from 'pg'
import { query, silenceAfterMs, transaction } from './pool.js'

/** SQL for what the events of the message `m` say; NULL where there are none. */
export const eventText = (event: 'delta' | 'reasoning'): string =>
  `(SELECT string_agg(e.data, '' ORDER BY e.n) FROM turn_events e
    WHERE e.turn_id = m.turn_id AND e.message_id = m.id AND e.event = '${event}')`

/** Nobody waits for it, ms. */
const patienceMs = 600_000

/**
 * Gives messages that ended without their text what their events say. To be awaited before events
 * are deleted. Throws ProblemError `db_unavailable`.
 */
export async function foldLateTexts(pool: Pool): Promise<void> {
  const late = await query<{ id: string }>(
    pool,
    'text_late',
    `SELECT m.id FROM turns t JOIN messages m ON m.turn_id = t.id
     WHERE t.status <> 'streaming' AND m.role = 'assistant' AND m.status <> 'streaming'
       AND m.content = '' AND m.reasoning IS NULL AND EXISTS (SELECT FROM turn_events e
         WHERE e.turn_id = m.turn_id AND e.message_id = m.id AND e.event IN ('delta', 'reasoning'))`,
  )
  for (const { id } of late) {
    await transaction(pool, async (client) => {
      await query(client, 'text_patience', `SELECT set_config('statement_timeout', $1, true)`, [
        String(patienceMs),
      ])
      await query(
        client,
        'text_fold',
        `UPDATE messages m SET content = coalesce(${eventText('delta')}, ''),
           reasoning = ${eventText('reasoning')} WHERE m.id = $1`,
        [id],
        patienceMs + silenceAfterMs,
      )
    })
  }
}
