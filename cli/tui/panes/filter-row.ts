import type { Theme } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import { rowWithHint, tailOf } from './line.js'

const PROMPT = ' / '

/** The row in which a filter is typed; of a long one its end is shown. `note` stands at its right while there is room. */
export function filterRow(theme: Theme, width: number, filter: string, note = ''): string {
  const typed = [
    { text: PROMPT, token: 'accent' as const },
    { text: tailOf(filter, roomOf(width)) },
  ]
  return rowWithHint(theme, width, typed, note === '' ? [] : [{ text: note, token: 'dim' }])
}

/** The column behind the last character of the filter, where the cursor belongs. */
export function filterCaret(width: number, filter: string): number {
  return PROMPT.length + textWidth(tailOf(filter, roomOf(width)))
}

function roomOf(width: number): number {
  return Math.max(0, width - PROMPT.length - 1)
}
