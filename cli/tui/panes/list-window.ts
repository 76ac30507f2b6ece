import type { Theme } from '../../text/theme.js'
import { paneGlyphs } from './glyphs.js'
import { rowOf } from './line.js'

/** Which items of a list are shown: from `start` up to but not with `end`. */
export interface ListWindow {
  readonly start: number
  readonly end: number
  readonly count: number
  /** True when a row under the items says how many are not shown. */
  readonly more: boolean
}

/** The window of `height` rows over `count` items in which the selected one stands about in the middle. */
export function listWindow(count: number, selected: number, height: number): ListWindow {
  if (count <= height) return { start: 0, end: count, count, more: false }
  const more = height >= 3
  const shown = Math.max(0, more ? height - 1 : height)
  const middle = selected - Math.floor(shown / 2)
  const start = Math.max(0, Math.min(middle, count - shown))
  return { start, end: start + shown, count, more }
}

/** The item on a row of the window. */
export function listItemAt(window: ListWindow, row: number): number | undefined {
  const index = window.start + row
  return row >= 0 && index < window.end ? index : undefined
}

/** The row under a window that does not show all: how many, and on which side. */
export function moreRow(theme: Theme, width: number, { start, end, count }: ListWindow): string {
  const { up, down, more, dot } = paneGlyphs(theme)
  const below = count - end
  const text =
    start === 0
      ? `${more} ${below} more`
      : below === 0
        ? `${up} ${start} more`
        : `${up} ${start} ${dot} ${down} ${below} more`
  return rowOf(theme, width, [{ text: `   ${text}`, token: 'dim' }])
}
