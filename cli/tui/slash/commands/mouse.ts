import type { SlashCommand } from '../command.js'

export const mouseCommand: SlashCommand = {
  name: 'mouse',
  summary: 'Use the mouse here, or leave it to the terminal to select text with',
  args: [{ name: 'state', kind: 'word', words: ['on', 'off'], optional: true }],
  run(chat, [word]) {
    const on = word === undefined ? !chat.mouse : word === 'on'
    chat.setMouse(on)
    chat.notice(
      on
        ? 'Mouse: on. With Shift (Option on a Mac) the terminal selects text.'
        : 'Mouse: off. The terminal selects text; /mouse turns it on again.',
    )
  },
}
