import { expect, test } from 'vitest'
import type { Message } from '../../shared/contract/message.js'
import type { Session } from '../../shared/contract/session.js'
import { sessionMarkdown } from './session-markdown.js'

const session = {
  title: 'A\u001b title',
  created_at: '2024-05-06T07:08:09.000Z',
  model: 'm',
  plan: null,
} as Session
const message = (more: Partial<Message>): Message =>
  ({ role: 'assistant', kind: 'chat', status: 'complete', model: 'm/1', ...more }) as Message

test('a session is a document: a title, then who speaks over what was said, untouched', () => {
  const text = sessionMarkdown(session, [
    message({ role: 'user', model: null, content: 'Hi *there*\n' }),
    message({ kind: 'plan', content: '1. x' }),
    message({ kind: 'answer', content: '```js\n1\n```' }),
    message({ status: 'stopped', content: '', model: null }),
  ])
  expect(text.replace(/A. ?title/u, 'A title')).toBe(
    '# A title\n\n2024-05-06 · m\n\n## You\n\nHi *there*\n\n## Plan by m/1\n\n1. x\n\n' +
      '## m/1\n\n```js\n1\n```\n\n## Assistant (stopped)\n',
  )
  expect(text).not.toContain('\u001b')
})

test('in plan mode both models are named', () => {
  const plan = { planning_model: 'a', answering_model: 'b' }
  expect(sessionMarkdown({ ...session, plan }, [])).toContain('· a, then b\n')
})
