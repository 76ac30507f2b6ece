import { formatCount } from '../../output/figures.js'
import { cutToWidth } from '../../output/table.js'
import { joinSgr } from '../../text/sgr.js'
import { paintToken, type Theme } from '../../text/theme.js'
import type { Look } from './block.js'
import { barMargin, indent, type Margin, textRoom } from './margin.js'
import { marksFor } from './marks.js'
import { plainLines } from './plain-stream.js'

/** The one line about the reasoning of an answer, without the margin. */
export function reasoningLine(characters: number, isThinking: boolean, look: Look): string {
  const { theme, reasoningKey: key, expanded, width } = look
  const { thought, more } = marksFor(theme)
  const count = `${formatCount(characters)} characters`
  const hint = key === undefined ? '' : ` (${key} ${expanded ? 'hides' : 'shows'} it)`
  const text = isThinking
    ? `${thought} thinking${more} ${count}`
    : `${thought} thought, ${count}${hint}`
  return paintToken(theme, 'dim', cutToWidth(text, textRoom(width)))
}

/** All about the reasoning of a finished answer: one line or the whole text. */
export function reasoningLines(reasoning: string, margin: Margin, look: Look): string[] {
  if (reasoning === '') return []
  const head = indent(reasoningLine(reasoning.length, false, look), margin)
  if (!look.expanded) return [head]
  const inner = reasoningMargin(margin, look.theme)
  const text = plainLines(reasoning, reasoningRoom(look.width), reasoningSgr(look.theme))
  return [head, ...text.map((line) => indent(line, inner)), margin.blank]
}

/** The margin of the whole text of a reasoning: a bar within the margin of its message. */
export function reasoningMargin(margin: Margin, theme: Theme): Margin {
  const bar = barMargin(theme)
  return { text: margin.text + bar.text, blank: margin.text + bar.blank }
}

/** How wide that text may be. */
export function reasoningRoom(width: number): number {
  return textRoom(textRoom(width))
}

/** The style of that text. */
export function reasoningSgr({ tokens }: Theme): string {
  return joinSgr(tokens.dim, tokens.em)
}
