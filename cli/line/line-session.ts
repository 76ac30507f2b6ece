import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Role } from '../../shared/contract/role.js'
import type { Session } from '../../shared/contract/session.js'
import type { ChatOptions } from '../commands/chat.js'
import { pickByName, pickSession } from '../input/pick.js'

/** The session to chat in: the one that is named, the most recent, or a new one. */
export async function openSession(client: Client, options: ChatOptions): Promise<Session> {
  const role =
    options.role === undefined
      ? undefined
      : pickByName(await client.listRoles(), options.role, 'role')
  const settings = {
    ...(options.model !== undefined && { model: options.model }),
    ...(role !== undefined && { role_id: role.id }),
  }
  const session = await existing(client, options)
  if (session === undefined) return client.createSession(settings)
  if (Object.keys(settings).length === 0) return session
  return client.patchSession(session.id, {
    ...settings,
    // Naming one model means not to plan with two.
    ...(options.model !== undefined && { plan: null }),
  })
}

async function existing(client: Client, options: ChatOptions): Promise<Session | undefined> {
  if (options.new) return undefined
  if (options.session !== undefined) return pickSession(client, options.session)
  const [latest] = await client.listSessions(1)
  if (latest === undefined && options.continue) {
    throw new ProblemError('not_found', 'there is no session to continue', {
      hint: 'Leave -C out to start one.',
    })
  }
  return latest
}

/** A new session that goes on with the model, the role and the plan of another. */
export function createLike(client: Client, { model, role_id, plan }: Session): Promise<Session> {
  return client.createSession({ model, role_id, plan })
}

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
