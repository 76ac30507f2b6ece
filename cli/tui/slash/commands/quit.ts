import type { SlashCommand } from '../command.js'

export const quitCommand: SlashCommand = {
  name: 'quit',
  summary: 'Leave; a running answer goes on in the daemon',
  args: [],
  run: (chat) => chat.quit(),
}
