import { questionNumber } from '../../../session/questions.js'
import type { SlashCommand } from '../command.js'

export const forkCommand: SlashCommand = {
  name: 'fork',
  summary: 'Go on in a copy of this session, or up to an answer (1: the last)',
  args: [{ name: 'n', kind: 'question', optional: true }],
  run: (chat, [number]) => chat.fork(number === undefined ? undefined : questionNumber(number)),
}
