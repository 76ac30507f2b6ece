import type { SlashCommand } from '../command.js'

export const retryCommand: SlashCommand = {
  name: 'retry',
  summary: 'Answer the last message again; the older answer is kept',
  args: [],
  run: (chat) => chat.retry(),
}
