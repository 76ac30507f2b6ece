import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CompletionBody } from '../../shared/contract/openai.js'
import { checkShape } from './json-shape.js'

test('whatever JSON there is of ordinary shape passes', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 10 }), (json) => {
      checkShape(json)
    }),
  )
})

test('brackets and commas in strings do not count', () => {
  checkShape(JSON.stringify({ message: '[{,'.repeat(300_000) }))
  checkShape(JSON.stringify([`\\"${'['.repeat(40)}`, '\\', '\\\\', '"']))
})

test.each([
  ['deep', '['.repeat(33) + ']'.repeat(33), 'nested deeper than 32'],
  ['deep in objects', '{"a":'.repeat(33), 'nested deeper than 32'],
  ['many', `[${'{},'.repeat(100_000)}1]`, 'more than 100000 values'],
  ['many numbers', `[${'1,'.repeat(100_001)}1]`, 'more than 100000 values'],
])('what is too %s is refused', (_, json, words) => {
  expect(() => checkShape(json)).toThrow(words)
})

test('of as many values as there may be, each can be wrong', () => {
  const numbers = Array.from({ length: 199_000 }, () => 1)
  const body = { model: 'm', messages: numbers }
  const check = (): boolean => {
    checkShape(JSON.stringify(body))
    return CompletionBody.safeParse(body).success
  }
  // Zod hands all that is wrong to one call, and a call takes no more than its stack.
  expect(check).toThrow('more than')
  numbers.length = 99_000
  expect(check()).toBe(false)
})

test('what is just not too deep passes, and what is no JSON is left to the parser', () => {
  checkShape('['.repeat(32) + ']'.repeat(32))
  checkShape('{"open')
  checkShape(']]]]')
})
