import type { SearchHit } from '../../../shared/contract/search.js'
import type { App } from '../app.js'
import { type Editor, editorOf, replaceRange } from '../composer/editor.js'
import { applyKey } from '../composer/editor-keys.js'
import { openHit } from '../effects/open-hit.js'
import { hitsInView } from '../panes/search.js'
import { currentAnswer, type Search } from '../state/search.js'
import { chordOf } from '../terminal/chord.js'
import type { KeyboardEvent } from '../terminal/event.js'

/** The key that opens it closes it again. */
export function toggleSearch(app: App): void {
  if (app.state.overlay?.kind === 'search') return close(app)
  const { text } = app.state.search.editor
  // As in a browser: the words of the last time are there, and typing begins anew.
  show(app, { editor: editorOf(text), isSelected: text !== '' })
}

/** Looks for these words. */
export function searchFor(app: App, text: string): void {
  show(app, { editor: editorOf(text), isSelected: false, isSure: true })
}

function show(app: App, change: Partial<Search>): void {
  app.dispatch({ type: 'overlay', overlay: { kind: 'search' } })
  ask(app, { ...change, problem: undefined })
}

/** Keys of the search: what is typed is looked for, arrows choose. False: not one of them. */
export function searchKey(app: App, event: KeyboardEvent): boolean {
  const { search } = app.state
  const chord = event.type === 'key' ? chordOf(event) : ''
  const step = stepOf(app, chord)
  if (step !== undefined) return move(app, step)
  switch (chord) {
    case 'escape':
      close(app)
      return true
    case 'tab':
      return ask(app, { scope: search.scope === 'all' ? 'session' : 'all' })
    case 'shift+tab':
      return ask(app, { order: search.order === 'rank' ? 'time' : 'rank' })
    case 'enter': {
      const answer = currentAnswer(app.state)
      const hit = answer?.hits[search.index]
      // What is seen may be what was found for other words.
      if (answer === undefined) return ask(app, { isSure: true, problem: undefined })
      if (hit !== undefined) open(app, hit)
      return true
    }
    default:
      return edit(app, event)
  }
}

function close(app: App): void {
  app.dispatch({ type: 'overlay', overlay: undefined })
}

function open(app: App, hit: SearchHit): void {
  close(app)
  app.dispatch({ type: 'filtered', filter: undefined })
  app.dispatch({ type: 'focused', focus: 'composer' })
  app.start(openHit(app, hit))
}

/** Changes what is looked for, or how. */
function ask(app: App, change: Partial<Search>): true {
  app.dispatch({ type: 'search-changed', change })
  app.search.look()
  return true
}

function edit(app: App, event: KeyboardEvent): boolean {
  const { search } = app.state
  const before = search.isSelected ? selectedBefore(search.editor, event) : search.editor
  const context = { width: 1_000, now: app.now(), multiline: false }
  const editor = applyKey(before, event, context)
  if (editor === undefined) return false
  const isOther = editor.text !== search.editor.text
  return ask(app, { editor, isSelected: false, ...(isOther && { isSure: false }) })
}

const takesAway = ['backspace', 'delete', 'ctrl+h']

/** The editor that a key works on while all of it is selected. */
function selectedBefore(editor: Editor, event: KeyboardEvent): Editor {
  const isTyped = event.type !== 'key' || takesAway.includes(chordOf(event)) || isText(event)
  return isTyped ? replaceRange(editor, 0, editor.text.length, '') : editor
}

function isText({ text, ctrl, alt }: { text?: string; ctrl: boolean; alt: boolean }): boolean {
  return text !== undefined && !ctrl && !alt
}

/** How far a key moves the marker. */
function stepOf(app: App, chord: string): number | undefined {
  const { width = 1, height = 1 } = app.layout?.overlay ?? {}
  const page = hitsInView({ width, height })
  const steps: Record<string, number> = { up: -1, down: 1, pageup: -page, pagedown: page }
  return Object.hasOwn(steps, chord) ? steps[chord] : undefined
}

function move(app: App, step: number): true {
  const { answer, index } = app.state.search
  const count = answer?.hits.length ?? 0
  const to = Math.max(0, Math.min(index + step, count - 1))
  // More that could not be read is asked for once more.
  return ask(app, { index: to, isSelected: false, ...(count > 0 && { problem: undefined }) })
}
