import type { Role } from '../../../shared/contract/role.js'
import type { Session } from '../../../shared/contract/session.js'
import { markedAfter, without } from './rows.js'
import type { State } from './state.js'

/** The whole list, as the daemon has it. */
export function listRoles(state: State, roles: readonly Role[]): State {
  if (['none', 'new'].includes(state.markedRole)) return { ...state, roles }
  return {
    ...state,
    roles,
    markedRole: markedAfter(state.roles, roles, state.markedRole) ?? 'none',
  }
}

export function changeRole(state: State, role: Role): State {
  return listRoles(state, sorted([...without(state.roles, role.id), role]))
}

/** The daemon clears it wherever it is active. */
export function deleteRole(state: State, id: string): State {
  const cleared = (session: Session): Session =>
    session.role_id === id ? { ...session, role_id: null } : session
  const left = listRoles(state, without(state.roles, id))
  return {
    ...left,
    sessions: left.sessions.map(cleared),
    session: left.session && cleared(left.session),
  }
}

/** As the daemon lists them: by lower case, then by the name itself. */
function sorted(roles: readonly Role[]): Role[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return roles.toSorted(
    (a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.name, b.name),
  )
}
