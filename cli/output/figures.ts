const THOUSAND = 1_000
const MILLION = 1_000_000
const BILLION = 1_000_000_000
const MINUTE_MS = 60_000

/** A count in few characters: `640`, `1.2k`, `3.4M`. */
export function formatCount(count: number): string {
  if (count < THOUSAND) return String(count)
  if (count < MILLION - THOUSAND / 20) return `${trimmed(count / THOUSAND)}k`
  return `${trimmed(count / MILLION)}M`
}

/** A size in few characters: `640 B`, `1.2 kB`, `34 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < THOUSAND) return `${bytes} B`
  if (bytes < MILLION - THOUSAND / 2) return `${shortOf(bytes / THOUSAND)} kB`
  if (bytes < BILLION - MILLION / 2) return `${shortOf(bytes / MILLION)} MB`
  return `${shortOf(bytes / BILLION)} GB`
}

/** `1 session`, `2 sessions`. */
export function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** A place in a row: `2nd`. */
export function formatOrdinal(place: number): string {
  const isTeen = Math.floor(place / 10) % 10 === 1
  return `${place}${(isTeen ? undefined : ['', 'st', 'nd', 'rd'][place % 10]) || 'th'}`
}

/** How long something took: `3.1s`, `2m 05s`. */
export function formatElapsed(ms: number): string {
  const elapsed = Math.max(0, ms)
  if (elapsed < MINUTE_MS - 50) return `${(elapsed / THOUSAND).toFixed(1)}s`
  const seconds = Math.round(elapsed / THOUSAND)
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

/** The local time of day, `14:02`; nothing for what is no moment. */
export function formatClock(moment: string): string {
  const date = new Date(moment)
  if (Number.isNaN(date.getTime())) return ''
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}

function shortOf(amount: number): string {
  return amount < 9.95 ? amount.toFixed(1) : String(Math.round(amount))
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, '')
}
