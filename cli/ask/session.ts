import type { Client } from '../../shared/client/client.js'
import type { Plan } from '../../shared/contract/common.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { pickByName, pickSession } from '../input/pick.js'

export interface AskOptions {
  model?: string
  role?: string
  session?: string
  continue?: boolean
  /** Commander's name for --no-save. */
  save: boolean
  plan?: Plan
  json?: boolean
  raw?: boolean
}

export interface AskSession {
  sessionId: string
  /** What of the options goes with the post: on a session of somebody's, nothing else sticks. */
  body: { model?: string; role_id?: string; plan?: Plan | null }
  /** Made for this question. */
  isNew: boolean
}

/** The session to ask in: the one that is named, the most recent, or a new one that keeps the settings. */
export async function findSession(client: Client, options: AskOptions): Promise<AskSession> {
  const roleId = options.role === undefined ? undefined : await roleIdOf(client, options.role)
  const settings = {
    ...(options.model !== undefined && { model: options.model }),
    ...(roleId !== undefined && { role_id: roleId }),
    ...(options.plan !== undefined && { plan: options.plan }),
  }
  if (options.session !== undefined) {
    const { id } = await pickSession(client, options.session)
    return { sessionId: id, body: forPost(settings), isNew: false }
  }
  if (options.continue) {
    const [latest] = await client.listSessions(1)
    if (latest === undefined) {
      throw new ProblemError('not_found', 'there is no session to continue', {
        hint: 'Leave -C out to start one.',
      })
    }
    return { sessionId: latest.id, body: forPost(settings), isNew: false }
  }
  const session = await client.createSession({
    ...settings,
    ...(!options.save && { ephemeral: true }),
  })
  return { sessionId: session.id, body: {}, isNew: true }
}

/** Naming one model for this question means not to plan with two. */
function forPost(settings: AskSession['body']): AskSession['body'] {
  const onlyModel = settings.model !== undefined && settings.plan === undefined
  return onlyModel ? { ...settings, plan: null } : settings
}

async function roleIdOf(client: Client, name: string): Promise<string> {
  return pickByName(await client.listRoles(), name, 'role').id
}
