import type { SlashCommand } from '../command.js'

export const rolesCommand: SlashCommand = {
  name: 'roles',
  summary: 'List the roles to choose or change one',
  args: [],
  run: (chat) => chat.open('roles'),
}
