import type { App } from '../app.js'
import { type Editor, moveTo, replaceRange } from '../composer/editor.js'
import { applyKey } from '../composer/editor-keys.js'
import { complete } from '../slash/suggest.js'
import type { Composer } from '../state/state.js'
import { chordOf } from '../terminal/chord.js'
import type { KeyboardEvent } from '../terminal/event.js'
import { composerInside } from '../view/composer.js'

/** Keys of the composer. False: not one of them. */
export function composerKey(app: App, event: KeyboardEvent): boolean {
  const { composer } = app.state
  const chord = event.type === 'key' ? chordOf(event) : ''
  if (composer.isRecalled && (chord === 'up' || chord === 'down')) return edgeKey(app, chord)
  // There is no line to go to the end of.
  if (chord === 'end' && composer.editor.text === '') {
    app.run('tail')
    return true
  }
  const width = app.layout === undefined ? 1 : composerInside(app.layout.composer).width
  const context = { width, now: app.now(), multiline: true }
  const editor = applyKey(composer.editor, event, context)
  if (editor !== undefined) {
    const changed = editor.text !== composer.editor.text
    app.dispatch({
      type: 'composed',
      composer: {
        editor,
        isPasted: isPasted(composer, editor, event),
        isRecalled: false,
        ...(changed && { menuIndex: -1, isMenuClosed: false }),
      },
    })
    return true
  }
  return edgeKey(app, chord)
}

/** What matters is its beginning: a name that is pasted behind `/model ` leaves a command one. */
function isPasted(before: Composer, { text }: Editor, { type }: KeyboardEvent): boolean {
  if (text === '') return false
  const { editor } = before
  if (type === 'paste' && editor.cursor === 0) return true
  return before.isPasted && editor.text !== ''
}

/** Keys of the menu above the composer. False: none is open, or not one of its keys. */
export function menuKey(app: App, chord: string): boolean {
  const { suggestions } = app
  if (suggestions === undefined) return false
  const last = suggestions.items.length - 1
  // The list may have become shorter under the marker.
  const menuIndex = Math.min(app.state.composer.menuIndex, last)
  const move = (index: number): true => {
    app.dispatch({ type: 'composed', composer: { menuIndex: index } })
    return true
  }
  switch (chord) {
    case 'down':
      return move(Math.min(menuIndex + 1, last))
    case 'up':
      return move(Math.max(menuIndex - 1, 0))
    case 'escape':
      app.dispatch({ type: 'composed', composer: { isMenuClosed: true } })
      return true
    case 'tab':
      return take(app, Math.max(menuIndex, 0))
    case 'enter':
      // What is typed is run, unless an item was chosen.
      if (menuIndex < 0) return false
      take(app, menuIndex)
      app.submit()
      return true
    default:
      return false
  }
}

function take(app: App, index: number): true {
  const insert = app.suggestions && complete(app.suggestions, index)
  if (insert === undefined) return true
  const before = app.state.composer.editor
  const editor = moveTo(replaceRange(before, 0, before.text.length, insert.text), insert.cursor)
  app.dispatch({ type: 'composed', composer: { editor, menuIndex: -1 } })
  return true
}

function edgeKey(app: App, chord: string): boolean {
  switch (chord) {
    case 'enter':
      app.submit()
      return true
    case 'up':
    case 'down':
      app.recall(chord === 'up')
      return true
    case 'ctrl+d':
      app.quit()
      return true
    default:
      return false
  }
}
