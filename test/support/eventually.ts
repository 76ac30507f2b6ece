import { vi } from 'vitest'

/** For what cannot be awaited: looks again and again, with patience (ms) for a busy machine. */
export function eventually<Result>(
  look: () => Result | Promise<Result>,
  patienceMs = 15_000,
): Promise<Result> {
  return vi.waitFor(look, { timeout: patienceMs, interval: 15 })
}
