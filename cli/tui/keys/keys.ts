import type { App } from '../app.js'
import type { Overlay } from '../state/overlay.js'
import { chordOf } from '../terminal/chord.js'
import type { InputEvent, KeyboardEvent, KeyEvent } from '../terminal/event.js'
import { composerKey, menuKey } from './composer-keys.js'
import { type GlobalCommand, globalCommandOf } from './keymap.js'
import { rolesKey, sessionsKey } from './list-keys.js'
import { onMouse } from './mouse.js'
import { leaveForm, overlayKey } from './overlay-keys.js'
import { takesText } from './takes-text.js'
import { transcriptKey } from './transcript-keys.js'

/** Within this a second Ctrl+C leaves, ms. */
const twiceMs = 2_000

/** These do not take an unsaved form away. */
const harmless: readonly GlobalCommand[] = ['theme', 'redraw', 'suspend', 'retry']
/** What these do would be done behind the overlay. */
const hidden: readonly GlobalCommand[] = ['next-pane', 'previous-pane', 'edit']

function worksOver({ kind }: Overlay, command: GlobalCommand): boolean {
  if (kind === 'role-form' || kind === 'confirm') return harmless.includes(command)
  return !hidden.includes(command)
}

/** Sends each event of the terminal to what it is for. */
export function createKeys(app: App): (event: InputEvent) => void {
  let interruptedAt = Number.NEGATIVE_INFINITY

  const interrupt = (): void => {
    const { turn, composer, overlay, session } = app.state
    if (overlay?.kind === 'role-form') return leaveForm(app, overlay)
    if (overlay !== undefined) return app.dispatch({ type: 'overlay', overlay: undefined })
    if (turn !== undefined && !turn.isStopping) return app.start(app.sessions.turns.stop())
    if (composer.editing !== undefined) return app.leaveEdit()
    if (composer.editor.text !== '' && session !== undefined) {
      // Not lost: it is where Up finds it.
      return app.discard()
    }
    if (app.now() - interruptedAt < twiceMs) return app.quit()
    interruptedAt = app.now()
    app.dispatch({ type: 'hint', hint: 'Ctrl+C once more leaves; so do Ctrl+D and /quit.' })
  }
  const leavePane = (): void => {
    const { turn, focus, composer } = app.state
    app.transcript.unmark()
    if (focus !== 'composer') return app.dispatch({ type: 'focused', focus: 'composer' })
    if (composer.editing !== undefined) return app.leaveEdit()
    if (turn !== undefined && !turn.isStopping) app.start(app.sessions.turns.stop())
  }
  const paneKey = (event: KeyboardEvent): boolean => {
    const { focus } = app.state
    if (focus === 'composer') return composerKey(app, event)
    const isTyped = event.type !== 'key' || event.text !== undefined
    if (focus === 'sessions' && sessionsKey(app, event)) return true
    if (event.type === 'key') {
      if (focus === 'sessions') return false
      if (focus === 'roles') return rolesKey(app, chordOf(event))
      if (transcriptKey(app, chordOf(event))) return true
    }
    if (!isTyped) return false
    // Who types in the transcript, or pastes anywhere, means the composer.
    app.dispatch({ type: 'focused', focus: 'composer' })
    return composerKey(app, event)
  }
  const onKey = (event: KeyboardEvent): void => {
    app.dispatch({ type: 'hint', hint: undefined })
    const chord = event.type === 'key' ? chordOf(event) : ''
    if (chord === 'ctrl+c') return interrupt()
    // Twice means one after the other.
    interruptedAt = Number.NEGATIVE_INFINITY
    const { overlay, focus } = app.state
    const command = globalCommandOf(chord)
    if (overlay !== undefined) {
      if (overlayKey(app, overlay, event)) return
      if (command !== undefined && worksOver(overlay, command)) app.run(command)
      return
    }
    if (focus === 'composer' && event.type === 'key' && menuKey(app, chord)) return
    if (command !== undefined) return app.run(command)
    if (paneKey(event)) return
    if (chord === 'escape') leavePane()
  }

  /** One by one, as a letter may be a command, until one has led to where all of them are text. */
  const onTyping = (keys: readonly KeyEvent[]): void => {
    for (const [at, key] of keys.entries()) {
      if (takesText(app.state)) return onKey({ type: 'typing', keys: keys.slice(at) })
      onKey(key)
    }
  }

  return (event) => {
    switch (event.type) {
      case 'typing':
        return onTyping(event.keys)
      case 'key':
      case 'paste':
        return onKey(event)
      case 'mouse':
        return onMouse(app, event)
      case 'focus':
        // What other clients did meanwhile; without a word when the daemon is away.
        if (event.on && app.state.link.kind === 'online') app.start(app.sessions.refresh())
        return
      case 'reply':
        return
      default:
        return event satisfies never
    }
  }
}
