import type { TurnOutcome } from '../../../shared/contract/event.js'
import type { TestDatabase } from '../../support/database.js'
import type { Rule, Violation } from './check.js'

const terminal = `('turn.done', 'turn.stopped', 'turn.failed', 'turn.interrupted')`
/** Events are kept a day after the end. */
const unfolded = `(t.finished_at IS NULL OR t.finished_at > now() - interval '24 hours')`

/** Each finds the rows that break a rule, with what is wrong with them; none may. */
const promises: readonly (readonly [rule: Rule, broken: string])[] = [
  [
    'I2',
    `SELECT format('turn %s: %s events from %s to %s', turn_id, count(*), min(n), max(n)) AS what
     FROM turn_events GROUP BY turn_id HAVING min(n) <> 1 OR max(n) <> count(*)`,
  ],
  [
    'I3',
    `SELECT format('message %s (%s): %s characters, of its events %s', m.id, m.status,
       length(m.content), length(e.content)) AS what
     FROM messages m JOIN turns t ON t.id = m.turn_id AND t.session_id = m.session_id
     CROSS JOIN LATERAL (
       SELECT coalesce(string_agg(data, '' ORDER BY n) FILTER (WHERE event = 'delta'), '') AS content,
         coalesce(string_agg(data, '' ORDER BY n) FILTER (WHERE event = 'reasoning'), '') AS reasoning
       FROM turn_events WHERE turn_id = t.id AND message_id = m.id) AS e
     WHERE m.role = 'assistant' AND m.status <> 'streaming' AND ${unfolded}
       AND (m.content <> e.content OR coalesce(m.reasoning, '') <> e.reasoning)`,
  ],
  [
    'I4',
    `SELECT format('turn %s (%s): %s terminal events, the last event is %s', t.id, t.status, e.ends, e.last) AS what
     FROM turns t CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE event IN ${terminal}) AS ends,
         (array_agg(event ORDER BY n DESC))[1] AS last
       FROM turn_events WHERE turn_id = t.id) AS e
     WHERE ${unfolded} AND CASE t.status
       WHEN 'streaming' THEN e.ends <> 0
       WHEN 'complete' THEN e.ends <> 1 OR e.last <> 'turn.done'
       ELSE e.ends <> 1 OR e.last <> 'turn.' || t.status END`,
  ],
  [
    'I5',
    `SELECT format('session %s: %s live turns', session_id, count(*)) AS what
     FROM turns WHERE status = 'streaming' GROUP BY session_id HAVING count(*) > 1`,
  ],
  [
    'I7',
    `SELECT format('session %s: %s messages from %s to %s, next %s', s.id, count(*), min(m.seq), max(m.seq), s.next_seq) AS what
     FROM sessions s JOIN messages m ON m.session_id = s.id
     GROUP BY s.id HAVING min(m.seq) <> 1 OR max(m.seq) <> count(*) OR s.next_seq <> max(m.seq) + 1`,
  ],
  [
    'I7',
    `SELECT format('turn %s: question %s, answer %s', t.id, q.seq, a.seq) AS what
     FROM turns t JOIN messages q ON q.id = t.user_message_id
     JOIN messages a ON a.turn_id = t.id AND a.session_id = t.session_id AND a.role = 'assistant'
     WHERE a.seq <= q.seq`,
  ],
  [
    'I8',
    `SELECT format('turn %s', id) AS what FROM turns WHERE status = 'streaming'
     UNION ALL SELECT format('message %s', id) FROM messages WHERE status = 'streaming'`,
  ],
]

/** What the rows say by themselves. */
export async function judgeRows(
  { pool }: Pick<TestDatabase, 'pool'>,
  deleted: ReadonlySet<string>,
): Promise<Violation[]> {
  const found: Violation[] = []
  for (const [rule, broken] of promises) {
    const { rows } = await pool.query<{ what: string }>(broken)
    found.push(...rows.map(({ what }) => ({ rule, what })))
  }
  const back = await pool.query<{ what: string }>(
    `SELECT format('session %s is back', id) AS what FROM sessions WHERE id = ANY ($1::uuid[])
     UNION ALL SELECT format('message %s of session %s', id, session_id) FROM messages
       WHERE session_id = ANY ($1::uuid[])
     UNION ALL SELECT format('turn %s of session %s', id, session_id) FROM turns
       WHERE session_id = ANY ($1::uuid[])
     UNION ALL SELECT format('events of turn %s', e.turn_id) FROM turn_events e
       WHERE NOT EXISTS (SELECT FROM turns t WHERE t.id = e.turn_id)`,
    [[...deleted]],
  )
  found.push(...back.rows.map(({ what }) => ({ rule: 'I11' as const, what })))
  return [...found, ...(await judgeOutcomes(pool))]
}

/** The terminal event says how long each message is, so that a client can check what it has. */
async function judgeOutcomes(pool: TestDatabase['pool']): Promise<Violation[]> {
  const { rows } = await pool.query<{ data: string; id: string; content: string }>(
    `SELECT e.data, m.id, m.content FROM turn_events e JOIN messages m ON m.turn_id = e.turn_id
     WHERE e.event IN ${terminal} AND m.role = 'assistant'`,
  )
  return rows.flatMap(({ data, id, content }) => {
    const { messages }: TurnOutcome = JSON.parse(data)
    const named = messages.find((message) => message.id === id)
    if (named?.length === content.length) return []
    return [
      { rule: 'I3', what: `message ${id}: ${content.length} units, told were ${named?.length}` },
    ]
  })
}
