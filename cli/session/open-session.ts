import type { Client } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Session } from '../../shared/contract/session.js'
import { changeParams } from '../../shared/params.js'
import { pickByName, pickSession } from '../input/pick.js'
import type { ChatOptions } from '../open-chat.js'

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
  const { param } = options
  const params = param && changeParams(session?.params ?? {}, param)
  const all = { ...settings, ...(params !== undefined && { params }) }
  if (session === undefined) return client.createSession(all)
  if (Object.keys(all).length === 0) return session
  return client.patchSession(session.id, {
    ...all,
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

/** A new session that goes on with the model, the role, the plan and the parameters of another. */
export function createLike(
  client: Client,
  { model, role_id, plan, params }: Session,
): Promise<Session> {
  return client.createSession({ model, role_id, plan, params })
}
