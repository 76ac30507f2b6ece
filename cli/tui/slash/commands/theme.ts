import type { SlashCommand } from '../command.js'

const themes = ['dark', 'light'] as const

export const themeCommand: SlashCommand = {
  name: 'theme',
  summary: 'Switch between dark and light, or to one of them',
  args: [{ name: 'theme', kind: 'word', words: themes, optional: true }],
  run(chat, [word]) {
    const other = chat.theme === 'dark' ? 'light' : 'dark'
    const theme = themes.find((known) => known === word) ?? other
    chat.setTheme(theme)
    chat.notice(`Theme: ${theme}`)
  },
}
