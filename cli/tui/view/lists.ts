import type { Session } from '../../../shared/contract/session.js'
import { listedSessions, roleRows } from '../keys/list-keys.js'
import type { RolesPaneProps } from '../panes/roles-pane.js'
import type { SessionItem, SessionsPaneProps } from '../panes/sessions-pane.js'
import type { State } from '../state/state.js'
import { memo } from './memo.js'

const minuteMs = 60_000

const sessionItems = memo(
  (sessions: readonly Session[], openId: string | undefined): readonly SessionItem[] =>
    sessions.map(({ id, title, live_turn_id, updated_at }) => ({
      title,
      current: id === openId,
      live: live_turn_id !== null,
      updatedAt: updated_at,
    })),
)
const listed = memo((state: State) => listedSessions(state))
const roleNames = memo((roles: State['roles']) => roles.map(({ name }) => name))

type Sized<Props> = Omit<Props, 'theme' | 'width' | 'height'>

/** What the list of sessions shows. */
export function sessionsView(state: State, now: number): Sized<SessionsPaneProps> {
  const sessions = listed(state)
  return {
    focused: state.focus === 'sessions' && state.overlay === undefined,
    sessions: sessionItems(sessions, state.session?.id),
    total: state.sessions.length,
    selected: Math.max(
      0,
      sessions.findIndex(({ id }) => id === state.markedSession),
    ),
    filter: state.filter?.editor.text,
    // Ages are shown in minutes: what is drawn changes no more often.
    now: Math.floor(now / minuteMs) * minuteMs,
  }
}

/** What the list of roles shows. */
export function rolesView(state: State): Sized<RolesPaneProps> {
  const { roles, session } = state
  const at = roles.findIndex(({ id }) => id === session?.role_id)
  return {
    focused: state.focus === 'roles' && state.overlay === undefined,
    roles: roleNames(roles),
    active: at < 0 ? undefined : at,
    selected: Math.max(0, roleRows(roles).indexOf(state.markedRole)),
  }
}
