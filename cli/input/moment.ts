import { ProblemError } from '../../shared/contract/problem.js'
import { parseDuration } from './duration.js'

/**
 * A point in time as ISO 8601 in UTC: `7d` before now, a day (`2026-11-01`, from its first minute here) or a
 * whole time. Throws ProblemError `invalid_request` that names the option.
 */
export function parseMoment(text: string, option: string, now: number): string {
  const word = text.trim()
  if (/^\d+[smhdw]$/i.test(word)) {
    return new Date(now - parseDuration(word, option) * 1_000).toISOString()
  }
  // A day alone would be read as one of UTC.
  const local = /^\d{4}-\d{2}-\d{2}$/.test(word) ? `${word}T00:00` : word
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(local) ? new Date(local) : new Date(Number.NaN)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new ProblemError('invalid_request', `${option} takes no "${text}"`, {
    hint: 'A time ago such as 7d, a day such as 2026-11-01, or a time such as 2026-11-01T09:30.',
  })
}
