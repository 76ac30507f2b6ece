import type { Tokens } from 'marked'
import { type Context, withPrefix } from './markdown-context.js'
import type { Theme } from './theme.js'

const BLANK_END = /\n[ \t]*\n[ \t]*$/

/**
 * Draws a list, or the part of one whose first item has the number `start`. What an item looks
 * like, its number and the space behind it depend on nothing that follows it (a list that marked
 * calls loose only at its end would move what was on the screen before).
 */
export function renderList(
  list: Tokens.List,
  context: Context,
  start = firstNumber(list),
): string[] {
  return list.items.flatMap((item, index) => {
    const before = list.items[index - 1]
    const lines = renderItem(item, markerOf(list, item, start + index, context.theme), context)
    return before && hasGapAfter(before) ? ['', ...lines] : lines
  })
}

/** The number of a list's first item. */
export function firstNumber(list: Tokens.List): number {
  return list.start === '' ? 1 : list.start
}

/** True when a blank line of the source follows the item. */
export function hasGapAfter(item: Tokens.ListItem): boolean {
  return BLANK_END.test(item.raw)
}

/** What stands before an item: its number, its checkbox, or both; else a bullet. */
export function markerOf(
  list: Tokens.List,
  item: Tokens.ListItem,
  number: number,
  { glyphs }: Theme,
): string {
  const ordinal = list.ordered ? `${number}. ` : ''
  const box = item.task ? `${item.checked ? glyphs.checked : glyphs.unchecked} ` : ''
  return ordinal + box || `${glyphs.bullet} `
}

function renderItem(item: Tokens.ListItem, marker: string, context: Context): string[] {
  const content = item.tokens.filter((token) => token.type !== 'checkbox')
  const prefix = { first: marker, sgr: context.theme.tokens.bullet }
  return withPrefix(context, prefix, (inner) => context.blocks(content, inner, false))
}
