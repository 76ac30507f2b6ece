import { expect, test } from 'vitest'
import { safeLine } from './redact.js'

const key = 'canary key/with+signs'

test.each([
  ['as it is', key],
  ['in a URL', encodeURIComponent(key)],
  ['in base64', Buffer.from(key).toString('base64')],
  ['as a bearer token', `Bearer ${key}`],
])('the key is taken out %s', (_, form) => {
  expect(safeLine(`refused: ${form} is wrong`, key)).toBe('refused: [key] is wrong')
})

test('what the database could not hold is made storable: a refusal must not hold up its turn', () => {
  expect(safeLine('bad \0 nul and \ud800 half')).toBe('bad \ufffd nul and \ufffd half')
})
