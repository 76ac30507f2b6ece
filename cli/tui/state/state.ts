import type { Usage } from '../../../shared/contract/message.js'
import type { Catalogue } from '../../../shared/contract/model.js'
import type { Role } from '../../../shared/contract/role.js'
import type { Session } from '../../../shared/contract/session.js'
import type { Spend } from '../../../shared/contract/spend.js'
import { type Editor, emptyEditor } from '../composer/editor.js'
import type { LinkState } from './link.js'
import type { Overlay } from './overlay.js'
import { noSearch, type Search } from './search.js'

/** Everything that is shown, but for the transcript, which keeps its own lines. */
export interface State {
  readonly size: Size
  readonly focus: Focus
  /** Whether the side panes are wanted; a narrow terminal has no room for them. */
  readonly sidePanes: boolean
  readonly overlay: Overlay | undefined
  /** The most recently updated first. */
  readonly sessions: readonly Session[]
  /** The open one. */
  readonly session: Session | undefined
  /** What the open one has used up in all; undefined until it was read, and where nothing was counted. */
  readonly sessionUsage: Usage | undefined
  /** What was spent today, and the budgets; undefined until it was read. */
  readonly spend: Spend | undefined
  /** What sessions are looked for; undefined: all are listed. */
  readonly filter: Filter | undefined
  /** The search of all messages; it stays while its overlay is closed. */
  readonly search: Search
  /** The session that the list's marker is on. */
  readonly markedSession: string | undefined
  readonly roles: readonly Role[]
  /** The row that the role list's marker is on: a role, `none` or `new`. */
  readonly markedRole: string
  /** What answers where a session names no model; undefined: the gateway's first. */
  readonly defaultModel: string | undefined
  /** Undefined until it was read. */
  readonly catalogue: Catalogue | undefined
  /** The daemon has lost its gateway. */
  readonly isGatewayAway: boolean
  /** The gateway is being asked for its models. */
  readonly isListing: boolean
  readonly link: LinkState
  readonly turn: TurnState | undefined
  readonly composer: Composer
  /** What was typed in sessions that are not open now. */
  readonly drafts: ReadonlyMap<string, Composer>
  /** Messages that wait for the running answer's end. */
  readonly queue: readonly string[]
  readonly theme: 'dark' | 'light'
  readonly mouse: boolean
  /** A word to the user until the next key. */
  readonly hint: string | undefined
}

export interface Size {
  readonly columns: number
  readonly rows: number
}

export type Focus = 'composer' | 'transcript' | 'sessions' | 'roles'

/** The running turn of the open session. */
interface TurnState {
  readonly turnId: string | undefined
  /** Ms since the epoch. */
  readonly startedAt: number
  readonly isStopping: boolean
  /** The daemon waits for its database. */
  readonly isStalled: boolean
}

export interface Filter {
  readonly editor: Editor
  /** Keys go into it. */
  readonly isTyping: boolean
}

export interface Composer {
  readonly editor: Editor
  /** Something was pasted into it: a slash at its beginning is text. */
  readonly isPasted: boolean
  /** The chosen row of the slash menu; -1: none yet. */
  readonly menuIndex: number
  /** Esc closed the menu; typing opens it again. */
  readonly isMenuClosed: boolean
  /** It came from what was sent before, untouched: Up and Down go on from there. */
  readonly isRecalled: boolean
  /** It holds an earlier question, to be asked otherwise. */
  readonly editing: Editing | undefined
}

export interface Editing {
  /** Of the question, in the session that the composer belongs to. */
  readonly messageId: string
  /** Counted from the end: 1 is the last. */
  readonly number: number
  /** As it was asked. */
  readonly text: string
  /** What was in the composer before. */
  readonly draft: Composer
}

export const emptyComposer: Composer = {
  editor: emptyEditor,
  isPasted: false,
  menuIndex: -1,
  isMenuClosed: false,
  isRecalled: false,
  editing: undefined,
}

export function initialState(
  start: Pick<State, 'size' | 'theme' | 'mouse'> &
    Partial<Pick<State, 'sidePanes' | 'defaultModel'>>,
): State {
  return {
    focus: 'composer',
    sidePanes: true,
    overlay: undefined,
    sessions: [],
    session: undefined,
    sessionUsage: undefined,
    spend: undefined,
    filter: undefined,
    search: noSearch,
    markedSession: undefined,
    roles: [],
    markedRole: 'none',
    defaultModel: undefined,
    catalogue: undefined,
    isGatewayAway: false,
    isListing: false,
    link: { kind: 'online' },
    turn: undefined,
    composer: emptyComposer,
    drafts: new Map(),
    queue: [],
    hint: undefined,
    ...start,
  }
}
