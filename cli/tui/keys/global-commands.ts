import type { App } from '../app.js'
import { editorOf, emptyEditor } from '../composer/editor.js'
import { listModels } from '../effects/models.js'
import { modelInUse } from '../state/model-in-use.js'
import type { ModelPicker } from '../state/overlay.js'
import { emptyComposer, type Focus, type State } from '../state/state.js'
import type { GlobalCommand } from './keymap.js'
import { toggleSearch } from './search-keys.js'

/** What only the terminal's owner can do. */
export interface TerminalCommands {
  redraw(): void
  suspend(): void
  toggleTheme(): void
  /** Gives the terminal to the user's editor. */
  edit(): void
}

/** Runs a command of the key table. */
export function runGlobal(app: App, terminal: TerminalCommands, command: GlobalCommand): void {
  const { transcript } = app
  switch (command) {
    case 'help':
      return app.dispatch({ type: 'overlay', overlay: { kind: 'help', offset: 0 } })
    case 'new':
      app.dispatch({ type: 'overlay', overlay: undefined })
      app.dispatch({ type: 'focused', focus: 'composer' })
      return app.start(app.sessions.create())
    case 'models':
      return openModels(app)
    case 'sessions':
      app.start(app.sessions.refresh())
      return openList(app, 'sessions')
    case 'search':
      return toggleSearch(app)
    case 'roles':
      app.start(app.roles.refresh())
      return openList(app, 'roles')
    case 'side-panes':
      return app.dispatch({ type: 'side-panes-toggled' })
    case 'theme':
      return terminal.toggleTheme()
    case 'edit':
      return terminal.edit()
    case 'redraw':
      return terminal.redraw()
    case 'suspend':
      return terminal.suspend()
    case 'retry':
      return app.link.retryNow()
    case 'next-pane':
      return moveFocus(app, 1)
    case 'previous-pane':
      return moveFocus(app, -1)
    case 'top':
      return app.start(toFirst(app))
    default:
      scroll(app, command)
      transcript.draw()
      return app.redraw()
  }
}

function scroll(
  { transcript }: App,
  command: 'reasoning' | 'page-up' | 'page-down' | 'line-up' | 'line-down' | 'tail',
): void {
  switch (command) {
    case 'reasoning':
      return transcript.toggleReasoning()
    case 'page-up':
      return transcript.page(-1)
    case 'page-down':
      return transcript.page(1)
    case 'line-up':
      return transcript.scroll(-1)
    case 'line-down':
      return transcript.scroll(1)
    case 'tail':
      return transcript.toTail()
    default:
      return command satisfies never
  }
}

/** The same key closes it again. */
function openModels(app: App): void {
  if (app.state.overlay?.kind === 'models') {
    return app.dispatch({ type: 'overlay', overlay: undefined })
  }
  app.start(listModels(app))
  const overlay: ModelPicker = {
    kind: 'models',
    filter: emptyEditor,
    isFiltering: true,
    index: indexOfModel(app.state),
    planner: undefined,
    answerer: undefined,
  }
  app.dispatch({ type: 'overlay', overlay })
}

/** To the first message of all, which may not have been read yet. */
async function toFirst(app: App): Promise<void> {
  const { session } = app.state
  do {
    app.transcript.toTop()
    app.redraw()
  } while ((await app.sessions.loadOlder()) && app.state.session?.id === session?.id)
}

/** The pane, where it is shown; else the same list over the transcript. The same key goes back. */
function openList(app: App, list: 'sessions' | 'roles'): void {
  if (app.layout?.side === undefined) {
    const isOpen = app.state.overlay?.kind === list
    return app.dispatch({ type: 'overlay', overlay: isOpen ? undefined : { kind: list } })
  }
  app.dispatch({ type: 'overlay', overlay: undefined })
  app.dispatch({ type: 'focused', focus: app.state.focus === list ? 'composer' : list })
}

function moveFocus(app: App, step: 1 | -1): void {
  const all: readonly Focus[] =
    app.layout?.side === undefined
      ? ['composer', 'transcript']
      : ['composer', 'transcript', 'sessions', 'roles']
  const at = all.indexOf(app.state.focus)
  const focus = all.at((at + step) % all.length) ?? 'composer'
  app.dispatch({ type: 'focused', focus })
}

function indexOfModel(state: State): number {
  const inUse = modelInUse(state)
  const at = state.catalogue?.data.findIndex(({ id }) => id === inUse) ?? 0
  return Math.max(0, at)
}

/**
 * What the user wrote in an editor of their own replaces `before`, which the editor was given. What
 * has come into the composer meanwhile stays, behind it.
 */
export function editedOutside(app: App, written: string, before?: string): void {
  const { editor: now, editing } = app.state.composer
  const { text } = now
  if (written === (before ?? text)) return
  const isOther = before !== undefined && text !== before && text !== ''
  const editor = editorOf(isOther ? `${written}\n\n${text}` : written)
  app.dispatch({
    type: 'composed',
    composer: { ...emptyComposer, editor, editing, isPasted: true },
  })
}
