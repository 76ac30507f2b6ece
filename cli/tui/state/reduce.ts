import type { Catalogue } from '../../../shared/contract/model.js'
import { isRoomy } from '../view/layout.js'
import type { Action } from './action.js'
import { returnEdit, returnText } from './draft.js'
import type { Overlay } from './overlay.js'
import { pickerAfter } from './picker.js'
import { changeRole, deleteRole, listRoles } from './reduce-roles.js'
import { changeSearch, failSearch, findHits } from './reduce-search.js'
import { changeSession, deleteSession, listSessions, openSession } from './reduce-sessions.js'
import type { State } from './state.js'

/** The state after an action. Pure: I/O is done by effects, which send actions of their own. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'resized':
      return withFocusShown({ ...state, size: action.size })
    case 'focused':
      return withFocusShown({ ...state, focus: action.focus })
    case 'side-panes-toggled':
      return withFocusShown({ ...state, sidePanes: !state.sidePanes })
    case 'overlay':
      return showOverlay(state, action.overlay)
    case 'sessions-listed':
      return listSessions(state, action.sessions)
    case 'session-opened':
      return openSession(state, action.session)
    case 'session-changed':
      return changeSession(state, action.session)
    case 'session-counted':
      return state.session?.id === action.id
        ? { ...state, sessionUsage: action.usage, spend: action.spend }
        : state
    case 'session-deleted':
      return deleteSession(state, action.id)
    case 'filtered':
      return { ...state, filter: action.filter }
    case 'search-changed':
      return changeSearch(state, action.change)
    case 'search-slow':
      return { ...state, search: { ...state.search, isSlow: true } }
    case 'search-found':
      return findHits(state, action)
    case 'search-failed':
      return failSearch(state, action)
    case 'session-marked':
      return state.sessions.some(({ id }) => id === action.id)
        ? { ...state, markedSession: action.id }
        : state
    case 'roles-listed':
      return listRoles(state, action.roles)
    case 'role-changed':
      return changeRole(state, action.role)
    case 'role-deleted':
      return deleteRole(state, action.id)
    case 'role-marked':
      return isRoleRow(state, action.row) ? { ...state, markedRole: action.row } : state
    case 'models-asked':
      return { ...state, isListing: true }
    case 'models-listed':
      return listModels(state, action.catalogue)
    case 'gateway':
      return state.isGatewayAway === action.isAway
        ? state
        : { ...state, isGatewayAway: action.isAway }
    case 'link':
      return { ...state, link: action.link }
    case 'turn-began': {
      const { startedAt, turnId } = action
      return { ...state, turn: { turnId, startedAt, isStopping: false, isStalled: false } }
    }
    case 'turn-known':
      return state.turn ? { ...state, turn: { ...state.turn, turnId: action.turnId } } : state
    case 'turn-stopping':
      return state.turn
        ? { ...state, turn: { ...state.turn, isStopping: action.isStopping } }
        : state
    case 'turn-stalled':
      return state.turn ? { ...state, turn: { ...state.turn, isStalled: action.isStalled } } : state
    case 'turn-ended':
      return { ...state, turn: undefined }
    case 'composed':
      return { ...state, composer: { ...state.composer, ...action.composer } }
    case 'text-returned':
      return returnText(state, action.sessionId, action.text)
    case 'edit-returned':
      return returnEdit(state, action.sessionId, action)
    case 'queued':
      return { ...state, queue: [...state.queue, action.text] }
    case 'queue-taken':
      return { ...state, queue: [] }
    case 'theme':
      return { ...state, theme: action.theme }
    case 'mouse':
      return { ...state, mouse: action.mouse }
    case 'hint':
      return state.hint === action.hint ? state : { ...state, hint: action.hint }
    default:
      return action satisfies never
  }
}

function isRoleRow({ roles }: State, row: string): boolean {
  return row === 'none' || row === 'new' || roles.some(({ id }) => id === row)
}

/** The filter belongs to the list: it goes with it. */
function showOverlay(state: State, overlay: Overlay | undefined): State {
  const isListLeft =
    state.overlay?.kind === 'sessions' && !['sessions', 'confirm'].includes(overlay?.kind ?? '')
  return { ...state, overlay, ...(isListLeft && { filter: undefined }) }
}

function listModels(state: State, catalogue: Catalogue | undefined): State {
  if (catalogue === undefined) return { ...state, isListing: false }
  const { overlay } = state
  const after = overlay?.kind === 'models' ? pickerAfter(overlay, state, catalogue) : overlay
  // The daemon has just met it: that it tells so, too, comes in a moment.
  const isBack = state.catalogue?.source === 'offline' && catalogue.source !== 'offline'
  const isGatewayAway = state.isGatewayAway && !isBack
  return { ...state, isListing: false, catalogue, overlay: after, isGatewayAway }
}

/** A side pane that is not shown has no focus. */
function withFocusShown(state: State): State {
  const isAside = state.focus === 'sessions' || state.focus === 'roles'
  const isShown = state.sidePanes && isRoomy(state.size)
  return isAside && !isShown ? { ...state, focus: 'composer' } : state
}
