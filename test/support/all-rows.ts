import type pg from 'pg'

const tables = {
  sessions: `SELECT id, owner, title, model, role_id, plan, params, next_seq, forked_from, created_at::text,
    updated_at::text FROM sessions WHERE NOT ephemeral`,
  messages: `SELECT to_jsonb(m) - 'search' AS row FROM messages m ORDER BY id`,
  turns: `SELECT to_jsonb(t) - '{instance,boot,epoch,lease_until,stop_at}'::text[] AS row FROM turns t`,
  roles: `SELECT to_jsonb(r) AS row FROM roles r`,
  role_revisions: `SELECT to_jsonb(r) AS row FROM role_revisions r`,
  people: 'SELECT name, owner FROM people',
  slack_users: `SELECT team_id, user_id, role_id, chosen_at::text FROM slack_users`,
  spend: `SELECT turn_id, owner, at::text, cost_usd::text, cost_estimated FROM spend`,
}

/** Every row that a backup keeps, to the microsecond, in a stable order. */
export async function rowsOf(pool: pg.Pool): Promise<Record<keyof typeof tables, string[]>> {
  const read = async (text: string): Promise<string[]> => {
    const { rows } = await pool.query(text)
    return rows.map((row) => JSON.stringify(row)).sort()
  }
  const found = await Promise.all(
    Object.entries(tables).map(async ([name, text]) => [name, await read(text)] as const),
  )
  return Object.fromEntries(found) as Record<keyof typeof tables, string[]>
}
