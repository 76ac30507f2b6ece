import { sanitiseLine } from '../../../text/sanitise.js'
import type { SlashCommand } from '../command.js'

export const clearRoleCommand: SlashCommand = {
  name: 'clear_role',
  summary: 'Answer without a role from now on',
  args: [],
  async run(chat) {
    const { role_id } = chat.session
    if (role_id === null) return chat.notice('No role is set here.')
    const role = chat.roles.find(({ id }) => id === role_id)
    await chat.patchSession({ role_id: null })
    chat.notice(role === undefined ? 'No role.' : `No role; ${sanitiseLine(role.name)} was set.`)
  },
}
