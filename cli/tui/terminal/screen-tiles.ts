import type { Rect } from './rect.js'

/** A part of the screen with lines of its own. */
export interface Region {
  readonly id: string
  rect: Rect
  z: number
  lines: readonly string[]
}

/** A part of a screen row that shows one region or none. */
export interface Tile {
  readonly x: number
  readonly end: number
  readonly region: Region | undefined
}

/**
 * The tiles of a screen row from left to right, without gaps. `regions` are in the order of their
 * stacking, the topmost last.
 */
export function tileRow(y: number, columns: number, regions: readonly Region[]): readonly Tile[] {
  const tiles: Tile[] = []
  let free: { x: number; end: number }[] = [{ x: 0, end: columns }]
  for (const region of regions.toReversed()) {
    const { rect } = region
    if (y < rect.y || y >= rect.y + rect.height) continue
    const left: typeof free = []
    for (const { x, end } of free) {
      const from = Math.max(x, rect.x)
      const to = Math.min(end, rect.x + rect.width)
      if (from >= to) {
        left.push({ x, end })
        continue
      }
      tiles.push({ x: from, end: to, region })
      if (x < from) left.push({ x, end: from })
      if (to < end) left.push({ x: to, end })
    }
    free = left
  }
  for (const { x, end } of free) tiles.push({ x, end, region: undefined })
  return tiles.sort((a, b) => a.x - b.x)
}
