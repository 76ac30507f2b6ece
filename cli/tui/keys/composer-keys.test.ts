import { expect, test } from 'vitest'
import { sessionOf } from '../slash/test-support.js'
import { keys, startApp } from './fixtures/app-under-test.js'
import { editedOutside } from './global-commands.js'

test('Enter sends what is typed, and clears it', async () => {
  const { press, did, typed, settle } = await startApp()
  press('Hi', keys.enter)
  await settle()
  expect(did).toEqual(['remember Hi', 'send Hi'])
  expect(typed()).toBe('')
})

test('blank text is not sent', async () => {
  const { press, did, typed } = await startApp()
  press('  ', keys.enter)
  expect(did).toEqual([])
  expect(typed()).toBe('  ')
})

test('while no session is open nothing is sent and nothing is lost', async () => {
  const { app, press, did, typed } = await startApp({ sessions: [] })
  press('Hi', keys.enter)
  expect(did).toEqual([])
  expect(typed()).toBe('Hi')
  expect(app.state.hint).toContain('No session is open')
})

test('a pasted slash is text, until the composer was empty', async () => {
  const { press, did, settle, app } = await startApp()
  press(keys.paste('/quit'), keys.enter)
  await settle()
  expect(did).toEqual(['remember //quit', 'send /quit'])
  press(keys.paste('x'), keys.backspace, '/qu')
  expect(app.suggestions?.items[0]?.label).toContain('/quit')
})

test('what was sent comes back from the history as it has to be typed', async () => {
  const { press, did, typed, settle } = await startApp()
  press(keys.paste('/etc/hosts'), keys.enter)
  await settle()
  press(keys.up)
  expect(typed()).toBe('//etc/hosts')
  press(keys.enter)
  expect(did).not.toContain('quit')
})

test('the menu completes with Tab, and one undo takes it back', async () => {
  const { app, press, typed } = await startApp()
  press('/the', keys.tab)
  expect(typed()).toBe('/theme ')
  expect(app.state.composer.editor.cursor).toBe(7)
  press('\x1f')
  expect(typed()).toBe('/the')
})

test('the menu moves, Esc closes it and typing opens it again', async () => {
  const { app, press } = await startApp()
  press('/m', keys.down, keys.down)
  expect(app.state.composer.menuIndex).toBe(1)
  press(keys.up, keys.escape)
  expect(app.suggestions).toBeUndefined()
  press('o')
  expect(app.suggestions).toBeDefined()
  expect(app.state.composer.menuIndex).toBe(-1)
})

test('Enter runs what is typed, or what is chosen in the menu', async () => {
  const { press, did, settle } = await startApp()
  press('/quit', keys.enter)
  await settle()
  press('/qu', keys.down, keys.enter)
  await settle()
  expect(did.filter((what) => what === 'quit')).toHaveLength(2)
})

test('Up at the top brings what was sent before, Down the draft again', async () => {
  const { press, typed } = await startApp({ history: ['old', 'newer'] })
  press('draft', keys.up, keys.up)
  expect(typed()).toBe('newer')
  press(keys.up)
  expect(typed()).toBe('old')
  press(keys.down, keys.down)
  expect(typed()).toBe('draft')
})

test('in a recalled text Up and Down move again once it is touched', async () => {
  const { app, press, typed } = await startApp({ history: ['old', 'one\ntwo'] })
  press(keys.up, keys.left, keys.up)
  expect(typed()).toBe('one\ntwo')
  expect(app.state.composer.editor.cursor).toBe(2)
})

test('a draft behind the history is there again after another session', async () => {
  const sessions = [sessionOf({ id: 'a' }), sessionOf({ id: 'b' })]
  const { app, press, typed, settle } = await startApp({ sessions, history: ['old'] })
  const [a, b] = sessions
  if (a === undefined || b === undefined) throw new Error('there are two')
  press('draft', keys.up, keys.up)
  await app.sessions.open(b)
  press('sent in b', keys.enter)
  await settle()
  await app.sessions.open(a)
  expect(typed()).toBe('old')
  press(keys.down)
  expect(typed()).toBe('sent in b')
  press(keys.down)
  expect(typed()).toBe('draft')
})

test('Up takes back what is queued, for editing', async () => {
  const { app, press, typed } = await startApp()
  press('one', keys.enter, 'two', keys.enter, 'three', keys.home, keys.up)
  expect(app.state.queue).toEqual([])
  expect(typed()).toBe('two\n\nthree')
})

test('what was written in an editor is text, and replaces what it was given', async () => {
  const { app, press, typed } = await startApp()
  press('before')
  editedOutside(app, '/after', 'before')
  expect(typed()).toBe('/after')
  expect(app.state.composer.isPasted).toBe(true)
})

test('an editor that changed nothing leaves a command a command', async () => {
  const { app, press } = await startApp()
  press('/help')
  editedOutside(app, '/help')
  expect(app.state.composer.isPasted).toBe(false)
})

test('what came into the composer while the editor was open is kept', async () => {
  const { app, press, typed } = await startApp()
  press('before')
  app.dispatch({ type: 'text-returned', sessionId: 'a', text: 'refused' })
  editedOutside(app, 'after', 'before')
  expect(typed()).toBe('after\n\nrefused\n\nbefore')
})

test('a message that is larger than any may be is refused at once, and stays to be cut', async () => {
  const { app, press, did, typed } = await startApp()
  const large = 'é'.repeat(2 * 1024 * 1024 + 1)
  press(keys.paste(large), keys.enter)
  expect(did).toEqual([])
  expect(typed()).toBe(large)
  expect(app.state.hint).toMatch(/4194306 bytes.+at most 4194304 /)
  press(keys.backspace, keys.enter)
  expect(did[0]).toMatch(/^remember /)
})

test('what a command says takes the place of what it said before, and of nothing else', async () => {
  const { press, said, settle } = await startApp()
  const run = async (...commands: string[]) => {
    for (const command of commands) press(command, keys.enter)
    await settle()
  }
  await run('/theme light', '/theme dark')
  expect(said()).toEqual([expect.stringContaining('dark')])
  await run('/mouse off', '/theme light')
  expect(said()).toHaveLength(3)
})
