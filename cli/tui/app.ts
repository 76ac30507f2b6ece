import type { Deps } from './effects/deps.js'
import type { Roles } from './effects/roles.js'
import type { Search } from './effects/search.js'
import type { Sessions } from './effects/sessions.js'
import type { GlobalCommand } from './keys/keymap.js'
import type { Suggestions } from './slash/suggest.js'
import type { Action } from './state/action.js'
import type { State } from './state/state.js'
import type { Layout } from './view/layout.js'

/** The running chat, as keys and slash commands use it. */
export interface App extends Deps {
  readonly state: State
  readonly sessions: Sessions
  readonly roles: Roles
  readonly search: Search
  /** Where everything was drawn last; undefined while the terminal is too small. */
  readonly layout: Layout | undefined
  /** What the line in the composer may become; undefined while no menu is shown. */
  readonly suggestions: Suggestions | undefined
  dispatch(action: Action): void
  /** Runs an effect; its error is told in the transcript. */
  start(effect: Promise<unknown>): void
  run(command: GlobalCommand): void
  /** Sends what is in the composer, or runs it as a command. */
  submit(): void
  /** What was sent before: `older` goes back, else forward. */
  recall(older: boolean): void
  /** Empties the composer; Up brings the text back. */
  discard(): void
  /** The composer holds again what it held before an earlier question came into it, if one did. */
  leaveEdit(): void
  setTheme(theme: 'dark' | 'light'): void
  quit(): void
}
