import type { PoolClient } from 'pg'
import type { RevisionLine, RoleLine } from '../../shared/contract/backup-line.js'
import { query } from './pool.js'

export interface RoleMerge {
  merged: 'added' | 'updated' | 'kept'
  /** The role that stands for it here. */
  id: string
}

export async function mergeRevision(client: PoolClient, line: RevisionLine): Promise<boolean> {
  const added = await query(
    client,
    'merge_revision',
    `INSERT INTO role_revisions (role_id, revision, name, instructions, params, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING revision`,
    [line.role_id, line.revision, line.name, line.instructions, line.params, line.created_at],
  )
  return added.length > 0
}

/**
 * By id; the later version wins. One of the same name that says the same stands for it; says it
 * something else, both are kept, and the name of the one that comes gets a number.
 */
export async function mergeRole(client: PoolClient, line: RoleLine): Promise<RoleMerge> {
  const [here] = await query<{ newer: boolean }>(
    client,
    'merge_role_lock',
    'SELECT updated_at < $2 AS newer FROM roles WHERE id = $1 FOR UPDATE',
    [line.id, line.updated_at],
  )
  if (here !== undefined && !here.newer) return { merged: 'kept', id: line.id }
  const [same] = await query<{ id: string }>(
    client,
    'merge_role_same',
    `SELECT id FROM roles WHERE name = $1 AND instructions = $2 AND params = $3 AND id <> $4`,
    [line.name, line.instructions, line.params, line.id],
  )
  if (here === undefined && same !== undefined) return { merged: 'kept', id: same.id }
  const name = await freeName(client, line)
  const values = [line.id, name, line.instructions, line.params, line.revision, line.updated_at]
  if (here === undefined) {
    await query(
      client,
      'merge_role_add',
      `INSERT INTO roles (id, name, instructions, params, revision, updated_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [...values, line.created_at],
    )
    return { merged: 'added', id: line.id }
  }
  await query(
    client,
    'merge_role_update',
    // A revision that is here already says something else: both had a next one.
    `UPDATE roles SET name = $2, instructions = $3, params = $4, updated_at = $6,
       revision = CASE WHEN $5::int > revision THEN $5 ELSE
         (SELECT max(v.revision) + 1 FROM role_revisions v WHERE v.role_id = roles.id) END
     WHERE id = $1`,
    values,
  )
  return { merged: 'updated', id: line.id }
}

async function freeName(client: PoolClient, { id, name }: RoleLine): Promise<string> {
  const [row] = await query<{ name: string }>(
    client,
    'merge_role_name',
    `SELECT candidate AS name FROM (
       SELECT n, CASE n WHEN 1 THEN $1::text ELSE left($1, 90) || ' (' || n || ')' END AS candidate
       FROM generate_series(1, 1 + (SELECT count(*) FROM roles)) AS n) AS names
     WHERE NOT EXISTS (SELECT FROM roles r WHERE r.name = candidate AND r.id <> $2)
     ORDER BY n LIMIT 1`,
    [name, id],
  )
  return row?.name ?? name
}
