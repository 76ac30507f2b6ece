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
