import { ProblemError } from '../../shared/contract/problem.js'

/** Rows that point to another one of their kind, each to one, and never round. */
export interface Links {
  /** Of line `n`. Throws ProblemError `invalid_request` where this one closes a ring. */
  add(n: number, id: string, to: string | null): void
}

/**
 * For rows as they come, in any order. What somebody has made up as one long chain costs no more than
 * what is real: every step that was walked is walked at once the next time.
 */
export function createLinks(field: string): Links {
  const next = new Map<string, string>()
  const endOf = (id: string): string => {
    let end = id
    for (let to = next.get(end); to !== undefined; to = next.get(end)) end = to
    for (let at = id; at !== end; ) {
      const to = next.get(at) ?? end
      next.set(at, end)
      at = to
    }
    return end
  }
  return {
    add(n, given, to) {
      const id = given.toLowerCase()
      // One that is there twice is refused for that.
      if (to === null || next.has(id)) return
      const end = endOf(to.toLowerCase())
      if (end === id) {
        throw new ProblemError(
          'invalid_request',
          `line ${n}: ${field} leads back to where it begins`,
        )
      }
      next.set(id, end)
    },
  }
}
