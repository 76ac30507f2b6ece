import type { Client } from '../../shared/client/client.js'
import type { Message } from '../../shared/contract/message.js'
import { printLines } from '../output/print.js'
import { showMessages } from '../output/show-session.js'
import { sanitiseLine } from '../text/sanitise.js'
import { messagesPerStep, readBackTo } from '../tui/effects/read-back.js'
import { type LineChat, notice, themeOfChat } from './line-state.js'

/** How much of a session is shown when it is opened. */
const shownMessages = 4

/** Says where the user is, and what was said last there, or around a message that was found. */
export async function showOpening(chat: LineChat, client: Client, found?: string): Promise<void> {
  const [roles, items] = await Promise.all([
    client.listRoles(),
    found === undefined ? newest(chat, client) : around(chat, client, found),
  ])
  chat.roles = roles
  notice(chat, `${describeSession(chat)}. /help lists the commands.`)
  const past = items.filter(({ status }) => status !== 'streaming')
  if (past.length === 0) return
  await showMessages(past, themeOfChat(chat))
  printLines([''])
}

async function newest({ session }: LineChat, client: Client): Promise<Message[]> {
  return (await client.pageMessages(session.id, shownMessages)).items
}

/** The message with the one before it and the one after it. */
async function around({ session }: LineChat, client: Client, found: string): Promise<Message[]> {
  const read = (before?: string) => client.pageMessages(session.id, messagesPerStep, before)
  const { items } = await readBackTo({ to: found, onFar: () => undefined }, await read(), read)
  const at = items.findIndex(({ id }) => id === found)
  return at < 0 ? items.slice(-shownMessages) : items.slice(Math.max(0, at - 1), at + 2)
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
