import type { SlashCommand } from '../command.js'

export const newCommand: SlashCommand = {
  name: 'new',
  summary: 'The same as /clear; the session before stays under /sessions',
  args: [],
  run: (chat) => chat.newSession(),
}
