import { expect, test } from 'vitest'
import { costLines } from './spend-words.js'

const session = 'This session: '
const first = (...usage: Parameters<typeof costLines>): string | undefined => costLines(...usage)[0]
const none = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

test('where nothing was counted it says what may be missing', () => {
  expect(first(undefined, undefined)).toBe(
    `${session}nothing was counted yet (stopped answers are only where a price is known)`,
  )
})

test('a sum without tokens is that of answers that were cut off: no zeros beside it', () => {
  const usage = { ...none, cost_usd: 0.0012, cost_estimated: true } as const
  expect(first(usage, undefined)).toBe(`${session}~$0.0012; the gateway counted no tokens`)
})

test('tokens have their sum where there is a price', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 }
  expect(first(usage, undefined)).toBe(`${session}10 tokens in, 2 out; no price is known`)
  expect(first({ ...usage, cost_usd: 0.5 }, undefined)).toBe(`${session}10 tokens in, 2 out, $0.50`)
})
