import { editorOf } from '../composer/editor.js'
import { type Composer, type Editing, emptyComposer, type State } from './state.js'

/** What is typed, behind what waits to be sent. Undefined: nothing. */
export function unsent({ composer, queue }: State): Composer | undefined {
  if (queue.length > 0) return textInFront(queue.join('\n\n'), composer)
  return composer.editor.text === '' && composer.editing === undefined ? undefined : composer
}

/** A draft with another one behind it, where both have a text. */
export function joined(first: Composer | undefined, second: Composer): Composer {
  if (first?.editing) return withDraft(first, (draft) => joined(draft, second))
  if (second.editing) return withDraft(second, (draft) => joined(first, draft))
  const text = first?.editor.text ?? ''
  if (first === undefined || text === '') return second
  if (second.editor.text === '') return first
  return composerOf(`${text}\n\n${second.editor.text}`)
}

/** Text that could not be sent goes back to where it was typed, in front of what is there now. */
export function returnText(state: State, sessionId: string, text: string): State {
  // Nobody can open what is not listed any more: its text would never be seen again.
  return changeDraft(state, sessionId, (composer) => textInFront(text, composer))
}

/** The composer with an earlier question in it; what it held comes back with `withoutEdit`. */
export function withEdit(composer: Composer, question: Omit<Editing, 'draft'>): Composer {
  const editing = { ...question, draft: withoutEdit(composer) }
  return { ...composerOf(asTyped(question.text)), editing }
}

/** What it held before an earlier question came into it. */
export function withoutEdit(composer: Composer): Composer {
  return composer.editing?.draft ?? composer
}

/** Of a session that is gone: what was an edit is a text like any other. */
export function asDraft(composer: Composer): Composer {
  const { editing, ...own } = composer
  return editing === undefined ? composer : joined({ ...own, editing: undefined }, editing.draft)
}

/** An edit that could not be asked goes back to where it was typed, over what is there now. */
export function returnEdit(
  state: State,
  sessionId: string,
  { editing, text }: { editing: Editing; text: string },
): State {
  const isThere = state.session?.id === sessionId || isListed(state, sessionId)
  return changeDraft(state, sessionId, (composer) =>
    // Another one was begun meanwhile, or there is nothing left to edit.
    composer.editing !== undefined || !isThere
      ? textInFront(text, composer)
      : { ...composerOf(asTyped(text)), editing: { ...editing, draft: composer } },
  )
}

/** How a message is typed: behind a second slash, where one alone would make it a command. */
export function asTyped(message: string): string {
  const line = message.trimEnd()
  return line.startsWith('/') && !/[\r\n]/.test(line) ? `/${message}` : message
}

function changeDraft(
  state: State,
  sessionId: string,
  change: (composer: Composer) => Composer,
): State {
  if (state.session?.id === sessionId || !isListed(state, sessionId)) {
    return { ...state, composer: change(state.composer) }
  }
  const draft = change(state.drafts.get(sessionId) ?? emptyComposer)
  return { ...state, drafts: new Map(state.drafts).set(sessionId, draft) }
}

function isListed({ sessions }: State, id: string): boolean {
  return sessions.some((session) => session.id === id)
}

function withDraft(composer: Composer, change: (draft: Composer) => Composer): Composer {
  const { editing } = composer
  return editing ? { ...composer, editing: { ...editing, draft: change(editing.draft) } } : composer
}

/** An edit stays what it is: the text goes to what is under it. */
function textInFront(message: string, composer: Composer): Composer {
  if (composer.editing) return withDraft(composer, (draft) => textInFront(message, draft))
  const { text } = composer.editor
  return composerOf(text === '' ? asTyped(message) : `${message}\n\n${text}`)
}

function composerOf(text: string): Composer {
  return { ...emptyComposer, editor: editorOf(text), isMenuClosed: true }
}
