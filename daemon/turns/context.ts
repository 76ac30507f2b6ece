import { answeringPrompt, planningPrompt } from '../../shared/plan.js'
import type { ChatMessage } from '../gateway/types.js'
import type { HistoryMessage } from '../store/history.js'

/**
 * The request's messages: the role as a system message, the whole history in order, the question.
 * Neighbours of one role (a plan and its answer) are joined by a blank line, because strict
 * templates want roles to alternate.
 */
function conversation(
  instructions: string | undefined,
  history: readonly HistoryMessage[],
  question: string,
): ChatMessage[] {
  const messages: ChatMessage[] = []
  for (const { role, content } of [...history, { role: 'user' as const, content: question }]) {
    const before = messages.at(-1)
    if (before?.role === role) before.content += `\n\n${content}`
    else messages.push({ role, content })
  }
  return instructions === undefined
    ? messages
    : [{ role: 'system', content: instructions }, ...messages]
}

export interface ContextInput {
  instructions?: string | undefined
  history: readonly HistoryMessage[]
  /** The user's own words. */
  question: string
}

export function chatContext(input: ContextInput): ChatMessage[] {
  return conversation(input.instructions, input.history, input.question)
}

export function planContext(input: ContextInput): ChatMessage[] {
  return conversation(input.instructions, input.history, planningPrompt(input.question))
}

export function answerContext(input: ContextInput, plan: string): ChatMessage[] {
  return conversation(input.instructions, input.history, answeringPrompt(input.question, plan))
}

/** Four characters a token is the usual rule of thumb; only guards and estimates hang on it. */
export const tokensOf = (characters: number): number => Math.ceil(characters / 4)

export function estimateTokens(input: ContextInput): number {
  const chars = input.history.reduce((sum, { content }) => sum + content.length, 0)
  return tokensOf(chars + input.question.length + (input.instructions?.length ?? 0))
}
