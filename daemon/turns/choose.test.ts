import { expect, test } from 'vitest'
import { historyLimit } from './choose.js'

const choice = {
  ...{ model: 'small', roleId: null, sessionModel: null, title: 'T' },
  plan: null,
}
const windows: Record<string, number> = { small: 8_000, large: 1_000_000, mistaken: 1e12 }
const defaults = { contextWindow: (model: string) => windows[model] }

test('a known window says how much may be read, a mistaken one not more than memory can take', () => {
  const { most, refusal } = historyLimit(choice, defaults)
  expect(most).toBe(144_000)
  expect(refusal).toMatchObject({
    code: 'context_window',
    message: expect.stringContaining('8000'),
  })
  expect(historyLimit({ ...choice, model: 'mistaken' }, defaults).most).toBe(64 * 1024 * 1024)
})

test('where nobody knows the window 16 MiB are read, and the refusal says so', () => {
  const { most, refusal } = historyLimit({ ...choice, model: 'new' }, defaults)
  expect(most).toBe(16 * 1024 * 1024)
  expect(refusal.message).toBe(
    'this session has more than 16.0 MiB of text, and nobody knows how much new takes',
  )
  expect(refusal.hint).toContain('Start a new session')
})

test('in plan mode the smaller window counts', () => {
  const plan = { planning_model: 'large', answering_model: 'small' }
  expect(historyLimit({ ...choice, plan }, defaults).most).toBe(144_000)
  const other = { planning_model: 'small', answering_model: 'large' }
  expect(historyLimit({ ...choice, plan: other }, defaults).most).toBe(144_000)
})
