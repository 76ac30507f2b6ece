import { vi } from 'vitest'

/** For what cannot be awaited: looks again and again, with patience for a busy machine. */
export function eventually<Result>(look: () => Result | Promise<Result>): Promise<Result> {
  return vi.waitFor(look, { timeout: 15_000, interval: 15 })
}
