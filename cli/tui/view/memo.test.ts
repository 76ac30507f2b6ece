import { expect, test } from 'vitest'
import { memo } from './memo.js'

test('gives the same thing for the same arguments, and a new one for others', () => {
  let made = 0
  const pair = memo((a: unknown, b: unknown) => ({ a, b, number: ++made }))
  const list: readonly string[] = []
  const first = pair(list, Number.NaN)
  expect(pair(list, Number.NaN)).toBe(first)
  expect(pair([], Number.NaN)).not.toBe(first)
  expect(made).toBe(2)
})

test('remembers the last result only', () => {
  let made = 0
  const next = memo((_: string) => ++made)
  expect([next('a'), next('b'), next('a')]).toEqual([1, 2, 3])
})

test('a result that is undefined is remembered as well', () => {
  let made = 0
  const none = memo((): undefined => {
    made++
  })
  none()
  none()
  expect(made).toBe(1)
})
