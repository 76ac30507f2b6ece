import { ProblemError } from '../../shared/contract/problem.js'
import { report } from '../output/report.js'

/** `report`, with what to do about it said as one does it in the chat. */
export function reportInChat(error: unknown): void {
  report(inChat(error))
}

function inChat(error: unknown): unknown {
  if (!(error instanceof ProblemError) || error.hint === undefined) return error
  const { code, message, exit, hint } = error
  const said = hint.replace(/(?<!\S)-m (?=\S)/g, '/model ')
  return new ProblemError(code, message, { exit, hint: said, cause: error })
}
