import type { Client } from '../../shared/client/client.js'
import { printLines } from '../output/print.js'
import { showMessages } from '../output/show-session.js'
import { sanitiseLine } from '../text/sanitise.js'
import { type LineChat, notice, themeOfChat } from './line-state.js'

/** How much of a session is shown when it is opened. */
const shownMessages = 4

/** Says where the user is, and what was said last there. */
export async function showOpening(chat: LineChat, client: Client): Promise<void> {
  const [roles, { items }] = await Promise.all([
    client.listRoles(),
    client.pageMessages(chat.session.id, shownMessages),
  ])
  chat.roles = roles
  notice(chat, `${describeSession(chat)}. /help lists the commands.`)
  const past = items.filter(({ status }) => status !== 'streaming')
  if (past.length === 0) return
  await showMessages(past, themeOfChat(chat))
  printLines([''])
}

/** One line when there is no model to talk to, and what to do about it. */
export async function sayIfOffline(chat: LineChat, client: Client): Promise<void> {
  chat.catalogue = await client.listModels()
  const { source, data } = chat.catalogue
  const demo = data.find(({ litellm_provider }) => litellm_provider === 'offline')
  if (source !== 'offline' || demo === undefined || chat.session.model === demo.id) return
  notice(
    chat,
    `No model gateway answers. /model ${demo.id} talks to a built-in demo; ` +
      'c2a stack up --local-model installs a small model; ' +
      'c2a config set gateway.url URL names a gateway.',
  )
}

function describeSession({ session, roles }: LineChat): string {
  const { plan, model, role_id, title, id } = session
  const models = plan === null ? model : `${plan.planning_model}, then ${plan.answering_model}`
  const role = roles.find((one) => one.id === role_id)
  const parts = [`"${title}" (${id.slice(0, 8)})`, models ?? 'the default model']
  if (role !== undefined) parts.push(`role ${role.name}`)
  return sanitiseLine(parts.join(', '))
}
