import type { Part, Segment } from './line.js'
import { joinParts, segmentsWidth } from './line.js'

/** A key and what it does, e.g. `^N` and `new`. */
export interface KeyHint {
  readonly keys: string
  readonly what: string
}

/** As many hints as fit into `width` cells, from the first. */
export function hintSegments(hints: readonly KeyHint[], width: number, between: string): Segment[] {
  const separator: Segment = { text: between, token: 'dim' }
  let shown: Segment[] = []
  const parts: Part[] = []
  for (const { keys, what } of hints) {
    parts.push({ segments: [{ text: keys }, { text: ` ${what}`, token: 'dim' }], rank: 0 })
    const next = joinParts(parts, separator)
    if (segmentsWidth(next) > width) break
    shown = next
  }
  return shown
}
