import { performance } from 'node:perf_hooks'
import { quantile } from '../../support/quantile.js'

/** How fast this machine is while a suite runs, told by plain requests that are made meanwhile. */
export interface Pace {
  /** Makes a plain request and notes how long it took. */
  note<Result>(request: () => Promise<Result>): Promise<Result>
  /** What a plain request takes at worst, but for one in a hundred, ms. */
  readonly plainMs: number
}

export function createPace(): Pace {
  const took: number[] = []
  return {
    async note(request) {
      const since = performance.now()
      const result = await request()
      took.push(performance.now() - since)
      return result
    },
    get plainMs() {
      return quantile(took, 0.99)
    },
  }
}
