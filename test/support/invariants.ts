import { expect } from 'vitest'
import type { TestDatabase } from './database.js'

/** Each finds the rows that break a promise of the design (section 4); none may. */
const promises: Readonly<Record<string, string>> = {
  'nothing streams any more': `SELECT id FROM turns WHERE status = 'streaming'
    UNION ALL SELECT id FROM messages WHERE status = 'streaming'`,
  'events have no gap from 1': `SELECT turn_id FROM turn_events
    GROUP BY turn_id HAVING min(n) <> 1 OR max(n) <> count(*)`,
  'a turn has exactly one terminal event, and it is last': `SELECT t.id FROM turns t
    JOIN LATERAL (
      SELECT count(*) FILTER (WHERE event IN ('turn.done', 'turn.stopped', 'turn.failed', 'turn.interrupted')) AS ends,
        (array_agg(event ORDER BY n DESC))[1] AS last
      FROM turn_events e WHERE e.turn_id = t.id) AS e ON true
    WHERE e.ends <> 1 OR e.last <> CASE t.status WHEN 'complete' THEN 'turn.done' ELSE 'turn.' || t.status END`,
  'a message is what its events say': `SELECT m.id FROM messages m
    WHERE m.role = 'assistant' AND m.turn_id IS NOT NULL AND m.content <> coalesce(
      (SELECT string_agg(data, '' ORDER BY n) FROM turn_events e
       WHERE e.turn_id = m.turn_id AND e.message_id = m.id AND e.event = 'delta'), '')`,
  'numbers are dense in a session': `SELECT session_id FROM messages
    GROUP BY session_id HAVING min(seq) <> 1 OR max(seq) <> count(*)`,
  'a question stands before its answer': `SELECT t.id FROM turns t
    JOIN messages q ON q.id = t.user_message_id
    JOIN messages a ON a.turn_id = t.id AND a.role = 'assistant' WHERE a.seq <= q.seq`,
}

/** For the end of any test whose turns have all ended and whose events are all there. */
export async function checkInvariants({ pool }: Pick<TestDatabase, 'pool'>): Promise<void> {
  for (const [promise, broken] of Object.entries(promises)) {
    expect((await pool.query(broken)).rows, promise).toEqual([])
  }
}
