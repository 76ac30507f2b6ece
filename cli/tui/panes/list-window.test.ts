import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listItemAt, listWindow } from './list-window.js'

test('a list that fits is shown whole', () => {
  expect(listWindow(5, 4, 5)).toEqual({ start: 0, end: 5, count: 5, more: false })
})

test('the selected item is always in view, and the row under the items is not theirs', () => {
  const size = fc.record({
    count: fc.nat(200),
    at: fc.nat(199),
    height: fc.integer({ min: 1, max: 50 }),
  })
  fc.assert(
    fc.property(size, ({ count, at, height }) => {
      const selected = Math.min(at, Math.max(0, count - 1))
      const window = listWindow(count, selected, height)
      expect(window.end - window.start + (window.more ? 1 : 0)).toBe(Math.min(count, height))
      if (count === 0) return
      expect(selected).toBeGreaterThanOrEqual(window.start)
      expect(selected).toBeLessThan(window.end)
      expect(listItemAt(window, selected - window.start)).toBe(selected)
    }),
  )
})

test('a row that has no item stands for none', () => {
  const window = listWindow(10, 0, 4)
  expect([-1, 0, 2, 3].map((row) => listItemAt(window, row))).toEqual([undefined, 0, 2, undefined])
})
