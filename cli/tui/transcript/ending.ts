import { problems } from '../../../shared/contract/problem.js'
import { sanitiseLine } from '../../text/sanitise.js'
import { styled } from '../../text/sgr.js'
import type { Token } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import type { Look } from './block.js'
import type { EntryProblem, MessageEntry } from './entry.js'
import { indent, type Margin, textRoom } from './margin.js'
import { marksFor } from './marks.js'
import { plainLines } from './plain-stream.js'

/** What there is to say under an answer: that it is empty, what to know, and how it ended. */
export function endingLines(entry: MessageEntry, margin: Margin, look: Look): string[] {
  const { message } = entry
  const marks = marksFor(look.theme)
  const line = (token: Token, mark: string, text: string) =>
    endingLine({ token, mark, text }, margin, look)
  const state = (): string[] => {
    switch (message.status) {
      case 'complete':
        if (message.content.trim() === '') return line('dim', '', 'the answer is empty')
        return message.finish_reason === 'length'
          ? line('warn', marks.warn, 'cut: the answer had the most tokens it may have')
          : []
      case 'streaming':
        return line('dim', marks.more, 'its end did not arrive here')
      case 'stopped': {
        const why = entry.problem ? `: ${entry.problem.detail}` : ''
        return line('dim', marks.stopped, `stopped${why}`)
      }
      case 'interrupted': {
        const isAway = (entry.problem?.code ?? message.error_code) === 'db_unavailable'
        const why = isAway ? 'the database was away for too long' : 'the daemon ended'
        return line('warn', marks.interrupted, `interrupted: ${why}; what had arrived is kept`)
      }
      case 'failed': {
        const { code, detail, hint } = entry.problem ?? problemOf(message.error_code)
        const cause = line('error', marks.error, detail === '' ? code : `${code}: ${detail}`)
        return hint === undefined ? cause : [...cause, ...line('dim', '', hint)]
      }
      default:
        return message.status satisfies never
    }
  }
  const isWhole = message.status === 'complete' || message.status === 'streaming'
  const canRetry = !isWhole && look.retryKeys !== undefined
  const retry = canRetry ? line('dim', '', `${look.retryKeys}: answer again`) : []
  return [...warningLines(entry.warnings ?? [], margin, look), ...state(), ...retry]
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

function problemOf(code: string | undefined): EntryProblem {
  if (code === undefined || !Object.hasOwn(problems, code)) {
    return { code: code ?? 'failed', detail: '' }
  }
  const { title, hint } = problems[code as keyof typeof problems] as {
    title: string
    hint?: string
  }
  return { code, detail: title, ...(hint !== undefined && { hint }) }
}
