import { editorOf } from '../composer/editor.js'
import { type Composer, emptyComposer, type State } from './state.js'

/** What is typed, behind what waits to be sent. Undefined: nothing. */
export function unsent({ composer, queue }: State): Composer | undefined {
  if (queue.length === 0) return composer.editor.text === '' ? undefined : composer
  return textInFront(queue.join('\n\n'), composer)
}

/** A draft with another one behind it, where both have a text. */
export function joined(first: Composer | undefined, second: Composer): Composer {
  const text = first?.editor.text ?? ''
  if (first === undefined || text === '') return second
  if (second.editor.text === '') return first
  return composerOf(`${text}\n\n${second.editor.text}`)
}

/** Text that could not be sent goes back to where it was typed, in front of what is there now. */
export function returnText(state: State, sessionId: string, text: string): State {
  const isOpen = state.session?.id === sessionId
  // Nobody can open what is not listed any more: its text would never be seen again.
  if (isOpen || !state.sessions.some(({ id }) => id === sessionId)) {
    return { ...state, composer: textInFront(text, state.composer) }
  }
  const draft = textInFront(text, state.drafts.get(sessionId) ?? emptyComposer)
  return { ...state, drafts: new Map(state.drafts).set(sessionId, draft) }
}

/** How a message is typed: behind a second slash, where one alone would make it a command. */
export function asTyped(message: string): string {
  const line = message.trimEnd()
  return line.startsWith('/') && !/[\r\n]/.test(line) ? `/${message}` : message
}

function textInFront(message: string, { editor }: Composer): Composer {
  return composerOf(editor.text === '' ? asTyped(message) : `${message}\n\n${editor.text}`)
}

function composerOf(text: string): Composer {
  return { ...emptyComposer, editor: editorOf(text), isMenuClosed: true }
}
