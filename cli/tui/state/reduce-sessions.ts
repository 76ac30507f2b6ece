import type { Session } from '../../../shared/contract/session.js'
import { asDraft, joined, unsent } from './draft.js'
import { markedAfter, without } from './rows.js'
import { emptyComposer, type State } from './state.js'

/** The whole list, as the daemon has it: the most recently updated first. */
export function listSessions(state: State, sessions: readonly Session[]): State {
  const open = sessions.find(({ id }) => id === state.session?.id)
  const marked = markedAfter(state.sessions, sessions, state.markedSession) ?? open?.id
  return { ...state, sessions, session: open ?? state.session, markedSession: marked }
}

/** Each session has its own draft; what was typed while none was open goes to the one that opens. */
export function openSession(state: State, session: Session): State {
  const left = state.session
  if (left?.id === session.id) return changeSession(state, session)
  const drafts = new Map(state.drafts)
  const own = drafts.get(session.id)
  drafts.delete(session.id)
  const rest = unsent(state)
  if (left !== undefined && rest !== undefined) drafts.set(left.id, rest)
  const composer =
    left === undefined && rest !== undefined ? joined(own, rest) : (own ?? emptyComposer)
  const fresh = { sessionUsage: undefined, turn: undefined, queue: [] }
  const opened = { ...state, ...fresh, session, drafts, composer }
  return { ...changeSession(opened, session), markedSession: session.id }
}

/** The session goes where its last change puts it in the list. */
export function changeSession(state: State, session: Session): State {
  const rest = without(state.sessions, session.id)
  const at = rest.findIndex(({ updated_at }) => updated_at <= session.updated_at)
  const sessions = rest.toSpliced(at < 0 ? rest.length : at, 0, session)
  return { ...state, sessions, session: state.session?.id === session.id ? session : state.session }
}

/** Deleted while open: no session is open then, and what was typed stays in the composer. */
export function deleteSession(state: State, id: string): State {
  const sessions = without(state.sessions, id)
  const marked = markedAfter(state.sessions, sessions, state.markedSession)
  const drafts = new Map(state.drafts)
  drafts.delete(id)
  const left = { ...state, sessions, drafts, markedSession: marked }
  if (state.session?.id !== id) return left
  const composer = asDraft(unsent(state) ?? state.composer)
  const none = { session: undefined, sessionUsage: undefined, turn: undefined, queue: [] }
  return { ...left, ...none, composer }
}
