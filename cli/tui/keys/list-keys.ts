import type { Role } from '../../../shared/contract/role.js'
import type { Session } from '../../../shared/contract/session.js'
import type { App } from '../app.js'
import { emptyEditor } from '../composer/editor.js'
import { applyKey } from '../composer/editor-keys.js'
import { rankByName } from '../slash/rank.js'
import { roleFormOf } from '../state/role-form.js'
import type { Filter, State } from '../state/state.js'
import { chordOf } from '../terminal/chord.js'
import type { KeyboardEvent } from '../terminal/event.js'

/** The sessions that the filter leaves, in the order of the list, or best first. */
export function listedSessions({ sessions, filter }: State): readonly Session[] {
  if (filter === undefined) return sessions
  return rankByName(sessions, filter.editor.text, ({ title }) => title)
}

/** Keys of the list of sessions, in its pane or over it. False: not one of them. */
export function sessionsKey(app: App, event: KeyboardEvent): boolean {
  const { filter, markedSession } = app.state
  if (event.type !== 'key') return filter !== undefined && filterKey(app, filter, event)
  const chord = chordOf(event)
  const sessions = listedSessions(app.state)
  const isMove = ['up', 'down', 'pageup', 'pagedown'].includes(chord)
  if (isMove || !filter?.isTyping) {
    const ids = sessions.map(({ id }) => id)
    const moved = moveIn(ids, markedSession, chord)
    if (moved !== undefined) {
      app.dispatch({ type: 'session-marked', id: moved })
      return true
    }
  }
  const marked = sessions.find(({ id }) => id === markedSession) ?? sessions[0]
  if (chord === 'enter') {
    if (marked !== undefined) openSession(app, marked.id)
    return true
  }
  if (filter !== undefined && filterKey(app, filter, event)) return true
  switch (chord) {
    case '/':
      app.dispatch({ type: 'filtered', filter: { editor: emptyEditor, isTyping: true } })
      return true
    case 'n':
      toComposer(app)
      app.run('new')
      return true
    case 'd':
    case 'x':
    case 'delete':
      if (marked !== undefined) confirm(app, 'session', marked.id, marked.title)
      return true
    default:
      return false
  }
}

function filterKey(app: App, filter: Filter, event: KeyboardEvent): boolean {
  if (event.type === 'key' && chordOf(event) === 'escape') {
    app.dispatch({ type: 'filtered', filter: undefined })
    return true
  }
  if (!filter.isTyping) return false
  const context = { width: 1_000, now: app.now(), multiline: false }
  const editor = applyKey(filter.editor, event, context)
  if (editor === undefined) return false
  app.dispatch({ type: 'filtered', filter: { ...filter, editor } })
  if (editor.text === filter.editor.text) return true
  const [best] = listedSessions(app.state)
  app.dispatch({ type: 'session-marked', id: best?.id })
  return true
}

function confirm(app: App, what: 'session' | 'role', id: string, name: string): void {
  const under = app.state.overlay
  app.dispatch({ type: 'overlay', overlay: { kind: 'confirm', what, id, name, under } })
}

export function openSession(app: App, id: string): void {
  const session = app.state.sessions.find((one) => one.id === id)
  toComposer(app)
  if (session !== undefined) app.start(app.sessions.open(session))
}

/** The rows of the list of roles: none, the roles, a new one. */
export function roleRows(roles: readonly { id: string }[]): string[] {
  return ['none', ...roles.map(({ id }) => id), 'new']
}

/** Keys of the list of roles, in its pane or over it. False: not one of them. */
export function rolesKey(app: App, chord: string): boolean {
  const { roles, markedRole } = app.state
  const moved = moveIn(roleRows(roles), markedRole, chord)
  if (moved !== undefined) {
    app.dispatch({ type: 'role-marked', row: moved })
    return true
  }
  const marked = roles.find(({ id }) => id === markedRole)
  switch (chord) {
    case 'enter':
      chooseRole(app, markedRole)
      return true
    case 'n':
      openForm(app, undefined)
      return true
    case 'e':
    case 'f2':
      if (marked !== undefined) openForm(app, marked)
      return true
    case 'd':
    case 'x':
    case 'delete':
      if (marked !== undefined) confirm(app, 'role', marked.id, marked.name)
      return true
    default:
      return false
  }
}

/** What choosing a row of the list of roles does. */
export function chooseRole(app: App, row: string): void {
  if (row === 'new') return openForm(app, undefined)
  toComposer(app)
  app.start(app.sessions.patch({ role_id: row === 'none' ? null : row }))
}

function openForm(app: App, role: Role | undefined): void {
  app.dispatch({ type: 'overlay', overlay: roleFormOf(role) })
}

function toComposer(app: App): void {
  app.dispatch({ type: 'overlay', overlay: undefined })
  app.dispatch({ type: 'filtered', filter: undefined })
  app.dispatch({ type: 'focused', focus: 'composer' })
}

/** Where a key moves the marker of a list; undefined: it moves nothing. */
export function moveIn(
  rows: readonly string[],
  marked: string | undefined,
  chord: string,
): string | undefined {
  const at = Math.max(0, marked === undefined ? 0 : rows.indexOf(marked))
  const last = rows.length - 1
  const to: Record<string, number> = {
    up: at - 1,
    k: at - 1,
    down: at + 1,
    j: at + 1,
    g: 0,
    home: 0,
    G: last,
    end: last,
    pageup: at - 10,
    pagedown: at + 10,
  }
  const target = Object.hasOwn(to, chord) ? to[chord] : undefined
  return target === undefined ? undefined : rows[Math.max(0, Math.min(target, last))]
}
