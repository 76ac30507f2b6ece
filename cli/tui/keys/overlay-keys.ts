import type { App } from '../app.js'
import { applyKey } from '../composer/editor-keys.js'
import { frameInside } from '../panes/frame.js'
import { type Confirm, type Overlay, type RoleForm, roleFields } from '../state/overlay.js'
import { isFormChanged } from '../state/role-form.js'
import { chordOf } from '../terminal/chord.js'
import type { KeyboardEvent } from '../terminal/event.js'
import { formField } from '../view/overlay-size.js'
import { lastHelpOffset } from './help-end.js'
import { rolesKey, sessionsKey } from './list-keys.js'
import { modelsKey } from './models-keys.js'
import { searchKey } from './search-keys.js'

/** Keys of what lies over the panes: it gets all of them but the global ones it has no use for. */
export function overlayKey(app: App, overlay: Overlay, event: KeyboardEvent): boolean {
  if (overlay.kind === 'role-form') return formKey(app, overlay, event)
  if (overlay.kind === 'models') return modelsKey(app, overlay, event)
  if (overlay.kind === 'search') return searchKey(app, event)
  if (overlay.kind === 'sessions' && sessionsKey(app, event)) return true
  if (event.type !== 'key') return true
  const chord = chordOf(event)
  if (overlay.kind === 'confirm') return confirmKey(app, overlay, chord)
  if (chord === 'escape' || chord === 'q') return close(app)
  switch (overlay.kind) {
    case 'sessions':
      return false
    case 'roles':
      return rolesKey(app, chord)
    case 'help':
      return helpKey(app, overlay.offset, chord)
    default:
      return overlay satisfies never
  }
}

function close(app: App, under?: Overlay): true {
  app.dispatch({ type: 'overlay', overlay: under })
  return true
}

function helpKey(app: App, offset: number, chord: string): boolean {
  const { width, height } = app.layout?.overlay ?? { width: 0, height: 1 }
  const page = frameInside(width, height).height
  const steps: Record<string, number> = {
    ...{ up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page, space: page },
    ...{ home: -1e6, g: -1e6, end: 1e6, G: 1e6 },
  }
  if (chord === 'f1') return close(app)
  const step = Object.hasOwn(steps, chord) ? steps[chord] : undefined
  if (step === undefined) return false
  const next = Math.max(0, Math.min(offset + step, lastHelpOffset(app.layout?.overlay)))
  app.dispatch({ type: 'overlay', overlay: { kind: 'help', offset: next } })
  return true
}

function confirmKey(app: App, { what, id, under }: Confirm, chord: string): boolean {
  if (chord === 'y' || chord === 'Y') {
    close(app, under)
    app.start(what === 'session' ? app.sessions.remove(id) : app.roles.remove(id))
    return true
  }
  // Enter is no: the question's capital letter.
  return ['n', 'N', 'escape', 'enter', 'q'].includes(chord) && close(app, under)
}

function formKey(app: App, form: RoleForm, event: KeyboardEvent): boolean {
  const change = (changes: Partial<RoleForm>): true => {
    app.dispatch({ type: 'overlay', overlay: { ...form, isLeaving: false, ...changes } })
    return true
  }
  const chord = event.type === 'key' ? chordOf(event) : ''
  if (form.isSaving) return true
  switch (chord) {
    case 'escape':
      leaveForm(app, form)
      return true
    case 'ctrl+s':
      app.start(app.roles.save(form))
      return true
    case 'tab':
      return change({ field: fieldAfter(form, 1) })
    case 'shift+tab':
      return change({ field: fieldAfter(form, -1) })
    default:
  }
  const isLine = form.field !== 'instructions'
  if (isLine && (chord === 'enter' || chord === 'down')) {
    return change({ field: fieldAfter(form, 1) })
  }
  // In a form a plain Enter is a new line, as it is in an editor.
  const meant = chord === 'enter' && event.type === 'key' ? { ...event, shift: true } : event
  const context = {
    width: formField(app.state.size, form.field).width + 1,
    now: app.now(),
    multiline: !isLine,
  }
  const editor = applyKey(form[form.field], meant, context)
  if (editor === undefined) return false
  return change({ [form.field]: editor, error: undefined })
}

function fieldAfter({ field }: RoleForm, step: 1 | -1): RoleForm['field'] {
  const at = roleFields.indexOf(field) + step
  return roleFields.at(at % roleFields.length) ?? field
}

/** With changes only when it was asked for twice. One that is being saved is not held up by that. */
export function leaveForm(app: App, form: RoleForm): void {
  const isSure = form.isLeaving || form.isSaving || !isFormChanged(form)
  app.dispatch({ type: 'overlay', overlay: isSure ? undefined : { ...form, isLeaving: true } })
}
