import { expect, test } from 'vitest'
import { combined, fail, ok, warn } from './check.js'

test('what is wrong comes first and decides, and the same fix is said once', () => {
  const all = [ok('a'), warn('b', 'do that'), fail('c', 'do this'), warn('d', 'do that')]
  expect(combined(all)).toEqual({
    status: 'fail',
    detail: 'c; b; d; a',
    fix: 'do this\ndo that',
  })
  expect(combined([ok('a'), ok('b')])).toEqual({ status: 'ok', detail: 'a; b' })
})
