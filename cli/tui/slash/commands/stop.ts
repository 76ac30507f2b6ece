import type { SlashCommand } from '../command.js'

export const stopCommand: SlashCommand = {
  name: 'stop',
  summary: 'Stop the running answer; what has come of it is kept',
  args: [],
  run: (chat) => chat.stop(),
}
