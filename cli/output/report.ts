import { ProblemError } from '../../shared/contract/problem.js'
import { sanitise } from '../text/sanitise.js'
import { fold } from './fold.js'
import { safeJson } from './safe-json.js'

const hang = ' '.repeat('c2a: '.length)

/** On a terminal as wide as it is; else as it comes, for logs and for whoever looks for it. */
function lines(text: string): string[] {
  const { isTTY, columns } = process.stderr
  const safe = sanitise(text)
  return isTTY && columns ? fold(safe, columns - hang.length) : [safe]
}

/** One line on stderr, which is for everything but the answer. */
export function say(text: string): void {
  const [first, ...rest] = lines(text)
  process.stderr.write(`c2a: ${first}\n`)
  for (const line of rest) process.stderr.write(`${hang}${line}\n`)
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
  const hint = problem.hint === undefined ? [] : lines(problem.hint)
  for (const line of hint) process.stderr.write(`${hang}${line}\n`)
  return problem.exit
}
