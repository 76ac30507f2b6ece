import { nearest } from '../../shared/nearest.js'
import type { NamedRole, SlackStore } from '../store/slack.js'
import type { Command } from './command.js'
import type { Reply } from './hooks.js'
import { escaped, oneLine } from './mrkdwn.js'

type Store = Pick<SlackStore, 'roles' | 'chosenRole' | 'chooseRole' | 'leaveRole'>

/** Nobody reads more names, and Slack takes no longer text. */
const mostListed = 200

const none = 'none'

/** To nobody but the one who typed. */
export function whisper(text: string): Reply {
  return { response_type: 'ephemeral', text }
}

/** `/roles`: all of them. */
export async function listRoles(store: Store, command: Command): Promise<Reply> {
  const [roles, active] = await Promise.all([store.roles(), store.chosenRole(command)])
  if (roles.length === 0) return whisper('There are no roles yet.')
  const lines = roles
    .slice(0, mostListed)
    .map(({ id, name }) => `• ${shown(name)}${id === active?.id ? ' (active)' : ''}`)
  const more = roles.length - lines.length
  if (more > 0) lines.push(`… and ${more} more`)
  return whisper(['*Roles*', ...lines, '', 'Choose one with `/role <name>`.'].join('\n'))
}

/** `/role`: which one is active. `/role <name>`: that one from now on; `/role none`: none. */
export async function selectRole(store: Store, command: Command): Promise<Reply> {
  const wanted = command.text
  if (wanted === '') return whisper(activeText(await store.chosenRole(command)))
  const roles = await store.roles()
  const role = roleNamed(wanted, roles)
  if (role === undefined && wanted.toLowerCase() === none) {
    await store.leaveRole(command)
    return whisper('No role is active any more.')
  }
  // Deleted a moment ago is as unknown as never made.
  if (role === undefined || !(await store.chooseRole(command, role.id))) {
    return whisper(unknownText(wanted, roles))
  }
  return whisper(`*${shown(role.name)}* is active: \`/ask\` answers with this role from now on.`)
}

/** By its exact name, or by the only one that differs in nothing but capitals. */
function roleNamed(wanted: string, roles: readonly NamedRole[]): NamedRole | undefined {
  const exact = roles.find(({ name }) => name === wanted)
  if (exact !== undefined) return exact
  const folded = wanted.toLowerCase()
  return roles.find(({ name }) => name.toLowerCase() === folded)
}

function activeText(role: NamedRole | undefined): string {
  if (role === undefined)
    return 'No role is active. Choose one with `/role <name>`; `/roles` lists them.'
  return `*${shown(role.name)}* is active. \`/role <name>\` chooses another, \`/role ${none}\` leaves it.`
}

function unknownText(wanted: string, roles: readonly NamedRole[]): string {
  const sentence = `There is no role “${shown(wanted)}”.`
  const meant = nearest(
    wanted,
    roles.map(({ name }) => name),
  )
  if (meant === undefined) return `${sentence} \`/roles\` lists them.`
  return `${sentence} Did you mean *${shown(meant)}*? \`/roles\` lists all.`
}

/** Names may hold whatever Slack takes for markup. */
function shown(name: string): string {
  return escaped(oneLine(name, 100))
}
