import { ProblemError } from '../../shared/contract/problem.js'
import { sanitise } from '../text/sanitise.js'
import { safeJson } from './safe-json.js'

/** One line on stderr, which is for everything but the answer. */
export function say(text: string): void {
  process.stderr.write(`c2a: ${sanitise(text)}\n`)
}

/** Any error as a problem; what is not one is a bug of ours. */
function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new ProblemError('internal', message, { cause: error, hint: 'This is a bug in c2a.' })
}

/** Tells the user what went wrong and what to do; with `json` as one object. Returns the exit code. */
export function report(error: unknown, options: { json?: boolean | undefined } = {}): number {
  const problem = toProblemError(error)
  if (options.json) {
    process.stderr.write(`${safeJson(problem.toProblem())}\n`)
    return problem.exit
  }
  say(problem.message)
  if (problem.hint !== undefined) process.stderr.write(`     ${sanitise(problem.hint)}\n`)
  return problem.exit
}
