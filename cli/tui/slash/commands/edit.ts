import { questionNumber } from '../../../session/questions.js'
import type { SlashCommand } from '../command.js'

export const editCommand: SlashCommand = {
  name: 'edit',
  summary: 'Ask an earlier question otherwise, in a fork (1: the last)',
  args: [{ name: 'n', kind: 'question', optional: true }],
  run: (chat, [number = '1']) => chat.edit(questionNumber(number)),
}
