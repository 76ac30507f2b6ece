import { expect, test } from 'vitest'
import { editorOf } from '../composer/editor.js'
import { sessionOf } from '../slash/test-support.js'
import type { Action } from './action.js'
import { withEdit, withoutEdit } from './draft.js'
import { reduce } from './reduce.js'
import { type Composer, emptyComposer, initialState, type State } from './state.js'

const start = initialState({ size: { columns: 120, rows: 40 }, theme: 'dark', mouse: true })
const [a, b] = ['a', 'b'].map((id) => sessionOf({ id, title: id }))
if (a === undefined || b === undefined) throw new Error('no sessions')
const opened = (session: typeof a): Action => ({ type: 'session-opened', session })
const listed: Action = { type: 'sessions-listed', sessions: [a, b] }
const back: Action = { type: 'text-returned', sessionId: 'a', text: 'refused' }
const question = { messageId: 'm', number: 2, text: 'Why?' }

const written = (text: string): Composer => ({ ...emptyComposer, editor: editorOf(text) })
/** `a` is open, and its question in the composer, over a draft. */
const editing = from(start, listed, opened(a), {
  type: 'composed',
  composer: withEdit(written('my draft'), question),
})

function from(state: State, ...actions: readonly Action[]): State {
  return actions.reduce(reduce, state)
}
/** What is typed, and what is under it. */
const texts = ({ composer }: State) => [
  composer.editor.text,
  composer.editing?.draft.editor.text ?? 'no edit',
]

test('an earlier question comes into the composer over the draft, which comes back', () => {
  expect(texts(editing)).toEqual(['Why?', 'my draft'])
  expect(withoutEdit(editing.composer).editor.text).toBe('my draft')
  expect(withoutEdit(written('text')).editor.text).toBe('text')
})

test('another question takes the place of the first, over the same draft', () => {
  const next = withEdit(editing.composer, { ...question, messageId: 'n', text: 'And?' })
  expect(next.editing).toMatchObject({ messageId: 'n', draft: { editor: { text: 'my draft' } } })
})

test('a question that begins with a slash is no command', () => {
  expect(withEdit(emptyComposer, { ...question, text: '/etc' }).editor.text).toBe('//etc')
})

test('an edit stays with its session, also when nothing is left of the question', () => {
  expect(texts(from(editing, opened(b)))).toEqual(['', 'no edit'])
  expect(texts(from(editing, opened(b), opened(a)))).toEqual(['Why?', 'my draft'])
  const emptied: Action = { type: 'composed', composer: { editor: editorOf('') } }
  expect(texts(from(editing, emptied, opened(b), opened(a)))).toEqual(['', 'my draft'])
})

test('what comes back meanwhile goes to the draft, wherever the edit is', () => {
  expect(texts(from(editing, back))).toEqual(['Why?', 'refused\n\nmy draft'])
  expect(texts(from(editing, opened(b), back, opened(a)))).toEqual(['Why?', 'refused\n\nmy draft'])
  const queued: Action = { type: 'queued', text: 'next' }
  expect(texts(from(editing, queued, opened(b), opened(a)))).toEqual(['Why?', 'next\n\nmy draft'])
})

test('of a session that is deleted both texts stay, and no edit', () => {
  const gone = from(editing, { type: 'session-deleted', id: 'a' })
  expect(texts(gone)).toEqual(['Why?\n\nmy draft', 'no edit'])
  expect(texts(from(gone, opened(b)))).toEqual(['Why?\n\nmy draft', 'no edit'])
})

test('an edit that was refused is back over what is there now', () => {
  const { composer } = editing
  if (composer.editing === undefined) throw new Error('no edit')
  const refused: Action = {
    ...{ type: 'edit-returned', sessionId: 'a' },
    ...{ editing: composer.editing, text: 'Why not?' },
  }
  const asked = from(editing, { type: 'composed', composer: withoutEdit(composer) })
  expect(texts(from(asked, refused))).toEqual(['Why not?', 'my draft'])
  // In another session by then.
  expect(texts(from(asked, opened(b), refused))).toEqual(['', 'no edit'])
  expect(texts(from(asked, opened(b), refused, opened(a)))).toEqual(['Why not?', 'my draft'])
  // Another question was taken up by then.
  expect(texts(from(editing, refused))).toEqual(['Why?', 'Why not?\n\nmy draft'])
  // There is nothing to edit any more.
  const gone = from(asked, opened(b), { type: 'session-deleted', id: 'a' }, refused)
  expect(texts(gone)).toEqual(['Why not?', 'no edit'])
})
