import type { SlashCommand } from '../command.js'

export const sessionsCommand: SlashCommand = {
  name: 'sessions',
  summary: 'List the sessions to go on with one',
  args: [],
  run: (chat) => chat.open('sessions'),
}
