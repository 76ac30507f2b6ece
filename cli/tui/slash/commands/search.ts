import type { SlashCommand } from '../command.js'

export const searchCommand: SlashCommand = {
  name: 'search',
  summary: 'Look through all messages and titles, and open what is found',
  args: [{ name: 'text', kind: 'word', rest: true, optional: true, verbatim: true }],
  run: (chat, [text]) => chat.search(text),
}
