import type { Session } from '../../../shared/contract/session.js'
import type { Link } from '../state/link.js'
import { isNotFound } from './not-found.js'

/** A new session with the model, role, plan and parameters of another one. Throws ProblemError. */
export async function makeSession(by: Link['once'], like: Session | undefined): Promise<Session> {
  const { model = null, role_id = null, plan = null, params = {} } = like ?? {}
  const create = (role: string | null) =>
    by((client) => client.createSession({ model, role_id: role, plan, params }))
  return create(role_id).catch((error) => {
    // Another client deleted the role.
    if (role_id === null || !isNotFound(error)) throw error
    return create(null)
  })
}
