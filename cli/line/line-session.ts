import { ProblemError } from '../../shared/contract/problem.js'
import type { Role } from '../../shared/contract/role.js'
import type { Session } from '../../shared/contract/session.js'
import { pickByName } from '../input/pick.js'

/** One line that says where the user is. Not sanitised yet. */
export function describeSession(session: Session, roles: readonly Role[]): string {
  const { plan, model, role_id } = session
  const models = plan === null ? model : `${plan.planning_model}, then ${plan.answering_model}`
  const role = roles.find(({ id }) => id === role_id)
  const parts = [`"${session.title}" (${session.id.slice(0, 8)})`, models ?? 'the default model']
  return [...parts, ...(role === undefined ? [] : [`role ${role.name}`])].join(', ')
}

/**
 * The model that a typed name means: in the list exactly, by any case, or by a beginning that only
 * one has; else the name as it is, for the gateway to decide (wildcards). Throws `invalid_request`
 * with the candidates.
 */
export function chooseModel(ids: readonly string[], typed: string): { id: string; known: boolean } {
  const items = ids.map((id) => ({ name: id }))
  try {
    return { id: pickByName(items, typed, 'model').name, known: true }
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'not_found') throw error
    return { id: typed, known: false }
  }
}
