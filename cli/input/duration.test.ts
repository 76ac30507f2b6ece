import { expect, test } from 'vitest'
import { parseDuration } from './duration.js'

test.each([
  ['1s', 1],
  ['90m', 5_400],
  ['12h', 43_200],
  ['30d', 2_592_000],
  [' 2W ', 1_209_600],
])('%s is %d seconds', (text, seconds) => {
  expect(parseDuration(text, '--expires')).toBe(seconds)
})

test.each(['', '30', 'd', '0d', '-1d', '1.5d', '1y', '30 days', '1e3d', '9999999999d'])(
  '"%s" is refused with the option and an example',
  (text) => {
    expect(() => parseDuration(text, '--expires')).toThrow('--expires takes a time such as 30d')
  },
)
