import { paintToken, type Theme } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import { wrapAnsi } from '../../text/wrap.js'
import type { KeyHint } from './key-hint.js'
import { padRow, rowOf, safeLine } from './line.js'

export interface HelpContent {
  readonly commands: readonly { readonly usage: string; readonly summary: string }[]
  readonly keys: readonly KeyHint[]
}

/** Below this the keys come under the commands. */
const TWO_COLUMNS_FROM = 84
const GAP = 2
/** A longer usage has a row of its own, its summary under it. */
const LONGEST_TERM = 22
const NARROWEST_TEXT = 12

/** The help as painted rows of at most `width` cells. */
export function helpRows(theme: Theme, width: number, { commands, keys }: HelpContent): string[] {
  const isWide = width >= TWO_COLUMNS_FROM
  const column = isWide ? Math.floor((width - GAP) / 2) : width
  const left = section(
    ...([theme, column, 'COMMANDS'] as const),
    commands.map(({ usage, summary }) => [usage, summary]),
  )
  const right = section(
    ...([theme, column, 'KEYS'] as const),
    keys.map((hint) => [hint.keys, hint.what]),
  )
  if (!isWide) return [...left, '', ...right]
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => {
    return padRow(left[row] ?? '', column + GAP) + (right[row] ?? '')
  })
}

function section(
  theme: Theme,
  width: number,
  title: string,
  entries: readonly (readonly [term: string, text: string])[],
): string[] {
  const widths = entries.map(([term]) => textWidth(safeLine(term)))
  const widest = Math.max(0, ...widths.filter((each) => each <= LONGEST_TERM))
  const term = Math.min(widest, Math.max(0, width - NARROWEST_TEXT - 1 - GAP))
  return [
    rowOf(theme, width, [{ text: ` ${title}`, token: 'heading' }]),
    ...entries.flatMap((entry) => entryRows(theme, width, term, entry)),
  ]
}

function entryRows(
  theme: Theme,
  width: number,
  termWidth: number,
  [term, text]: readonly [string, string],
): string[] {
  const indent = ' '.repeat(1 + termWidth + GAP)
  const room = width - indent.length
  const texts = wrapAnsi(safeLine(text), room).map((row) => paintToken(theme, 'dim', row))
  const head = rowOf(theme, width, [{ text: ` ${term}` }])
  const isLong = textWidth(safeLine(term)) > termWidth
  const first = isLong ? [head] : [padRow(head, indent.length) + (texts[0] ?? '')]
  return [...first, ...texts.slice(isLong ? 0 : 1).map((row) => indent + row)]
}
