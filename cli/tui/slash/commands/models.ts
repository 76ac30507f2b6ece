import type { SlashCommand } from '../command.js'

export const modelsCommand: SlashCommand = {
  name: 'models',
  summary: 'List the models to choose one',
  args: [],
  run: (chat) => chat.open('models'),
}
