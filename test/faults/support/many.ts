/**
 * How often something is done: a figure for every run, and one for `npm run faults -- --many`, which
 * is for a night.
 */
export const isMany = process.env['C2A_MANY'] === '1'

export function times(usual: number, many: number): number {
  return isMany ? many : usual
}

/** Ten times shorter than in production, as the design allows; with `--many` as long as there. */
export const faultTimes = isMany
  ? { leaseMs: 15_000, sweepMs: 5_000, drainMs: 10_000, databasePatienceMs: 60_000 }
  : { leaseMs: 1_500, sweepMs: 500, drainMs: 1_000, databasePatienceMs: 6_000 }

/** A turn has ended so long after the fault, or after the database is back, ms (design, section 4). */
export const settledWithinMs = isMany ? 20_000 : 2_000
