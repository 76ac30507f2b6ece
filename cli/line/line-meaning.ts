import { parseSlash, type SlashLine } from '../tui/slash/parse.js'
import { textOfLine } from './line-paste.js'

/** What a line means; undefined for a blank one. */
export function meaningOf(line: string): SlashLine | undefined {
  if (line.trim() === '') return undefined
  const text = textOfLine(line)
  // Also of several lines, since a paste that begins with a slash gets one more.
  if (text.startsWith('//')) return { kind: 'message', text: text.slice(1) }
  return parseSlash(text, { pasted: false })
}
