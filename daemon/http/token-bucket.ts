/** Lets `perMinute` through at once and refills evenly. `now` in ms. */
export function createTokenBucket(options: { perMinute: number; now?: () => number }) {
  const now = options.now ?? (() => performance.now())
  let level = options.perMinute
  let filledAt = now()
  return {
    take(): boolean {
      const at = now()
      level = Math.min(options.perMinute, level + ((at - filledAt) / 60_000) * options.perMinute)
      filledAt = at
      if (level < 1) return false
      level -= 1
      return true
    },
    /** Whole seconds after which the next one gets through, for who was just refused. */
    waitSeconds(): number {
      return Math.max(1, Math.ceil(((1 - level) * 60) / options.perMinute))
    },
  }
}
