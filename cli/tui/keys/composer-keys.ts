import type { App } from '../app.js'
import { applyKey } from '../composer/editor-keys.js'
import { complete } from '../slash/suggest.js'
import type { KeyEvent, PasteEvent } from '../terminal/event.js'
import { composerInside } from '../view/composer.js'
import { chordOf } from './chord.js'

/** Keys of the composer. False: not one of them. */
export function composerKey(app: App, event: KeyEvent | PasteEvent): boolean {
  const { composer } = app.state
  const width = app.layout === undefined ? 1 : composerInside(app.layout.composer).width
  const context = { width, now: app.now(), multiline: true }
  const editor = applyKey(composer.editor, event, context)
  if (editor !== undefined) {
    const changed = editor.text !== composer.editor.text
    app.dispatch({
      type: 'composed',
      composer: {
        editor,
        // An empty composer has forgotten where its text came from.
        isPasted: editor.text !== '' && (composer.isPasted || event.type === 'paste'),
        ...(changed && { menuIndex: -1, isMenuClosed: false }),
      },
    })
    return true
  }
  return event.type === 'key' && edgeKey(app, chordOf(event))
}

/** Keys of the menu above the composer. False: none is open, or not one of its keys. */
export function menuKey(app: App, chord: string): boolean {
  const { suggestions } = app
  if (suggestions === undefined) return false
  const { menuIndex } = app.state.composer
  const last = suggestions.items.length - 1
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
  const editor = { ...app.state.composer.editor, ...insert }
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
