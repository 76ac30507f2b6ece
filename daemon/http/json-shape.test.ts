import fc from 'fast-check'
import { expect, test } from 'vitest'
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
  ['many', `[${'{},'.repeat(200_000)}1]`, 'more than 200000 values'],
  ['many numbers', `[${'1,'.repeat(200_001)}1]`, 'more than 200000 values'],
])('what is too %s is refused', (_, json, words) => {
  expect(() => checkShape(json)).toThrow(words)
})

test('what is just not too deep passes, and what is no JSON is left to the parser', () => {
  checkShape('['.repeat(32) + ']'.repeat(32))
  checkShape('{"open')
  checkShape(']]]]')
})
