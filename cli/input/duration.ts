import { ProblemError } from '../../shared/contract/problem.js'

const units: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 7 * 86_400,
}

/** `30d` as seconds. Throws ProblemError `invalid_request` that names the option. */
export function parseDuration(text: string, option: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/i.exec(text.trim()) ?? []
  const seconds = Number(count) * (units[unit.toLowerCase()] ?? Number.NaN)
  if (seconds > 0) return seconds
  throw new ProblemError('invalid_request', `${option} takes a time such as 30d, not "${text}"`, {
    hint: 'A number and s, m, h, d or w: seconds, minutes, hours, days, weeks.',
  })
}
