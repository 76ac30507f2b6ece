import { sanitiseLine } from '../../../text/sanitise.js'
import type { SlashCommand } from '../command.js'

export const renameCommand: SlashCommand = {
  name: 'rename',
  summary: 'Give this session another title',
  args: [{ name: 'title', kind: 'word', rest: true }],
  async run(chat, [title = '']) {
    await chat.patchSession({ title })
    chat.notice(`Title: ${sanitiseLine(chat.session.title)}`)
  },
}
