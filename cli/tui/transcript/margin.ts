import type { Kind } from '../../../shared/contract/message.js'
import { paintToken, type Theme } from '../../text/theme.js'

/** What stands before each line under a header; a plan has a bar, so that it is seen to be one. */
export interface Margin {
  /** Of a line with text, two cells. */
  readonly text: string
  /** Of an empty line. */
  readonly blank: string
}

/** Cells that a margin takes. */
export const MARGIN = 2

const INDENT: Margin = { text: ' '.repeat(MARGIN), blank: '' }
/** Prose of `cli/text/markdown` and its margin: headers are not wider, so that their ends belong together. */
const WIDEST = 110 + MARGIN

/** The margin of a message. */
export function marginFor(kind: Kind, theme: Theme): Margin {
  return kind === 'plan' ? barMargin(theme) : INDENT
}

/** The margin of reasoning within another one. */
export function barMargin(theme: Theme): Margin {
  const bar = theme.glyphs.quoteBar
  return {
    text: paintToken(theme, 'border', `${bar} `),
    blank: paintToken(theme, 'border', bar),
  }
}

/** A line with its margin. */
export function indent(line: string, margin: Margin): string {
  return line === '' ? margin.blank : margin.text + line
}

/** What is left for text in `width` cells. */
export function textRoom(width: number): number {
  return Math.max(MARGIN, Math.min(width, WIDEST) - MARGIN)
}

/** How wide a header is in `width` cells. */
export function headerWidth(width: number): number {
  return Math.min(width, WIDEST)
}
