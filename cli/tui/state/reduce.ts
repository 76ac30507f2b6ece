import type { Role } from '../../../shared/contract/role.js'
import type { Session } from '../../../shared/contract/session.js'
import { editorOf } from '../composer/editor.js'
import type { Action } from './action.js'
import { type Composer, emptyComposer, type State } from './state.js'

/** The state after an action. Pure: I/O is done by effects, which send actions of their own. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'resized':
      return { ...state, size: action.size }
    case 'focused':
      return { ...state, focus: action.focus }
    case 'side-panes-toggled':
      return { ...state, sidePanes: !state.sidePanes, focus: 'composer' }
    case 'overlay':
      return { ...state, overlay: action.overlay }
    case 'sessions-listed':
      return listSessions(state, action.sessions)
    case 'session-opened':
      return openSession(state, action.session)
    case 'session-changed':
      return changeSession(state, action.session)
    case 'session-deleted':
      return deleteSession(state, action.id)
    case 'filtered':
      return { ...state, filter: action.filter }
    case 'session-marked':
      return { ...state, markedSession: action.id }
    case 'roles-listed':
      return withRoles(state, action.roles)
    case 'role-changed':
      return withRoles(state, sorted([...without(state.roles, action.role.id), action.role]))
    case 'role-deleted':
      return deleteRole(state, action.id)
    case 'role-marked':
      return { ...state, markedRole: action.row }
    case 'models-asked':
      return { ...state, isListing: true }
    case 'models-listed':
      return { ...state, isListing: false, catalogue: action.catalogue ?? state.catalogue }
    case 'link':
      return { ...state, link: action.link }
    case 'turn-began': {
      const { startedAt, turnId } = action
      return { ...state, turn: { turnId, startedAt, isStopping: false } }
    }
    case 'turn-known':
      return state.turn ? { ...state, turn: { ...state.turn, turnId: action.turnId } } : state
    case 'turn-stopping':
      return state.turn ? { ...state, turn: { ...state.turn, isStopping: true } } : state
    case 'turn-ended':
      return { ...state, turn: undefined }
    case 'composed':
      return { ...state, composer: { ...state.composer, ...action.composer } }
    case 'text-returned':
      return returnText(state, action.sessionId, action.text)
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

function listSessions(state: State, sessions: readonly Session[]): State {
  const open = sessions.find(({ id }) => id === state.session?.id)
  const isMarked = sessions.some(({ id }) => id === state.markedSession)
  return {
    ...state,
    sessions,
    session: open ?? state.session,
    markedSession: isMarked ? state.markedSession : state.session?.id,
  }
}

function openSession(state: State, session: Session): State {
  const left = state.session
  if (left?.id === session.id) return changeSession(state, session)
  const drafts = new Map(state.drafts)
  if (left !== undefined) keepDraft(drafts, left.id, state)
  const composer = drafts.get(session.id) ?? emptyComposer
  drafts.delete(session.id)
  const opened = { ...state, session, drafts, composer, turn: undefined, queue: [] }
  return { ...changeSession(opened, session), markedSession: session.id }
}

/** With what was waiting to be sent, so that it is not lost either. */
function keepDraft(drafts: Map<string, Composer>, id: string, { composer, queue }: State): void {
  const text = [...queue, composer.editor.text].filter((part) => part !== '').join('\n\n')
  if (text === '') return
  drafts.set(id, queue.length === 0 ? composer : { ...emptyComposer, editor: editorOf(text) })
}

function changeSession(state: State, session: Session): State {
  const rest = without(state.sessions, session.id)
  const at = rest.findIndex(({ updated_at }) => updated_at <= session.updated_at)
  const sessions = rest.toSpliced(at < 0 ? rest.length : at, 0, session)
  return { ...state, sessions, session: state.session?.id === session.id ? session : state.session }
}

function deleteSession(state: State, id: string): State {
  const at = state.sessions.findIndex((session) => session.id === id)
  const sessions = without(state.sessions, id)
  const beside = sessions[Math.min(Math.max(at, 0), sessions.length - 1)]
  const marked = state.markedSession === id ? beside?.id : state.markedSession
  const drafts = new Map(state.drafts)
  drafts.delete(id)
  return { ...state, sessions, drafts, markedSession: marked }
}

function withRoles(state: State, roles: readonly Role[]): State {
  const isThere = ['none', 'new'].includes(state.markedRole)
  const isMarked = isThere || roles.some(({ id }) => id === state.markedRole)
  return { ...state, roles, markedRole: isMarked ? state.markedRole : 'none' }
}

/** The daemon clears it wherever it is active. */
function deleteRole(state: State, id: string): State {
  const cleared = (session: Session): Session =>
    session.role_id === id ? { ...session, role_id: null } : session
  const left = withRoles(state, without(state.roles, id))
  return {
    ...left,
    sessions: left.sessions.map(cleared),
    session: left.session && cleared(left.session),
  }
}

function returnText(state: State, sessionId: string, text: string): State {
  const isOpen = state.session?.id === sessionId
  const composer = isOpen ? state.composer : (state.drafts.get(sessionId) ?? emptyComposer)
  const typed = composer.editor.text
  const editor = editorOf(typed === '' ? text : `${text}\n\n${typed}`)
  const returned = { ...emptyComposer, editor, isMenuClosed: true }
  if (isOpen) return { ...state, composer: returned }
  return { ...state, drafts: new Map(state.drafts).set(sessionId, returned) }
}

function without<Item extends { id: string }>(items: readonly Item[], id: string): Item[] {
  return items.filter((item) => item.id !== id)
}

/** As the daemon lists them: by lower case, then by the name itself. */
function sorted(roles: readonly Role[]): Role[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return roles.toSorted(
    (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name),
  )
}
