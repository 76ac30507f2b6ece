import { expect, test } from 'vitest'
import type { Message } from '../../shared/contract/message.js'
import { findQuestion, questionNumber, questionsOf } from './questions.js'

const at = '2026-01-01T00:00:00.000Z'
const said = (role: Message['role'], content: string, seq: number): Message => ({
  ...{ id: `${seq}`, role, content, seq, kind: 'chat', status: 'complete', model: null },
  ...{ created_at: at, timestamp: at },
})
/** `q` is a question, anything else a part of an answer. */
const talk = (...texts: string[]): Message[] =>
  texts.map((text, index) => said(text.startsWith('q') ? 'user' : 'assistant', text, index + 1))

const words = (messages: readonly Message[]) =>
  questionsOf(messages).map(({ message, last, number }) => [number, message.content, last.content])

test('questions are counted from the end, each with the last part of its answer', () => {
  expect(words(talk('q one', 'a', 'q two', 'plan', 'b', 'q three', 'q four', 'c'))).toEqual([
    [1, 'q four', 'c'],
    [2, 'q three', 'q three'],
    [3, 'q two', 'b'],
    [4, 'q one', 'a'],
  ])
  expect(words([])).toEqual([])
})

test('one is looked for through as many pages as it takes, and no more', async () => {
  const pages = [talk('q one', 'a'), talk('b', 'q two'), talk('c', 'q three', 'd')]
  const asked: (string | undefined)[] = []
  const client = {
    async pageMessages(_: string, __: number, before?: string) {
      asked.push(before)
      const index = before === undefined ? pages.length - 1 : Number(before)
      const items = pages[index] ?? []
      return index > 0 ? { items, older: `${index - 1}` } : { items }
    },
  }
  const found = await findQuestion(client, 's', 2)
  expect([found.message.content, found.last.content, found.number]).toEqual(['q two', 'c', 2])
  expect(asked).toEqual([undefined, '1'])
  await expect(findQuestion(client, 's', 4)).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'there is no question 4: this session has 3 questions',
  })
  const none = { pageMessages: async () => ({ items: [] }) }
  await expect(findQuestion(none, 's', 1)).rejects.toThrow('nothing was asked here yet')
})

test.each(['0', '-1', 'last', '1.5', '01', '٣'])('%s is no number of a question', (typed) => {
  expect(() => questionNumber(typed)).toThrow('is not the number of a question')
})
