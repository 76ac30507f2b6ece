import { ProblemError } from '../../shared/contract/problem.js'

/** Reads the number of --limit. Throws ProblemError `invalid_request`. */
export function limitUpTo(most: number): (text: string) => number {
  return (text) => {
    const limit = Number(text)
    if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
    throw new ProblemError('invalid_request', `--limit takes 1 to ${most}, not "${text}"`)
  }
}
