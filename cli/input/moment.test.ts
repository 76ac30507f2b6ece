import { expect, test } from 'vitest'
import { parseMoment } from './moment.js'

const now = Date.parse('2026-11-29T12:00:00Z')

test.each([
  ['7d', '2026-11-22T12:00:00.000Z'],
  [' 90m ', '2026-11-29T10:30:00.000Z'],
  ['2026-11-01', new Date(2026, 10, 1).toISOString()],
  ['2026-11-01T09:30', new Date(2026, 10, 1, 9, 30).toISOString()],
  ['2026-11-01T09:30:15Z', '2026-11-01T09:30:15.000Z'],
  ['2026-11-01T09:30:00+02:00', '2026-11-01T07:30:00.000Z'],
])('%s', (text, moment) => {
  expect(parseMoment(text, '--since', now)).toBe(moment)
})

test.each(['', 'yesterday', '7', '2026', '2026-13-01', '2026-11-01T99:00', '-1d', '01/02/2026'])(
  '"%s" is refused with the option',
  (text) => {
    expect(() => parseMoment(text, '--since', now)).toThrow(`--since takes no "${text}"`)
  },
)
