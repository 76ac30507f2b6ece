import { readCost } from '../../session/read-cost.js'
import type { App } from '../app.js'
import { searchFor } from '../keys/search-keys.js'
import type { SlashChat } from '../slash/command.js'
import { slashCommands } from '../slash/registry.js'
import { notice } from './deps.js'
import { editQuestion, forkAt } from './questions.js'
import { lastText } from './retry.js'

/** The chat as one slash command uses it. Undefined while no session is open. */
export function slashChat(
  app: App,
  preferences: Preferences,
  command: string,
): SlashChat | undefined {
  const { session } = app.state
  if (session === undefined) return undefined
  return {
    get session() {
      return app.state.session ?? session
    },
    get roles() {
      return app.state.roles
    },
    get catalogue() {
      return app.state.catalogue
    },
    commands: slashCommands,
    notice: (text, tone) => notice(app, text, tone, command),
    patchSession: (patch) => app.sessions.patch(patch),
    lastAnswer: async () => lastText(app.transcript.entries()),
    copy: preferences.copy,
    readCost: () => app.link.once((client) => readCost(client, (app.state.session ?? session).id)),
    newSession: () => app.sessions.create(),
    open: (overlay) => app.run(overlay),
    search: (text) => (text === undefined ? app.run('search') : searchFor(app, text)),
    get theme() {
      return app.state.theme
    },
    setTheme: preferences.setTheme,
    get mouse() {
      return app.state.mouse
    },
    setMouse: preferences.setMouse,
    retry: () => app.sessions.turns.retry(),
    edit: (number) => editQuestion(app, number),
    fork: (number) => forkAt(app, number),
    stop: () => app.sessions.turns.stop(),
    quit: app.quit,
  }
}

export interface Preferences {
  setTheme(theme: 'dark' | 'light'): void
  setMouse(on: boolean): void
  copy(text: string): Promise<{ unsure: boolean }>
}
