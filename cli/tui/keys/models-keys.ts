import type { App } from '../app.js'
import { applyKey } from '../composer/editor-keys.js'
import { notice } from '../effects/deps.js'
import { listModels } from '../effects/models.js'
import { describePlan, labelModel } from '../slash/choose-model.js'
import type { ModelPicker } from '../state/overlay.js'
import { pickableModels } from '../state/picker.js'
import { chordOf } from '../terminal/chord.js'
import type { KeyboardEvent } from '../terminal/event.js'
import { moveIn } from './list-keys.js'

/** Keys of the model picker: what is typed finds a model; in its list letters are commands. */
export function modelsKey(app: App, picker: ModelPicker, event: KeyboardEvent): boolean {
  const chord = event.type === 'key' ? chordOf(event) : ''
  const change = (changes: Partial<ModelPicker>): true => {
    app.dispatch({ type: 'overlay', overlay: { ...picker, ...changes } })
    return true
  }
  const close = (): true => {
    app.dispatch({ type: 'overlay', overlay: undefined })
    return true
  }
  const models = pickableModels(app.state, picker)
  const rows = models.map((_, index) => String(index))
  const isMove = ['up', 'down', 'pageup', 'pagedown', 'home', 'end'].includes(chord)
  if (isMove || !picker.isFiltering) {
    const moved = moveIn(rows, String(picker.index), chord)
    // Who moves has found what was looked for: letters are commands again.
    if (moved !== undefined) return change({ index: Number(moved), isFiltering: false })
  }
  const marked = models[picker.index]
  if (chord === 'enter') {
    if (marked === undefined) return true
    close()
    app.start(setModel(app, marked.id))
    return true
  }
  if (chord === 'ctrl+r' && app.state.link.kind === 'online') {
    app.start(listModels(app, true))
    return true
  }
  if (picker.isFiltering) {
    const isEmpty = picker.filter.text === ''
    if (chord === 'escape' && isEmpty) return close()
    if (chord === 'escape' || chord === 'tab') return change({ isFiltering: false })
    const typed = isEmpty ? withoutSlash(event) : event
    return typed === undefined || filterWith(app, picker, typed)
  }
  switch (chord) {
    case 'escape':
    case 'q':
      return close()
    case '/':
      return change({ isFiltering: true })
    case 'r':
      app.start(listModels(app, true))
      return true
    case 'p':
      return marked === undefined ? true : plan(app, picker, { planner: marked.id })
    case 'a':
      return marked === undefined ? true : plan(app, picker, { answerer: marked.id })
    default:
      // Who types a name looks for it.
      if (event.type === 'key' && event.text === undefined) return false
      return filterWith(app, { ...picker, isFiltering: true }, event)
  }
}

/** No model's name begins with a slash, but it opens the filter of every other list. */
function withoutSlash(event: KeyboardEvent): KeyboardEvent | undefined {
  if (event.type === 'paste') return event
  if (event.type === 'key') return event.text === '/' ? undefined : event
  const first = event.keys.findIndex(({ text }) => text !== '/')
  return first === -1 ? undefined : { ...event, keys: event.keys.slice(first) }
}

function filterWith(app: App, picker: ModelPicker, event: KeyboardEvent): boolean {
  const context = { width: 1_000, now: app.now(), multiline: false }
  const filter = applyKey(picker.filter, event, context)
  if (filter === undefined) return false
  const isNew = filter.text !== picker.filter.text
  app.dispatch({ type: 'overlay', overlay: { ...picker, filter, ...(isNew && { index: 0 }) } })
  return true
}

async function setModel(app: App, model: string): Promise<void> {
  const wasPlanning = app.state.session?.plan != null
  await app.sessions.patch({ model, plan: null })
  const label = labelModel(app.state.catalogue, model)
  notice(app, `Model: ${label}${wasPlanning ? '\nPlan mode is off.' : ''}`, 'info', 'model')
}

/** Plan mode begins when both models are chosen. */
function plan(
  app: App,
  picker: ModelPicker,
  chosen: { planner?: string; answerer?: string },
): true {
  const { planner, answerer } = { ...picker, ...chosen }
  if (planner === undefined || answerer === undefined) {
    app.dispatch({ type: 'overlay', overlay: { ...picker, ...chosen } })
    return true
  }
  app.dispatch({ type: 'overlay', overlay: undefined })
  const models = { planning_model: planner, answering_model: answerer }
  app.start(
    app.sessions
      .patch({ plan: models })
      .then(() => notice(app, describePlan(app.state.catalogue, models))),
  )
  return true
}
