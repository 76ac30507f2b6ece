const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const steps: readonly (readonly [limit: number, unit: number, name: string])[] = [
  [hour, minute, 'min'],
  [2 * day, hour, 'h'],
  [60 * day, day, 'd'],
  [730 * day, 30 * day, 'mo'],
]

/** How long ago a moment was, in one number: `now`, `5 min`, `3 h`, `12 d`, `4 mo`, `3 y`. */
export function formatAge(moment: string, now: number): string {
  return formatDuration(now - Date.parse(moment))
}

/** A span of time in one number; less than a minute, or a clock that differs, is `now`. */
export function formatDuration(ms: number): string {
  if (!(ms >= minute)) return 'now'
  for (const [limit, unit, name] of steps) {
    if (ms < limit) return `${Math.floor(ms / unit)} ${name}`
  }
  return `${Math.floor(ms / (365 * day))} y`
}
