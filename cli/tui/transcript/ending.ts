import { inChatWords } from '../../output/chat-words.js'
import { endingOf } from '../../output/message-ending.js'
import { sanitiseLine } from '../../text/sanitise.js'
import { styled } from '../../text/sgr.js'
import type { Token } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import type { Look } from './block.js'
import type { MessageEntry } from './entry.js'
import { indent, type Margin, textRoom } from './margin.js'
import { marksFor } from './marks.js'
import { plainLines } from './plain-stream.js'

/** What there is to say under an answer: what to know of it, and how it ended. */
export function endingLines(entry: MessageEntry, margin: Margin, look: Look): string[] {
  const { message, warnings = [] } = entry
  const marks = marksFor(look.theme)
  const ended = endingOf(message).flatMap(({ tone: token, sign, text }) => {
    const shown =
      sign === undefined ? { mark: '', text: inChatWords(text) } : { mark: marks[sign], text }
    return endingLine({ token, ...shown }, margin, look)
  })
  return [...warningLines(warnings, margin, look), ...ended, ...retryLine(entry, margin, look)]
}

function retryLine({ message }: MessageEntry, margin: Margin, look: Look): string[] {
  const isWhole = message.status === 'complete' || message.status === 'streaming'
  if (isWhole || look.retryKeys === undefined) return []
  return endingLine(
    { token: 'dim', mark: '', text: `${look.retryKeys}: answer again` },
    margin,
    look,
  )
}

/** What the daemon warned of. */
export function warningLines(warnings: readonly string[], margin: Margin, look: Look): string[] {
  const { warn: mark } = marksFor(look.theme)
  return warnings.flatMap((text) => endingLine({ token: 'warn', mark, text }, margin, look))
}

function endingLine(
  { token, mark, text }: { token: Token; mark: string; text: string },
  margin: Margin,
  { theme, width }: Look,
): string[] {
  const shown = { mark, text: sanitiseLine(text), sgr: theme.tokens[token] }
  return markedLines(shown, textRoom(width)).map((line) => indent(line, margin))
}

/** Text behind a mark, all of it in one style, in `width` cells; what is wrapped hangs under the text. */
export function markedLines(
  { mark, text, sgr }: { mark: string; text: string; sgr: string },
  width: number,
): string[] {
  const taken = mark === '' ? 0 : textWidth(mark) + 1
  const lines = plainLines(text, width - taken)
  return lines.map((line, index) => {
    const lead = index === 0 && taken > 0 ? `${mark} ` : ' '.repeat(taken)
    return line === '' ? '' : styled(lead + line, sgr)
  })
}
