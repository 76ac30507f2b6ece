import type { App } from '../app.js'
import { roleAt } from '../panes/roles-pane.js'
import { sessionAt } from '../panes/sessions-pane.js'
import type { MouseEvent } from '../terminal/event.js'
import type { Rect } from '../terminal/rect.js'
import { rolesView, sessionsView } from '../view/lists.js'
import { chooseRole, listedSessions, moveIn, openSession, roleRows } from './list-keys.js'

/** Lines that one notch of the wheel scrolls. */
const notch = 3

export function onMouse(app: App, event: MouseEvent): void {
  const { layout, state } = app
  if (layout === undefined || state.overlay !== undefined) return
  if (event.kind === 'wheel-up') return onWheel(app, event, -1)
  if (event.kind === 'wheel-down') return onWheel(app, event, 1)
  if (event.kind !== 'press' || event.button !== 'left') return
  const { side } = layout
  if (side && isIn(event, side.sessions)) return clickSession(app, event, side.sessions)
  if (side && isIn(event, side.roles)) return clickRole(app, event, side.roles)
  if (isIn(event, layout.transcript)) app.dispatch({ type: 'focused', focus: 'transcript' })
  if (isIn(event, layout.composer)) app.dispatch({ type: 'focused', focus: 'composer' })
}

function onWheel(app: App, event: MouseEvent, direction: 1 | -1): void {
  const side = app.layout?.side
  const chord = direction === 1 ? 'down' : 'up'
  const { roles, markedSession, markedRole } = app.state
  if (side && isIn(event, side.sessions)) {
    const ids = listedSessions(app.state).map(({ id }) => id)
    return app.dispatch({ type: 'session-marked', id: moveIn(ids, markedSession, chord) })
  }
  if (side && isIn(event, side.roles)) {
    const row = moveIn(roleRows(roles), markedRole, chord)
    if (row !== undefined) app.dispatch({ type: 'role-marked', row })
    return
  }
  app.transcript.scroll(direction * notch)
  app.redraw()
}

function clickSession(app: App, event: MouseEvent, rect: Rect): void {
  const pane = { height: rect.height, ...sessionsView(app.state, app.now()) }
  const at = sessionAt(pane, event.y - rect.y)
  const session = listedSessions(app.state)[at ?? -1]
  if (session === undefined) return app.dispatch({ type: 'focused', focus: 'sessions' })
  openSession(app, session.id)
}

function clickRole(app: App, event: MouseEvent, rect: Rect): void {
  const at = roleAt({ height: rect.height, ...rolesView(app.state) }, event.y - rect.y)
  const row = roleRows(app.state.roles)[at ?? -1]
  if (row === undefined) return app.dispatch({ type: 'focused', focus: 'roles' })
  app.dispatch({ type: 'role-marked', row })
  chooseRole(app, row)
}

function isIn({ x, y }: MouseEvent, rect: Rect): boolean {
  return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height
}
