import { ProblemError } from '../../shared/contract/problem.js'
import { inChatWords } from '../output/chat-words.js'
import { report } from '../output/report.js'

/** `report`, with what to do about it said as one does it in the chat. */
export function reportInChat(error: unknown): void {
  report(inChat(error))
}

function inChat(error: unknown): unknown {
  if (!(error instanceof ProblemError) || error.hint === undefined) return error
  const { code, message, exit, hint } = error
  return new ProblemError(code, message, { exit, hint: inChatWords(hint), cause: error })
}
