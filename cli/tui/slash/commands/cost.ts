import { costLines } from '../../../output/spend-words.js'
import type { SlashCommand } from '../command.js'

export const costCommand: SlashCommand = {
  name: 'cost',
  summary: 'What this session has cost, what was spent today, and the budgets',
  args: [],
  async run(chat) {
    const { usage, spend } = await chat.readCost()
    chat.notice(costLines(usage, spend).join('\n'))
  },
}
