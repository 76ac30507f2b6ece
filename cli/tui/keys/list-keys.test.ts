import { expect, test } from 'vitest'
import { roleOf, sessionOf } from '../slash/test-support.js'
import { keys, narrow, startApp } from './fixtures/app-under-test.js'
import { helpKeys } from './keymap.js'
import { moveIn } from './list-keys.js'

const named = (...titles: string[]) => titles.map((title) => sessionOf({ id: title, title }))
const roles = [roleOf('1', 'Adam'), roleOf('2', 'Zoe')]

test.each([
  ['a', 'up', 'a'],
  ['a', 'down', 'b'],
  ['c', 'down', 'c'],
  ['b', 'G', 'c'],
  ['b', 'g', 'a'],
  ['a', 'pagedown', 'c'],
  ['gone', 'down', 'b'],
  [undefined, 'down', 'b'],
])('from %s the key %s goes to %s', (marked, chord, to) => {
  expect(moveIn(['a', 'b', 'c'], marked, chord)).toBe(to)
})

test('other keys move nothing, and in an empty list nothing moves', () => {
  expect(moveIn(['a'], 'a', 'x')).toBeUndefined()
  expect(moveIn(['a'], 'a', 'constructor')).toBeUndefined()
  expect(moveIn([], undefined, 'down')).toBeUndefined()
})

test('Enter opens the marked session and goes to the composer', async () => {
  const { app, press, did, settle } = await startApp({ sessions: named('a', 'b', 'c') })
  press(keys.ctrl('s'), 'j', 'j', 'k', keys.enter)
  await settle()
  expect(did).toEqual(['open b'])
  expect(app.state).toMatchObject({ focus: 'composer', session: { id: 'b' } })
})

test('the filter takes letters that are commands else, and Enter opens the best', async () => {
  const { app, press, did, settle } = await startApp({ sessions: named('a', 'nd', 'qj') })
  press(keys.ctrl('s'), '/', 'q', 'j')
  expect(app.state.filter?.editor.text).toBe('qj')
  expect(app.state.markedSession).toBe('qj')
  press(keys.enter)
  await settle()
  expect(did).toEqual(['open qj'])
  expect(app.state.filter).toBeUndefined()
})

test('the marker that the filter hides is on the first row of the rest', async () => {
  const { app, press, did, settle } = await startApp({ sessions: named('a', 'xb', 'xc') })
  press(keys.ctrl('s'), '/', 'x')
  app.dispatch({ type: 'session-marked', id: 'a' })
  press(keys.down)
  expect(app.state.markedSession).toBe('xc')
  app.dispatch({ type: 'session-marked', id: 'a' })
  press(keys.enter)
  await settle()
  expect(did).toEqual(['open xb'])
})

test('moving in the filter leaves the marker where it is; a paste goes into it', async () => {
  const { app, press, typed } = await startApp({ sessions: named('a', 'xb', 'xc') })
  press(keys.ctrl('s'), '/', keys.paste('x'), keys.down, keys.left)
  expect(app.state.filter?.editor).toMatchObject({ text: 'x', cursor: 0 })
  expect(app.state.markedSession).toBe('xc')
  expect(typed()).toBe('')
})

test('Enter in a filter that finds nothing opens nothing; Esc shows all again, then leaves', async () => {
  const { app, press, did } = await startApp({ sessions: named('a', 'b') })
  press(keys.ctrl('s'), '/', 'zz', keys.enter)
  expect(did).toEqual([])
  press(keys.escape)
  expect(app.state).toMatchObject({ filter: undefined, focus: 'sessions' })
  press(keys.escape)
  expect(app.state.focus).toBe('composer')
})

test('a session is deleted after a yes, and the marker goes to the next', async () => {
  const { app, press, did, settle } = await startApp({ sessions: named('a', 'b', 'c') })
  press(keys.ctrl('s'), 'j', 'd', keys.enter)
  expect(app.state.overlay).toBeUndefined()
  expect(did).toEqual([])
  press('d', 'y')
  await settle()
  expect(did).toEqual(['delete b'])
  expect(app.state).toMatchObject({ markedSession: 'c', focus: 'sessions', session: { id: 'a' } })
})

test('over the panes the question goes back to the list', async () => {
  const { app, press, did, settle } = await startApp({ sessions: named('a', 'b'), size: narrow })
  press(keys.ctrl('s'), keys.down, keys.del)
  expect(app.state.overlay).toMatchObject({ kind: 'confirm', name: 'b' })
  press('n')
  expect(app.state.overlay).toEqual({ kind: 'sessions' })
  press('x', 'y')
  await settle()
  expect(did).toEqual(['delete b'])
  expect(app.state.overlay).toEqual({ kind: 'sessions' })
  press('q')
  expect(app.state.overlay).toBeUndefined()
})

test('over the panes q is a letter in the filter, and the filter goes with the list', async () => {
  const { app, press } = await startApp({ sessions: named('a', 'q'), size: narrow })
  press(keys.ctrl('s'), '/', 'q')
  expect(app.state.overlay).toEqual({ kind: 'sessions' })
  press(keys.paste('x'))
  expect(app.state.filter?.editor.text).toBe('qx')
  press(keys.ctrl('c'))
  expect(app.state).toMatchObject({ overlay: undefined, filter: undefined })
})

test('n makes a new session and goes to the composer', async () => {
  const { app, press } = await startApp({ size: narrow })
  press(keys.ctrl('s'), 'n')
  expect(app.state).toMatchObject({ overlay: undefined, focus: 'composer' })
})

test('a role is used with Enter, none with the first row', async () => {
  const { app, press, did, settle } = await startApp({ roles })
  press(keys.ctrl('t'), 'j', 'j', keys.enter)
  await settle()
  expect(did).toEqual(['patch a {"role_id":"2"}'])
  press(keys.ctrl('t'), 'g', keys.enter)
  await settle()
  expect(did.at(-1)).toBe('patch a {"role_id":null}')
  expect(app.state.focus).toBe('composer')
})

test('a role is deleted after a yes', async () => {
  const { app, press, did, settle } = await startApp({ roles })
  press(keys.ctrl('t'), 'j', 'd', 'Y')
  await settle()
  expect(did).toEqual(['delete role 1'])
  expect(app.state).toMatchObject({ markedRole: '2', roles: [{ id: '2' }] })
})

test('the last row of roles, and n, open an empty form; e and F2 one of the role', async () => {
  const { app, press } = await startApp({ roles })
  press(keys.ctrl('t'), 'G', keys.enter)
  expect(app.state.overlay).toMatchObject({ kind: 'role-form', id: undefined })
  press(keys.escape, 'n')
  expect(app.state.overlay).toMatchObject({ kind: 'role-form', id: undefined })
  press(keys.escape, 'g', 'j', 'e')
  expect(app.state.overlay).toMatchObject({ id: '1', before: { name: 'Adam' } })
  press(keys.escape, '\x1bOQ')
  expect(app.state.overlay).toMatchObject({ id: '1' })
})

test.each([
  ['d', 'd'],
  ['x', 'x'],
  ['\x1b[3~', 'delete'],
])('%j asks to delete in both lists, and the help names it', async (bytes, name) => {
  const { app, press } = await startApp({ sessions: named('a', 'b'), roles })
  for (const list of ['s', 't']) {
    press(keys.ctrl(list), 'j', bytes)
    expect(app.state.overlay).toMatchObject({ kind: 'confirm' })
    press('n', keys.escape)
  }
  const inLists = helpKeys().find(({ keys }) => keys.startsWith('in lists'))
  expect(inLists?.keys.split(/[\s,()]+/)).toContain(name)
})
