import { sizeProblem } from '../../shared/limits.js'
import type { App } from './app.js'
import { editorOf } from './composer/editor.js'
import type { HistoryFile } from './composer/history-file.js'
import { type Deps, guard } from './effects/deps.js'
import { questionsShown } from './effects/questions.js'
import { createRecall } from './effects/recall.js'
import { createRoles } from './effects/roles.js'
import { createSearch } from './effects/search.js'
import { createSessions } from './effects/sessions.js'
import { type Preferences, slashChat } from './effects/slash-chat.js'
import type { GlobalCommand } from './keys/keymap.js'
import { parseSlash } from './slash/parse.js'
import { slashCommands } from './slash/registry.js'
import { type Suggestions, suggest } from './slash/suggest.js'
import { asTyped } from './state/draft.js'
import { emptyComposer, type State } from './state/state.js'
import type { Transcript } from './transcript/transcript.js'
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
  const recall = createRecall(options.history)
  let asked: { state: State; suggestions: Suggestions | undefined } | undefined

  const app: App = {
    ...deps,
    sessions: createSessions(deps),
    roles: createRoles(deps),
    search: createSearch(deps),
    get state() {
      return store.state
    },
    get layout() {
      return options.layout()
    },
    get suggestions() {
      if (asked?.state !== store.state) {
        asked = { state: store.state, suggestions: suggestionsOf(store.state, deps.transcript) }
      }
      return asked.suggestions
    },
    dispatch: store.dispatch,
    start: (effect) => guard(deps, effect),
    run: (command) => options.run(app, command),
    submit() {
      const { composer, session } = store.state
      const meant = parseSlash(composer.editor.text, { pasted: composer.isPasted })
      if (meant.kind === 'refused') return store.dispatch({ type: 'hint', hint: meant.problem })
      if (meant.kind === 'message' && meant.text.trim() === '') return
      const problem = meant.kind === 'message' ? sizeProblem(meant.text) : undefined
      if (problem !== undefined)
        return store.dispatch({ type: 'hint', hint: `Not sent: ${problem}.` })
      const command = meant.kind === 'command' ? meant.command.name : ''
      const chat = slashChat(app, options, command)
      if (session === undefined || chat === undefined) {
        return store.dispatch({ type: 'hint', hint: 'No session is open yet; Ctrl+N makes one.' })
      }
      // As it has to be typed to mean the same once more, wherever it came from.
      recall.add(session.id, meant.kind === 'message' ? asTyped(meant.text) : composer.editor.text)
      const { editing } = composer
      store.dispatch({ type: 'composed', composer: editing?.draft ?? emptyComposer })
      if (meant.kind === 'message' && editing !== undefined) {
        return app.start(app.sessions.askOtherwise(editing, meant.text))
      }
      if (meant.kind === 'message') return app.sessions.turns.send(meant.text)
      guard(
        deps,
        runCommand(() => meant.command.run(chat, meant.args)),
      )
    },
    recall(older) {
      const { composer, queue, session } = store.state
      const { editing } = composer
      if (older && queue.length > 0 && session !== undefined && editing === undefined) {
        store.dispatch({ type: 'queue-taken' })
        return store.dispatch({
          type: 'text-returned',
          sessionId: session.id,
          text: queue.join('\n\n'),
        })
      }
      if (session === undefined) return
      if (recall.loading !== undefined)
        return app.start(recall.loading.then(() => app.recall(older)))
      const text = recall.step(session.id, older, composer.editor.text)
      if (text === undefined) return
      const editor = editorOf(text)
      store.dispatch({
        type: 'composed',
        composer: { ...emptyComposer, editor, isMenuClosed: true, isRecalled: true, editing },
      })
    },
    discard() {
      const { composer, session } = store.state
      if (session === undefined) return
      const { text } = composer.editor
      recall.add(session.id, composer.isPasted ? asTyped(text) : text)
      store.dispatch({ type: 'composed', composer: composer.editing?.draft ?? emptyComposer })
    },
    leaveEdit() {
      const { editing, editor } = store.state.composer
      if (editing === undefined) return
      // What was changed is not lost: it is where Up finds it.
      if (editor.text !== '' && editor.text !== editorOf(asTyped(editing.text)).text) {
        return app.discard()
      }
      store.dispatch({ type: 'composed', composer: editing.draft })
    },
    setTheme: options.setTheme,
    quit: options.quit,
  }
  return app
}

async function runCommand(run: () => void | Promise<void>): Promise<void> {
  await run()
}

function suggestionsOf(
  { composer, session, roles, catalogue, overlay, focus }: State,
  transcript: Transcript,
) {
  if (session === undefined || overlay !== undefined || focus !== 'composer') return undefined
  if (composer.isMenuClosed || composer.isPasted) return undefined
  const { text, cursor } = composer.editor
  const questions = () => questionsShown(transcript).map(({ message }) => message.content)
  return suggest(text, cursor, { session, roles, catalogue, commands: slashCommands, questions })
}
