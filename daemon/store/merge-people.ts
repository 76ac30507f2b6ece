import type { PoolClient } from 'pg'
import type { PersonLine, SlackUserLine } from '../../shared/contract/backup-line.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { bulkSilenceMs } from './bulk.js'
import { query } from './pool.js'

export interface PersonMerge {
  merged: 'added' | 'kept'
  /** Whose the sessions of this person are here. */
  owner: string
}

/**
 * A name that nobody has here gets its owner from the file; one that somebody has keeps the one it has.
 * In the caller's transaction. Throws ProblemError `import_conflict` for an owner that has another name.
 */
export async function mergePerson(
  client: PoolClient,
  { name, owner }: PersonLine,
): Promise<PersonMerge> {
  const [other] = await query<{ name: string }>(
    client,
    'merge_person_other',
    'SELECT name FROM people WHERE owner = $1 AND name <> $2 LIMIT 1',
    [owner, name],
  )
  const added = await query(
    client,
    'merge_person_add',
    'INSERT INTO people (name, owner) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING owner',
    [name, owner],
  )
  if (added.length > 0) {
    if (other === undefined) return { merged: 'added', owner }
    // Both would see the same sessions.
    throw new ProblemError('import_conflict', `the owner of ${name} is ${other.name} here`)
  }
  const [here] = await query<{ owner: string }>(
    client,
    'merge_person_here',
    'SELECT owner FROM people WHERE name = $1',
    [name],
  )
  if (here === undefined) throw new Error('a name went away')
  if (here.owner !== owner && other === undefined) await takeOver(client, owner, here.owner)
  return { merged: 'kept', owner: here.owner }
}

/** What a file without people has brought is nobody's: now it is known whose it was. */
async function takeOver(client: PoolClient, from: string, to: string): Promise<void> {
  const statements = {
    sessions: 'UPDATE sessions SET owner = $2 WHERE owner = $1',
    turns: `UPDATE turns t SET owner = $2,
        idempotency_key = CASE WHEN NOT EXISTS (SELECT FROM turns k
          WHERE k.owner = $2 AND k.idempotency_key = t.idempotency_key) THEN idempotency_key END
      WHERE owner = $1`,
    spend: 'UPDATE spend SET owner = $2 WHERE owner = $1',
  }
  for (const [table, text] of Object.entries(statements)) {
    await query(client, `merge_person_${table}`, text, [from, to], bulkSilenceMs)
  }
}

/** The role that somebody chose in Slack, unless the choice here is a later one, or the role is not here. */
export async function mergeSlackUser(
  client: PoolClient,
  { team_id, user_id, chosen_at }: SlackUserLine,
  roleId: string,
): Promise<'added' | 'updated' | 'kept'> {
  const [done] = await query<{ is_new: boolean }>(
    client,
    'merge_slack_user',
    `WITH role AS MATERIALIZED (SELECT id FROM roles WHERE id = $3 FOR KEY SHARE)
     INSERT INTO slack_users AS u (team_id, user_id, role_id, chosen_at) SELECT $1, $2, id, $4 FROM role
     ON CONFLICT (team_id, user_id) DO UPDATE
       SET role_id = excluded.role_id, chosen_at = excluded.chosen_at
       WHERE u.chosen_at < excluded.chosen_at
     RETURNING xmax = 0 AS is_new`,
    [team_id, user_id, roleId, chosen_at],
  )
  if (done === undefined) return 'kept'
  return done.is_new ? 'added' : 'updated'
}
