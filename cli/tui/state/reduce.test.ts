import { expect, test } from 'vitest'
import { editorOf } from '../composer/editor.js'
import { catalogueOf, roleOf, sessionOf } from '../slash/test-support.js'
import type { Action } from './action.js'
import type { ModelPicker } from './overlay.js'
import { reduce } from './reduce.js'
import { emptyComposer, initialState, type State } from './state.js'

const start = initialState({ size: { columns: 120, rows: 40 }, theme: 'dark', mouse: true })
const after = (...actions: Action[]): State => actions.reduce(reduce, start)
const from = (state: State, ...actions: Action[]): State => actions.reduce(reduce, state)

const session = (id: string, minute: number) =>
  sessionOf({ id, title: id, updated_at: `2026-01-01T00:0${minute}:00.000Z` })
const a = session('a', 3)
const b = session('b', 2)
const c = session('c', 1)
const listed: Action = { type: 'sessions-listed', sessions: [a, b, c] }
const opened = (one = a): Action => ({ type: 'session-opened', session: one })
const typed = (text: string): Action => ({
  type: 'composed',
  composer: { editor: editorOf(text) },
})
const textOf = (state: State) => state.composer.editor.text
const ids = ({ sessions }: State) => sessions.map(({ id }) => id)
const picker: ModelPicker = {
  kind: 'models',
  filter: editorOf(''),
  isFiltering: false,
  index: 0,
  planner: undefined,
  answerer: undefined,
}

test('a draft stays with its session', () => {
  const away = after(listed, opened(a), typed('for a'), opened(b))
  expect(textOf(away)).toBe('')
  expect(textOf(from(away, typed('for b'), opened(a)))).toBe('for a')
  expect(textOf(from(away, typed('for b'), opened(a), opened(b)))).toBe('for b')
})

test('what was typed before a session was open is in the one that opens', () => {
  expect(textOf(after(typed('early'), listed, opened(a)))).toBe('early')
})

test('what waits to be sent becomes part of the draft when one leaves', () => {
  const left = after(opened(a), { type: 'queued', text: 'next' }, typed('then'), opened(b))
  expect(left.queue).toEqual([])
  expect(textOf(from(left, opened(a)))).toBe('next\n\nthen')
})

test('opening the open session changes neither draft nor turn', () => {
  const state = after(opened(a), typed('mine'), { type: 'turn-began', startedAt: 1 })
  const again = from(state, opened({ ...a, title: 'New title' }))
  expect(textOf(again)).toBe('mine')
  expect(again.turn).toBe(state.turn)
  expect(again.session?.title).toBe('New title')
})

test('deleting the open session leaves what was typed, and no session', () => {
  const state = after(
    ...([listed, opened(b), typed('mine')] as const),
    ...([
      { type: 'turn-began', startedAt: 1 },
      { type: 'queued', text: 'next' },
    ] as const),
    { type: 'session-deleted', id: 'b' },
  )
  expect(state).toMatchObject({ session: undefined, turn: undefined, queue: [] })
  expect(textOf(state)).toBe('next\n\nmine')
  expect(textOf(from(state, opened(c)))).toBe('next\n\nmine')
})

test('text comes back to its session, in front of what was typed since', () => {
  const back: Action = { type: 'text-returned', sessionId: 'a', text: 'sent' }
  expect(textOf(after(listed, opened(a), typed('more'), back))).toBe('sent\n\nmore')
  const elsewhere = after(listed, opened(b), back)
  expect(textOf(elsewhere)).toBe('')
  expect(textOf(from(elsewhere, opened(a)))).toBe('sent')
})

test('text of a session that is gone comes back to the open one', () => {
  const back: Action = { type: 'text-returned', sessionId: 'gone', text: 'sent' }
  expect(textOf(after(listed, opened(a), back))).toBe('sent')
})

test('a returned message that begins with a slash is no command', () => {
  const back = (text: string): Action => ({ type: 'text-returned', sessionId: 'a', text })
  expect(textOf(after(opened(a), back('/etc/passwd')))).toBe('//etc/passwd')
  expect(textOf(after(opened(a), back('/one\ntwo')))).toBe('/one\ntwo')
})

test('a session that changed goes where its time puts it', () => {
  const moved = from(after(listed), { type: 'session-changed', session: session('c', 4) })
  expect(ids(moved)).toEqual(['c', 'a', 'b'])
  const between = from(moved, { type: 'session-changed', session: session('d', 3) })
  expect(ids(between)).toEqual(['c', 'd', 'a', 'b'])
})

test('the open session follows the list, and stays when the list lacks it', () => {
  const state = after(listed, opened(c))
  const renamed = { ...c, title: 'New' }
  expect(from(state, { type: 'sessions-listed', sessions: [renamed] }).session).toBe(renamed)
  expect(from(state, { type: 'sessions-listed', sessions: [a] }).session).toBe(c)
})

test('the marker goes to the row that took the place of a deleted one', () => {
  const marked = after(listed, opened(a), { type: 'session-marked', id: 'b' })
  expect(from(marked, { type: 'session-deleted', id: 'b' }).markedSession).toBe('c')
  const last = from(marked, { type: 'session-marked', id: 'c' })
  expect(from(last, { type: 'session-deleted', id: 'c' }).markedSession).toBe('b')
  expect(from(last, { type: 'sessions-listed', sessions: [a, b] }).markedSession).toBe('b')
  expect(from(last, { type: 'sessions-listed', sessions: [] }).markedSession).toBeUndefined()
})

test('roles are sorted as the daemon does, and their marker stays on a row', () => {
  const roles = [roleOf('1', 'Zoe'), roleOf('2', 'adam'), roleOf('3', 'Adam')]
  const state = after(...roles.map((role): Action => ({ type: 'role-changed', role })))
  expect(state.roles.map(({ name }) => name)).toEqual(['Adam', 'adam', 'Zoe'])
  const marked = from(state, { type: 'role-marked', row: '2' })
  expect(from(marked, { type: 'role-deleted', id: '2' }).markedRole).toBe('1')
  expect(from(marked, { type: 'roles-listed', roles: [] }).markedRole).toBe('none')
  expect(from(marked, { type: 'role-marked', row: 'no such row' }).markedRole).toBe('2')
})

test('a deleted role is active nowhere any more', () => {
  const with1 = { ...a, role_id: '1' }
  const state = after(
    { type: 'roles-listed', roles: [roleOf('1', 'Zoe')] },
    { type: 'sessions-listed', sessions: [with1] },
    opened(with1),
    { type: 'role-deleted', id: '1' },
  )
  expect(state.session?.role_id).toBeNull()
  expect(state.sessions[0]?.role_id).toBeNull()
})

test('a side pane loses the focus when there is no room for it or it is hidden', () => {
  const focused = after({ type: 'focused', focus: 'sessions' })
  expect(focused.focus).toBe('sessions')
  expect(from(focused, { type: 'resized', size: { columns: 80, rows: 24 } }).focus).toBe('composer')
  expect(from(focused, { type: 'side-panes-toggled' }).focus).toBe('composer')
  const narrow = from(start, { type: 'resized', size: { columns: 80, rows: 24 } })
  expect(from(narrow, { type: 'focused', focus: 'roles' }).focus).toBe('composer')
})

test('hiding the side panes leaves the focus in the transcript', () => {
  const state = after({ type: 'focused', focus: 'transcript' }, { type: 'side-panes-toggled' })
  expect(state).toMatchObject({ focus: 'transcript', sidePanes: false })
})

test('the picker stays on its model when the list changes under it', () => {
  const listedModels = (...names: string[]): Action => ({
    type: 'models-listed',
    catalogue: catalogueOf(Object.fromEntries(names.map((name) => [name, null]))),
  })
  const overlay: Action = { type: 'overlay', overlay: { ...picker, index: 1 } }
  const state = after(listedModels('one', 'two', 'three'), overlay)
  expect(from(state, listedModels('zero', 'one', 'two')).overlay).toMatchObject({ index: 2 })
  expect(from(state, listedModels('zero')).overlay).toMatchObject({ index: 0 })
  expect(from(state, listedModels()).overlay).toMatchObject({ index: 0 })
})

test('a picker opened before the models came is put on the model of the session', () => {
  const catalogue = catalogueOf({ one: null, two: null })
  const state = after(
    opened({ ...a, model: 'two' }),
    { type: 'overlay', overlay: picker },
    { type: 'models-listed', catalogue },
  )
  expect(state.overlay).toMatchObject({ index: 1 })
})

test('models that could not be read leave the ones that are known', () => {
  const catalogue = catalogueOf({ one: null })
  const asked = after({ type: 'models-listed', catalogue }, { type: 'models-asked' })
  expect(asked.isListing).toBe(true)
  const failed = from(asked, { type: 'models-listed', catalogue: undefined })
  expect(failed).toMatchObject({ isListing: false, catalogue })
})

test('the filter goes with the list that lies over the panes, but not for a question', () => {
  const confirm = { kind: 'confirm', what: 'session', id: 'a', name: 'a' } as const
  const filter = { editor: editorOf('x'), isTyping: true }
  const state = after(
    { type: 'overlay', overlay: { kind: 'sessions' } },
    { type: 'filtered', filter },
  )
  const asked = from(state, {
    type: 'overlay',
    overlay: { ...confirm, under: { kind: 'sessions' } },
  })
  expect(asked.filter).toBe(filter)
  expect(from(state, { type: 'overlay', overlay: undefined }).filter).toBeUndefined()
})

test('a turn begins, is known, is being stopped or not after all, and ends', () => {
  const began = after({ type: 'turn-began', startedAt: 5 })
  expect(began.turn).toEqual({
    ...{ turnId: undefined, startedAt: 5 },
    ...{ isStopping: false, isStalled: false },
  })
  const known = from(began, { type: 'turn-known', turnId: 't' })
  expect(known.turn?.turnId).toBe('t')
  const stopping = from(known, { type: 'turn-stopping', isStopping: true })
  expect(stopping.turn?.isStopping).toBe(true)
  expect(from(stopping, { type: 'turn-stopping', isStopping: false }).turn).toEqual(known.turn)
  expect(from(known, { type: 'turn-stalled', isStalled: true }).turn?.isStalled).toBe(true)
  expect(from(stopping, { type: 'turn-ended' }).turn).toBeUndefined()
})

test('what says nothing of a turn that is over is the same state', () => {
  expect(from(start, { type: 'turn-known', turnId: 't' })).toBe(start)
  expect(from(start, { type: 'turn-stopping', isStopping: true })).toBe(start)
  expect(from(start, { type: 'turn-stalled', isStalled: true })).toBe(start)
  expect(from(start, { type: 'hint', hint: undefined })).toBe(start)
})

test('theme, mouse, hint, link and queue are what was said last', () => {
  const lost = { kind: 'online' } as const
  const state = after(
    { type: 'theme', theme: 'light' },
    { type: 'mouse', mouse: false },
    { type: 'hint', hint: 'so' },
    { type: 'link', link: lost },
    { type: 'queued', text: 'one' },
    { type: 'queued', text: 'two' },
  )
  expect(state).toMatchObject({ theme: 'light', mouse: false, hint: 'so', queue: ['one', 'two'] })
  expect(state.link).toBe(lost)
  expect(from(state, { type: 'queue-taken' }).queue).toEqual([])
  expect(state.composer).toBe(emptyComposer)
})
