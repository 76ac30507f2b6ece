import type { TurnOutcome } from '../../../shared/contract/event.js'
import { inChatWords } from '../../output/chat-words.js'
import type { Entry } from '../transcript/entry.js'

/** Where a turn stands in the transcript, and in time. */
export interface Place {
  /** Ms since the epoch; now unless told. */
  readonly startedAt?: number
  /** The messages whose place it takes. */
  readonly replaces?: readonly string[]
  /** How many older answers there are. */
  readonly variants?: number
}

/** The answer under the last question; undefined when there is none. */
export function lastAnswer(
  entries: readonly Entry[],
): (Place & { readonly turnId: string | undefined }) | undefined {
  const messages = entries.flatMap((entry) => (entry.kind === 'message' ? [entry.message] : []))
  const parts = messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1)
  const answer = parts.at(-1)
  if (answer === undefined) return undefined
  const { turn_id: turnId, kind, content, variants = 0 } = answer
  const replaces = parts.filter((part) => part.turn_id === turnId).map(({ id }) => id)
  // Counted as the daemon does: a plan alone, or nothing to be seen, is no answer.
  const isOne = kind !== 'plan' && content.trim() !== ''
  return { turnId, replaces, variants: variants + (isOne ? 1 : 0) }
}

const reasons: Partial<Record<TurnOutcome['status'], string>> = {
  complete: 'it has no text',
  stopped: 'it was stopped',
}

/** What the newest answer says; a plan that was not carried out is one. */
export function lastText(entries: readonly Entry[]): string | undefined {
  const last = entries.findLast(
    (entry) =>
      entry.kind === 'message' &&
      entry.message.role === 'assistant' &&
      entry.message.content.trim() !== '',
  )
  return last?.kind === 'message' ? last.message.content : undefined
}

/** Why the older answer is there again. */
export function inVain({ status, problem, messages }: TurnOutcome): string {
  const why = problem?.detail ?? reasons[status] ?? 'the daemon ended'
  const isPart = status !== 'complete' && messages.some((one) => one.kind !== 'plan' && one.length)
  const hint = problem?.hint === undefined ? '' : `\n${inChatWords(problem.hint)}`
  return `No ${isPart ? 'whole' : 'new'} answer: ${why}${hint}\nThe one before is shown again.`
}
