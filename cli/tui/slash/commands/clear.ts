import type { SlashCommand } from '../command.js'

export const clearCommand: SlashCommand = {
  name: 'clear',
  summary: 'Start afresh: a new session with the same model, role, plan mode and parameters',
  args: [],
  run: (chat) => chat.newSession(),
}
