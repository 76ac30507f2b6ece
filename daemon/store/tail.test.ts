import { expect, test } from 'vitest'
import { createTail } from './tail.js'

const events = (from: number, to: number, data = 'x') =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    ...{ n: from + index, event: 'delta', data, message_id: null },
  }))
const numbers = (found: readonly { n: number }[] | undefined) => found?.map(({ n }) => n)

test('gives what comes right after an event, and the very same to everybody', () => {
  const tail = createTail()
  const pushed = events(2, 4)
  tail.push('a', pushed)
  tail.push('a', events(5, 5))
  expect(tail.after('a', 1)).toBe(pushed)
  expect(numbers(tail.after('a', 2))).toEqual([3, 4])
  expect(numbers(tail.after('a', 4))).toEqual([5])
  expect([0, 5, 6].map((n) => tail.after('a', n))).toEqual([undefined, undefined, undefined])
  expect([4, 5, 6].map((n) => tail.endsAt('a', n))).toEqual([false, true, false])
  expect(tail.after('b', 1)).toBeUndefined()
})

test('knows nothing of a turn that it was told to forget, or that has a gap', () => {
  const tail = createTail()
  tail.push('a', events(2, 3))
  tail.forget('a')
  expect(tail.after('a', 1)).toBeUndefined()
  expect(tail.endsAt('a', 3)).toBe(false)
  tail.push('a', events(5, 5))
  tail.push('a', events(7, 8))
  expect(tail.after('a', 4)).toBeUndefined()
  expect(numbers(tail.after('a', 6))).toEqual([7, 8])
  tail.forgetAll()
  expect(tail.after('a', 6)).toBeUndefined()
})

test('holds the last 32 KiB of a turn, and nothing of a batch that is larger', () => {
  const tail = createTail()
  for (let n = 2; n < 100; n++) tail.push('a', events(n, n, 'x'.repeat(4_000)))
  expect(tail.after('a', 80)).toBeUndefined()
  expect(numbers(tail.after('a', 97))).toEqual([98])
  tail.push('a', events(100, 103, 'x'.repeat(10_000)))
  expect(tail.after('a', 99)).toBeUndefined()
  expect(tail.endsAt('a', 103)).toBe(false)
})
