import { ProblemError } from '../../../shared/contract/problem.js'

export function isNotFound(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'not_found'
}

/** For `catch`: what another client deleted in this moment is as good as deleted. */
export function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
