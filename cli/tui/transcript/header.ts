import type { Kind, Message, Usage } from '../../../shared/contract/message.js'
import { formatClock, formatCount, formatElapsed, formatOrdinal } from '../../output/figures.js'
import { cutToWidth } from '../../output/table.js'
import { sanitiseLine } from '../../text/sanitise.js'
import { joinSgr, styled } from '../../text/sgr.js'
import { paintToken } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import type { Look } from './block.js'
import type { MessageEntry } from './entry.js'
import { headerWidth } from './margin.js'
import { marksFor } from './marks.js'

const NARROWEST_LABEL = 12
const GAP = 2

/** The line over what the user said. */
export function userHeader(message: Message, look: Look): string {
  return headerLine(marksFor(look.theme).user, ['You'], formatClock(message.created_at), look)
}

/** The line over an answer; `details` stand at its right. */
export function answerHeader(
  answer: { readonly kind: Kind; readonly model: string | null },
  details: string,
  look: Look,
): string {
  const model = answer.model === null ? undefined : sanitiseLine(answer.model)
  const marks = marksFor(look.theme)
  switch (answer.kind) {
    case 'chat':
      return headerLine(marks.answer, [model ?? 'Answer'], details, look)
    case 'plan':
      return headerLine(marks.answer, ['Plan', model], details, look)
    case 'answer':
      return headerLine(marks.answer, ['Implementation', model], details, look)
    default:
      return answer.kind satisfies never
  }
}

interface AnswerFacts {
  readonly kind: Kind
  /** How many older answers it has. */
  readonly variants?: number | undefined
  /** It is one of these itself. */
  readonly variant?: MessageEntry['variant']
  /** What it does, while it is being written. */
  readonly phase?: string | undefined
  readonly elapsedMs?: number | undefined
  readonly usage?: Usage | undefined
}

/** What is known of an answer: `2nd answer · 3.1s · 212 tok`. */
export function answerDetails(
  { kind, variants = 0, variant, phase, elapsedMs, usage }: AnswerFacts,
  look: Look,
): string {
  const known = [
    placeOf(kind, variants, variant),
    phase,
    elapsedMs === undefined ? undefined : formatElapsed(elapsedMs),
    usage && `${formatCount(usage.completion_tokens)} tok`,
  ]
  return known.filter((part) => part !== undefined).join(marksFor(look.theme).separator)
}

function placeOf(
  kind: Kind,
  variants: number,
  variant: AnswerFacts['variant'],
): string | undefined {
  if (variant !== undefined) return `older answer ${variant.at}/${variant.of}`
  return kind === 'plan' || variants === 0 ? undefined : `${formatOrdinal(variants + 1)} answer`
}

function headerLine(
  mark: string,
  labels: readonly (string | undefined)[],
  details: string,
  look: Look,
): string {
  const { theme, width } = look
  const { separator, cut } = marksFor(theme)
  const label = `${mark} ${labels.filter((part) => part !== undefined).join(separator)}`
  const room = headerWidth(width)
  const taken = textWidth(details) + GAP
  const shows = details !== '' && room - taken >= NARROWEST_LABEL
  const shown = shorten(label, shows ? room - taken : room, cut)
  const head = styled(shown, joinSgr(theme.tokens.accent, theme.tokens.strong))
  if (!shows) return head
  const blanks = ' '.repeat(room - textWidth(shown) - textWidth(details))
  return head + blanks + paintToken(theme, 'dim', details)
}

function shorten(label: string, width: number, cut: string): string {
  const shown = cutToWidth(label, width)
  return shown === label ? label : shown.slice(0, -1) + cut
}
