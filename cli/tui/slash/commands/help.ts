import { ProblemError } from '../../../../shared/contract/problem.js'
import { sanitiseLine } from '../../../text/sanitise.js'
import type { SlashCommand } from '../command.js'
import { findCommand, unknownCommand } from '../lookup.js'
import { usageOf } from '../usage.js'

export const helpCommand: SlashCommand = {
  name: 'help',
  summary: 'Show the commands and keys, or how one command is used',
  args: [{ name: 'command', kind: 'command', optional: true }],
  run(chat, [typed]) {
    if (typed === undefined) return chat.open('help')
    const name = typed.replace(/^\//, '')
    const command = findCommand(chat.commands, name)
    if (command === undefined) {
      throw new ProblemError('invalid_request', sanitiseLine(unknownCommand(chat.commands, name)))
    }
    chat.notice(`${usageOf(command)}\n${command.summary}`)
  },
}
