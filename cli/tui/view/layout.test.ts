import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rect } from '../terminal/rect.js'
import { composerRoom, isTooSmall, type Layout, layoutOf } from './layout.js'

const size = fc.record({
  columns: fc.integer({ min: 40, max: 250 }),
  rows: fc.integer({ min: 10, max: 80 }),
})
const wanted = fc.record({
  sidePanes: fc.boolean(),
  bannerRows: fc.integer({ min: 0, max: 2 }),
  composerRows: fc.integer({ min: 1, max: 60 }),
  menuRows: fc.integer({ min: 0, max: 8 }),
  roleRows: fc.integer({ min: 2, max: 100 }),
  overlay: fc.option(
    fc.record({
      columns: fc.integer({ min: 1, max: 300 }),
      rows: fc.integer({ min: 1, max: 100 }),
    }),
    { nil: undefined },
  ),
})

describe('layoutOf', () => {
  test('lets the panes tile the screen, whatever its size and whatever is wanted', () => {
    fc.assert(
      fc.property(size, wanted, (size, wanted) => {
        const cells = new Uint8Array(size.columns * size.rows)
        for (const { x, y, width, height } of panesOf(layoutOf(size, wanted))) {
          expect(Math.min(x, y, width - 1, height - 1)).toBeGreaterThanOrEqual(0)
          expect(x + width).toBeLessThanOrEqual(size.columns)
          expect(y + height).toBeLessThanOrEqual(size.rows)
          for (let row = y; row < y + height; row++) {
            for (let column = x; column < x + width; column++) {
              const at = row * size.columns + column
              cells[at] = (cells[at] ?? 0) + 1
            }
          }
        }
        expect(new Set(cells)).toEqual(new Set([1]))
      }),
      { numRuns: 400 },
    )
  })

  test('keeps the mark and the menu over the transcript and the overlay over the panes', () => {
    fc.assert(
      fc.property(size, wanted, (size, wanted) => {
        const { mark, menu, overlay, transcript, status } = layoutOf(size, wanted)
        expect(isInside(mark, transcript)).toBe(true)
        expect(isInside(menu, transcript)).toBe(true)
        expect(isInside(overlay, { x: 0, y: 0, width: size.columns, height: status.y })).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  test('gives the composer the rows it wants while a row of the transcript is left', () => {
    fc.assert(
      fc.property(size, wanted, (size, wanted) => {
        const { composer, transcript } = layoutOf(size, wanted)
        const most = composerRoom(size.rows)
        expect(composer.height).toBe(Math.min(wanted.composerRows, most) + 2)
        expect(transcript.height).toBeGreaterThanOrEqual(1)
      }),
      { numRuns: 1_000 },
    )
  })

  test('has side panes from 100x24 on, where they are wanted', () => {
    const all = { bannerRows: 0, composerRows: 1, menuRows: 0, roleRows: 4, overlay: undefined }
    const hasSide = (columns: number, rows: number, sidePanes = true) =>
      layoutOf({ columns, rows }, { ...all, sidePanes }).side !== undefined
    expect([hasSide(100, 24), hasSide(99, 24), hasSide(100, 23)]).toEqual([true, false, false])
    expect(hasSide(250, 80, false)).toBe(false)
  })
})

test('a terminal below 40x10 is too small', () => {
  const sizes = [
    { columns: 40, rows: 10 },
    { columns: 39, rows: 10 },
    { columns: 40, rows: 9 },
  ]
  expect(sizes.map(isTooSmall)).toEqual([false, true, true])
})

function panesOf({ header, side, transcript, banner, composer, status }: Layout): Rect[] {
  const beside = side === undefined ? [] : [side.sessions, side.roles, side.divider]
  return [
    header,
    ...beside,
    transcript,
    ...(banner === undefined ? [] : [banner]),
    composer,
    status,
  ]
}

function isInside(inner: Rect, outer: Rect): boolean {
  const { x, y, width, height } = inner
  const right = outer.x + outer.width
  const bottom = outer.y + outer.height
  return x >= outer.x && y >= outer.y && x + width <= right && y + height <= bottom
}
