import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editorOf } from '../composer/editor.js'
import { sessionOf } from '../slash/test-support.js'
import type { Action } from './action.js'
import { withEdit, withoutEdit } from './draft.js'
import { reduce } from './reduce.js'
import { initialState, type State } from './state.js'

const start = initialState({ size: { columns: 120, rows: 40 }, theme: 'dark', mouse: true })
const id = fc.constantFrom('a', 'b', 'c', 'd')
const session = fc
  .record({ id, second: fc.integer({ min: 10, max: 59 }) })
  .map((made) => sessionOf({ id: made.id, updated_at: `2026-01-01T00:00:${made.second}.000Z` }))
const list = fc
  .uniqueArray(session, { selector: (one) => one.id })
  .map((some) => some.toSorted((one, other) => (one.updated_at < other.updated_at ? 1 : -1)))

/** What may happen, but for typing, and for the loss of a session: what is typed there goes with it. */
const happening: fc.Arbitrary<Action> = fc.oneof(
  session.map((one): Action => ({ type: 'session-opened', session: one })),
  session.map((one): Action => ({ type: 'session-changed', session: one })),
  id.map((marked): Action => ({ type: 'session-marked', id: marked })),
  fc.constant<Action>({ type: 'turn-began', startedAt: 1 }),
  fc.constant<Action>({ type: 'turn-ended' }),
)
const loss: fc.Arbitrary<Action> = fc.oneof(
  list.map((sessions): Action => ({ type: 'sessions-listed', sessions })),
  id.map((gone): Action => ({ type: 'session-deleted', id: gone })),
)
/** Typed behind what is there, queued, or given back. */
type Writing = (state: State, text: string) => Action
const writing = fc.constantFrom<Writing>(
  ({ composer }, text) => {
    const editor = editorOf(`${composer.editor.text} ${text}`)
    return { type: 'composed', composer: { editor } }
  },
  (_, text) => ({ type: 'queued', text }),
  ({ composer }, text) => {
    // Another question in its place is no loss: it stands in the transcript.
    if (composer.editing) return { type: 'queued', text }
    const question = { messageId: 'm', number: 1, text: `question ${text}` }
    return { type: 'composed', composer: withEdit(composer, question) }
  },
)
const returned = id.map(
  (sessionId): Writing =>
    (_, text) => ({ type: 'text-returned', sessionId, text }),
)

/** All that can be brought to the composer again by opening sessions. */
function kept({ composer, drafts, queue }: State): string {
  return [composer, ...drafts.values()]
    .flatMap((one) => [one.editor.text, withoutEdit(one).editor.text])
    .concat(queue)
    .join('\n')
}

test('no text is lost by opening, changing and leaving sessions', () => {
  const step = fc.oneof(happening, writing, returned, list.map(listed))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let state = start
      const written: string[] = []
      for (const [index, one] of steps.entries()) {
        const text = `text-${index}.`
        if (typeof one === 'function') written.push(text)
        state = reduce(state, typeof one === 'function' ? one(state, text) : one)
      }
      for (const text of written) expect(kept(state)).toContain(text)
    }),
    { numRuns: 500 },
  )
})

test('the text of the open session outlives its deletion', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(happening, loss)), session, (steps, next) => {
      const before = steps.reduce(reduce, start)
      const typed = reduce(before, {
        type: 'composed',
        composer: { editor: editorOf('precious') },
      })
      const gone = reduce(typed, { type: 'session-deleted', id: typed.session?.id ?? 'none' })
      const opened = reduce(gone, { type: 'session-opened', session: next })
      expect(opened.composer.editor.text).toContain('precious')
    }),
  )
})

test('the marker is on a row or nowhere, and the list stays sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(happening, loss), { maxLength: 40 }), (steps) => {
      const { sessions, markedSession } = steps.reduce(reduce, start)
      const times = sessions.map((one) => one.updated_at)
      expect(times).toEqual(times.toSorted().toReversed())
      expect(new Set(sessions.map((one) => one.id)).size).toBe(sessions.length)
      if (markedSession !== undefined) {
        expect(sessions.map((one) => one.id)).toContain(markedSession)
      }
    }),
    { numRuns: 500 },
  )
})

function listed(sessions: State['sessions']): Action {
  return { type: 'sessions-listed', sessions }
}
