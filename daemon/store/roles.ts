import type { Pool, PoolClient } from 'pg'
import { z } from 'zod'
import type { Params } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type {
  AppliedRoles,
  NewRole,
  Role,
  RolePatch,
  RolesToApply,
} from '../../shared/contract/role.js'
import { planRoles, type RoleChange } from '../../shared/role-changes.js'
import { decodeCursor, type Page, type PageOptions, toPage } from './page.js'
import { query, transaction, violated } from './pool.js'

interface Row {
  id: string
  name: string
  instructions: string
  params: Params
  revision: number
  created_at: Date
  updated_at: Date
}

const columns = 'id, name, instructions, params, revision, created_at, updated_at'

const createSql = `INSERT INTO roles (name, instructions, params) VALUES ($1, $2, $3) RETURNING ${columns}`

function toRole(row: Row): Role {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

/** Runs a write that may collide with another role's name. */
async function named<Result>(name: string | undefined, work: () => Promise<Result>) {
  try {
    return await work()
  } catch (error) {
    if (violated(error) !== 'roles_name_key') throw error
    throw new ProblemError('role_exists', `a role named "${name}" exists`, { cause: error })
  }
}

/** name */
const Cursor = z.tuple([z.string().refine((name) => !name.includes('\0'))])

export type RoleStore = ReturnType<typeof createRoleStore>

/** Roles are shared by everybody on an instance. */
export function createRoleStore(pool: Pool) {
  return {
    /** By name; in the C collation, so that every database gives the same order. */
    async list(options: PageOptions = {}): Promise<Page<Role>> {
      const [name] = options.cursor ? decodeCursor(options.cursor, Cursor) : [null]
      const rows = await query<Row>(
        pool,
        'role_list',
        `SELECT ${columns} FROM roles
         WHERE $1::text IS NULL
           OR (lower(name COLLATE "C"), name COLLATE "C") > (lower($1 COLLATE "C"), $1)
         ORDER BY lower(name COLLATE "C"), name COLLATE "C" LIMIT $2`,
        [name, options.limit === undefined ? null : options.limit + 1],
      )
      const page = toPage(rows, options.limit, (row) => [row.name])
      return { ...page, rows: page.rows.map(toRole) }
    },

    async get(id: string): Promise<Role | undefined> {
      const [row] = await query<Row>(
        pool,
        'role_get',
        `SELECT ${columns} FROM roles WHERE id = $1`,
        [id],
      )
      return row && toRole(row)
    },

    async getByName(name: string): Promise<Role | undefined> {
      const [row] = await query<Row>(
        pool,
        'role_by_name',
        `SELECT ${columns} FROM roles WHERE name = $1`,
        [name],
      )
      return row && toRole(row)
    },

    /** Throws ProblemError `role_exists`. */
    async create(role: NewRole): Promise<Role> {
      const [row] = await named(role.name, () =>
        query<Row>(pool, 'role_create', createSql, [
          role.name,
          role.instructions,
          role.params ?? {},
        ]),
      )
      if (row === undefined) throw new Error('INSERT returned no row')
      return toRole(row)
    },

    /** Throws ProblemError `role_exists`. */
    async update(id: string, patch: RolePatch): Promise<Role | undefined> {
      const [row] = await named(patch.name, () =>
        query<Row>(
          pool,
          'role_update',
          `UPDATE roles SET name = coalesce($2, name), instructions = coalesce($3, instructions),
             params = coalesce($4, params)
           WHERE id = $1 RETURNING ${columns}`,
          [id, patch.name, patch.instructions, patch.params === null ? {} : patch.params],
        ),
      )
      return row && toRole(row)
    },

    /** Sessions that use it go on without one. */
    remove: (id: string): Promise<boolean> => transaction(pool, (client) => removeRole(client, id)),

    /** Makes the roles what is given, all or none; other writers of roles wait. */
    apply({ roles, prune = false, dry_run = false }: RolesToApply): Promise<AppliedRoles> {
      return transaction(pool, async (client) => {
        // Readers and turns that start with a role do not wait.
        await query(client, 'role_lock', 'LOCK TABLE roles IN SHARE ROW EXCLUSIVE MODE')
        const existing = await query<Row>(
          client,
          'role_all',
          `SELECT ${columns} FROM roles ORDER BY lower(name COLLATE "C"), name COLLATE "C"`,
        )
        const plan = planRoles(existing, roles).filter(({ action }) => prune || action !== 'delete')
        const changes: AppliedRoles['changes'] = []
        for (const change of plan) {
          const written = dry_run ? change.before : await writeRole(client, change)
          const { id = null, revision = null } = written ?? {}
          changes.push({ action: change.action, name: change.name, id, revision })
        }
        return { dry_run, changes }
      })
    },
  }
}

async function removeRole(client: PoolClient, id: string): Promise<boolean> {
  // Sessions before the role, as a turn that starts: the foreign key would lock them after it.
  await query(
    client,
    'role_leave_sessions',
    'UPDATE sessions SET role_id = NULL WHERE role_id = $1',
    [id],
  )
  const rows = await query<{ id: string }>(
    client,
    'role_delete',
    'DELETE FROM roles WHERE id = $1 RETURNING id',
    [id],
  )
  return rows.length > 0
}

/** The role after the change; of a deleted one what it was. */
async function writeRole(
  client: PoolClient,
  { action, before, after }: RoleChange<Row, NewRole>,
): Promise<Pick<Row, 'id' | 'revision'> | undefined> {
  if (action === 'unchanged') return before
  if (action === 'delete') {
    await removeRole(client, before.id)
    return before
  }
  const values = [after.name, after.instructions, after.params ?? {}]
  const [row] =
    action === 'create'
      ? await query<Row>(client, 'role_create', createSql, values)
      : await query<Row>(
          client,
          'role_apply',
          `UPDATE roles SET name = $1, instructions = $2, params = $3 WHERE id = $4 RETURNING ${columns}`,
          [...values, before.id],
        )
  return row
}
