import { expect, test } from 'vitest'
import { nearest } from './nearest.js'

const commands = ['ask', 'sessions', 'roles', 'models', 'config', 'daemon']

test.each([
  ['sesions', 'sessions'],
  ['sess', 'sessions'],
  ['rolse', 'roles'],
  ['Models', 'models'],
  ['modles', 'models'],
  ['conf', 'config'],
  ['aks', 'ask'],
  ['elephant', undefined],
  ['x', undefined],
  ['', undefined],
])('%s means %s', (word, meant) => {
  expect(nearest(word, commands)).toBe(meant)
})

test('a word of many thousands of letters is no slip, and is not compared letter by letter', () => {
  const names = Array.from({ length: 1_000 }, (_, n) => `${n} ${'ab'.repeat(45)}`)
  const began = performance.now()
  expect(nearest('ab'.repeat(100_000), names)).toBeUndefined()
  expect(performance.now() - began).toBeLessThan(1_000)
})
