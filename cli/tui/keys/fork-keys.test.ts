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
