import { expect, test } from 'vitest'
import { formatAge, formatDuration } from './age.js'

const hour = 3_600_000

test.each([
  [-5_000, 'now'],
  [59_000, 'now'],
  [60_000, '1 min'],
  [59 * 60_000, '59 min'],
  [hour, '1 h'],
  [47 * hour, '47 h'],
  [48 * hour, '2 d'],
  [24 * 59 * hour, '59 d'],
  [24 * 60 * hour, '2 mo'],
  [24 * 800 * hour, '2 y'],
])('%i ms are %s', (ms, shown) => {
  expect(formatDuration(ms)).toBe(shown)
})

test('an age is the time since then', () => {
  expect(formatAge('2026-03-01T10:00:00.000Z', Date.parse('2026-03-01T10:05:30.000Z'))).toBe(
    '5 min',
  )
})
