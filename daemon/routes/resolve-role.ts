import { ProblemError } from '../../shared/contract/problem.js'
import type { RoleStore } from '../store/roles.js'

interface Named {
  role?: string | null | undefined
  role_id?: string | null | undefined
}

/** The role that a body names by id or by its exact name; null for none, undefined for "as it is". */
export async function resolveRole(
  roles: RoleStore,
  { role, role_id }: Named,
): Promise<string | null | undefined> {
  if (role === undefined || role === null) return role_id === undefined ? role : role_id
  const found = await roles.getByName(role)
  if (found === undefined) throw new ProblemError('not_found', `no role named "${role}"`)
  return found.id
}
