import type { Client } from '../../shared/client/client.js'
import type { Plan } from '../../shared/contract/common.js'
import type { CallParams } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { withoutUnset } from '../../shared/params.js'
import { pickByName, pickSession } from '../input/pick.js'

export interface AskOptions {
  model?: string
  role?: string
  session?: string
  continue?: boolean
  /** Commander's name for --no-save. */
  save: boolean
  plan?: Plan
  /** Of -o. */
  param?: CallParams
  /** US dollars. */
  maxCost?: number
  json?: boolean
  raw?: boolean
}

interface Settings {
  model?: string
  role_id?: string
  plan?: Plan | null
}

export interface AskSession {
  sessionId: string
  /** What of the options goes with the post: on a session of somebody's, nothing else sticks. */
  body: Settings & CallParams
  /** Made for this question. */
  isNew: boolean
}

/**
 * The session to ask in: the one that is named, the most recent, or a new one that keeps the settings. The
 * model comes with the post, so that the session does not remember one that does not exist.
 */
export async function findSession(client: Client, options: AskOptions): Promise<AskSession> {
  const roleId = options.role === undefined ? undefined : await roleIdOf(client, options.role)
  const settings = {
    ...(options.model !== undefined && { model: options.model }),
    ...(roleId !== undefined && { role_id: roleId }),
    ...(options.plan !== undefined && { plan: options.plan }),
  }
  if (options.session !== undefined) {
    const { id } = await pickSession(client, options.session)
    return { sessionId: id, body: { ...forPost(settings), ...options.param }, isNew: false }
  }
  if (options.continue) {
    const [latest] = await client.listSessions(1)
    if (latest === undefined) {
      throw new ProblemError('not_found', 'there is no session to continue', {
        hint: 'Leave -C out to start one.',
      })
    }
    return { sessionId: latest.id, body: { ...forPost(settings), ...options.param }, isNew: false }
  }
  const { model, ...kept } = settings
  const session = await client.createSession({
    ...kept,
    ...(options.param !== undefined && { params: withoutUnset(options.param) }),
    ...(!options.save && { ephemeral: true }),
  })
  const body = { ...(model !== undefined && { model }), ...leftOut(options.param) }
  return { sessionId: session.id, body, isNew: true }
}

/** A session keeps what is set; that its role's parameters are to be left out only a post can say. */
function leftOut(params: CallParams = {}): CallParams {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value === null))
}

/** Naming one model for this question means not to plan with two. */
function forPost(settings: Settings): Settings {
  const onlyModel = settings.model !== undefined && settings.plan === undefined
  return onlyModel ? { ...settings, plan: null } : settings
}

async function roleIdOf(client: Client, name: string): Promise<string> {
  return pickByName(await client.listRoles(), name, 'role').id
}
