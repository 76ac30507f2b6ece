import { expect, test } from 'vitest'
import type { Message } from '../../../shared/contract/message.js'
import { keys, startApp } from './fixtures/app-under-test.js'

const at = '2026-01-01T00:00:00.000Z'
const said = (role: Message['role'], id: string, content: string, seq: number): Message => ({
  ...{ id, role, content, seq, kind: 'chat', status: 'complete', model: 'ok' },
  ...{ created_at: at, timestamp: at },
})
const lines = Array.from({ length: 40 }, (_, line) => `- ${line}`).join('\n')
const messages = [
  said('user', 'q1', 'First?', 1),
  said('assistant', 'a1', lines, 2),
  said('user', 'q2', 'Second?', 3),
  said('assistant', 'a2', lines, 4),
]

test('f in the transcript forks up to the answer that is looked at; in the composer it is a letter', async () => {
  const { app, press, typed, did, settle } = await startApp({ messages })
  press('f')
  expect(typed()).toBe('f')
  press(keys.backspace, keys.tab, 'f')
  await settle()
  expect(did).toEqual(['fork a {"message_id":"a2"}', 'open fork-1'])
  expect(app.state.focus).toBe('composer')
  did.length = 0
  press(keys.tab, 'g', 'f')
  await settle()
  expect(did).toEqual(['fork fork-1 {"message_id":"a1"}', 'open fork-2'])
})

test('/fork forks all of it, with a number up to that answer', async () => {
  const { press, did, said, settle } = await startApp({ messages })
  press('/fork 2', keys.enter)
  await settle()
  expect(did).toEqual([
    ...['remember /fork 2', 'open a'],
    ...['fork a {"message_id":"a1"}', 'open fork-1'],
  ])
  press('/fork', keys.enter)
  await settle()
  expect(did.at(-2)).toBe('fork fork-1 {}')
  press('/fork 3', keys.enter)
  await settle()
  expect(said().at(-1)).toMatch(/^there is no question 3: this session has 2 questions\n/)
})

test('where nothing was asked yet, there is nothing to fork', async () => {
  const { press, did, said, settle } = await startApp()
  press(keys.tab, 'f')
  press('/fork', keys.enter)
  await settle()
  expect(said()).toEqual(['Nothing was asked here yet.', 'nothing was asked here yet'])
  expect(did.some((one) => one.startsWith('fork'))).toBe(false)
})

test('e in the transcript takes up the question that is looked at, over the draft; Esc gives it back', async () => {
  const { app, press, typed, did } = await startApp({ messages })
  press('my draft', keys.tab, 'e')
  expect(app.state.focus).toBe('composer')
  expect(typed()).toBe('Second?')
  expect(app.state.composer.editing).toMatchObject({ messageId: 'q2', number: 1 })
  press(keys.tab, 'g', 'e')
  expect(typed()).toBe('First?')
  expect(app.state.composer.editing).toMatchObject({ messageId: 'q1', number: 2 })
  press(keys.escape)
  expect(typed()).toBe('my draft')
  expect(app.state.composer.editing).toBeUndefined()
  // Nothing was made, and there is nothing to remember.
  expect(did).toEqual([])
})

test('Ctrl+C leaves an edit, too; what was changed is where Up finds it', async () => {
  const { app, press, typed, did } = await startApp({ messages })
  press(keys.tab, 'e', ' Or so?', keys.ctrl('c'))
  expect(typed()).toBe('')
  expect(app.state.composer.editing).toBeUndefined()
  expect(did).toEqual(['remember Second? Or so?'])
  press(keys.up)
  expect(typed()).toBe('Second? Or so?')
})

test('Enter asks it in a fork before the question, with the draft where it was', async () => {
  const { app, press, typed, did, settle } = await startApp({ messages })
  press('my draft', keys.tab, 'g', 'e', ' Really?', keys.enter)
  await settle()
  expect(did.slice(0, 4)).toEqual([
    ...['remember First? Really?', 'fork a {"message_id":"q1","before":true}'],
    ...['send First? Really?', 'open fork-1'],
  ])
  expect(app.state.session?.id).toBe('fork-1')
  expect(typed()).toBe('')
  const [first] = app.state.sessions.filter(({ id }) => id === 'a')
  if (first !== undefined) await app.sessions.open(first)
  expect(typed()).toBe('my draft')
})

test('what is recalled while one edits is asked in its place', async () => {
  const { press, did, settle } = await startApp({ messages, history: ['From before'] })
  press(keys.tab, 'e', keys.up, keys.up)
  await settle()
  press(keys.enter)
  await settle()
  expect(did).toContain('fork a {"message_id":"q2","before":true}')
  expect(did).toContain('send From before')
})

test('/edit takes up a question by its number; a command leaves the edit', async () => {
  const { app, press, typed, did, settle } = await startApp({ messages })
  press('/edit', keys.enter)
  await settle()
  expect(typed()).toBe('Second?')
  press(keys.ctrl('u'), '/edit 2', keys.enter)
  await settle()
  expect(typed()).toBe('First?')
  expect(app.state.composer.editing?.draft.editor.text).toBe('')
  press(keys.ctrl('u'), '/stop', keys.enter)
  await settle()
  expect(app.state.composer.editing).toBeUndefined()
  expect(did.some((one) => one.startsWith('fork'))).toBe(false)
})

test('an empty edit is not asked', async () => {
  const { app, press, did } = await startApp({ messages })
  press(keys.tab, 'e', keys.ctrl('u'), keys.enter)
  expect(did).toEqual([])
  expect(app.state.composer.editing).toBeDefined()
})
