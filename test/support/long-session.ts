import type { Pool } from 'pg'
import { createSessionStore } from '../../daemon/store/sessions.js'

/** A session of `count` messages of so many characters, question and answer by turns, without turns. Gives its id. */
export async function makeLongSession(
  pool: Pool,
  { count, chars }: { count: number; chars: number },
): Promise<string> {
  const { id } = await createSessionStore(pool).create('local', {})
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SET LOCAL statement_timeout = 0')
    // Each row's trigger writes the session's row anew, and looks through all that it was before.
    await client.query('ALTER TABLE messages DISABLE TRIGGER USER')
    await client.query(
      `INSERT INTO messages (session_id, role, content, seq)
       SELECT $1, CASE n % 2 WHEN 1 THEN 'user' ELSE 'assistant' END,
         left(repeat('some words of message ' || n || ', ', $3 / 24 + 1), $3), n
       FROM generate_series(1, $2::int) AS n`,
      [id, count, chars],
    )
    await client.query('ALTER TABLE messages ENABLE TRIGGER USER')
    await client.query('UPDATE sessions SET next_seq = $2 WHERE id = $1', [id, count + 1])
    await client.query('COMMIT')
    await client.query('ANALYZE messages')
  } finally {
    client.release()
  }
  return id
}
