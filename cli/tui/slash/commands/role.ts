import { pickByName } from '../../../input/pick.js'
import { sanitiseLine } from '../../../text/sanitise.js'
import type { SlashCommand } from '../command.js'

export const roleCommand: SlashCommand = {
  name: 'role',
  summary: 'Answer in this role from now on; without a name, list them',
  args: [{ name: 'name', kind: 'role', rest: true, current: ({ role_id }) => role_id }],
  bare: true,
  async run(chat, [typed]) {
    if (typed === undefined) return chat.open('roles')
    const { id, name } = pickByName(chat.roles, typed, 'role')
    await chat.patchSession({ role_id: id })
    chat.notice(`Role: ${sanitiseLine(name)}`)
  },
}
