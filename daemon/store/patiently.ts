import { isUnavailable } from './pool.js'

/** Between two tries, ms. */
const pauseMs = 250

/**
 * Does `work` again and again while the database is away, but not for longer than `patienceMs`.
 * Throws what it threw at last, and anything else at once. `onAway` is called before each pause.
 */
export async function patiently<Result>(
  work: () => Promise<Result>,
  patienceMs: number,
  onAway: () => void = () => undefined,
): Promise<Result> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > deadline) throw error
      onAway()
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
