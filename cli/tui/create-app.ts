import type { App } from './app.js'
import { editorOf } from './composer/editor.js'
import { addEntry, createHistory, newerEntry, olderEntry } from './composer/history.js'
import type { HistoryFile } from './composer/history-file.js'
import { type Deps, guard, notice } from './effects/deps.js'
import { createRoles } from './effects/roles.js'
import { createSessions } from './effects/sessions.js'
import { type Preferences, slashChat } from './effects/slash-chat.js'
import type { GlobalCommand } from './keys/keymap.js'
import { parseSlash } from './slash/parse.js'
import { slashCommands } from './slash/registry.js'
import { type Suggestions, suggest } from './slash/suggest.js'
import { emptyComposer, type State } from './state/state.js'
import type { Layout } from './view/layout.js'

export interface AppOptions extends Preferences {
  /** What was sent before, in every session. */
  readonly history: HistoryFile
  layout(): Layout | undefined
  /** Runs a command that works everywhere. */
  run(app: App, command: GlobalCommand): void
  quit(): void
}

/** Puts the parts together to what keys and commands work with. */
export function createApp(deps: Deps, options: AppOptions): App {
  const { store } = deps
  let history = createHistory([])
  let asked: { state: State; suggestions: Suggestions | undefined } | undefined

  const app: App = {
    ...deps,
    sessions: createSessions(deps),
    roles: createRoles(deps),
    get state() {
      return store.state
    },
    get layout() {
      return options.layout()
    },
    get suggestions() {
      if (asked?.state !== store.state) {
        asked = { state: store.state, suggestions: suggestionsOf(store.state) }
      }
      return asked.suggestions
    },
    dispatch: store.dispatch,
    start: (effect) => guard(deps, effect),
    run: (command) => options.run(app, command),
    submit() {
      const { composer } = store.state
      const meant = parseSlash(composer.editor.text, { pasted: composer.isPasted })
      if (meant.kind === 'refused') return store.dispatch({ type: 'hint', hint: meant.problem })
      if (meant.kind === 'message' && meant.text.trim() === '') return
      remember(composer.editor.text)
      store.dispatch({ type: 'composed', composer: emptyComposer })
      if (meant.kind === 'message') return app.sessions.turns.send(meant.text)
      const chat = slashChat(app, options)
      if (chat === undefined) return notice(deps, 'No session is open yet.', 'warn')
      guard(
        deps,
        runCommand(() => meant.command.run(chat, meant.args)),
      )
    },
    recall(older) {
      const { composer, queue, session } = store.state
      if (older && queue.length > 0 && session !== undefined) {
        store.dispatch({ type: 'queue-taken' })
        return store.dispatch({
          type: 'text-returned',
          sessionId: session.id,
          text: queue.join('\n\n'),
        })
      }
      const step = (older ? olderEntry : newerEntry)(history, composer.editor.text)
      if (step === undefined) return
      history = step.history
      const editor = editorOf(step.text)
      store.dispatch({
        type: 'composed',
        composer: { ...emptyComposer, editor, isMenuClosed: true },
      })
    },
    discard() {
      remember(store.state.composer.editor.text)
      store.dispatch({ type: 'composed', composer: emptyComposer })
    },
    setTheme: options.setTheme,
    quit: options.quit,
  }
  const remember = (text: string): void => {
    history = addEntry(history, text)
    void options.history.append(text)
  }
  const readHistory = async (): Promise<void> => {
    history = createHistory([...(await options.history.load()), ...history.entries])
  }
  void readHistory()
  return app
}

async function runCommand(run: () => void | Promise<void>): Promise<void> {
  await run()
}

function suggestionsOf({ composer, session, roles, catalogue, overlay, focus }: State) {
  if (session === undefined || overlay !== undefined || focus !== 'composer') return undefined
  if (composer.isMenuClosed || composer.isPasted) return undefined
  const { text, cursor } = composer.editor
  return suggest(text, cursor, { session, roles, catalogue, commands: slashCommands })
}
