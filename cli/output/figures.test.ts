import { describe, expect, it } from 'vitest'
import { formatBytes, formatClock, formatCount, formatElapsed, formatOrdinal } from './figures.js'

describe('formatCount', () => {
  it('keeps a count short', () => {
    const counts = [0, 640, 999, 1_000, 1_234, 12_345, 999_940, 999_960, 3_400_000]
    expect(counts.map(formatCount)).toEqual('0 640 999 1k 1.2k 12.3k 999.9k 1M 3.4M'.split(' '))
  })
})

describe('formatBytes', () => {
  it('keeps a size short, also where it is rounded up to the next unit', () => {
    const sizes = [0, 999, 1_000, 9_960, 34_567, 999_499, 999_500, 1_240_000, 999_600_000, 12e9]
    expect(sizes.map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '10 kB',
      '35 kB',
      '999 kB',
      '1.0 MB',
      '1.2 MB',
      '1.0 GB',
      '12 GB',
    ])
  })
})

describe('formatOrdinal', () => {
  it('gives a place in a row', () => {
    expect([1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111].map(formatOrdinal)).toEqual(
      '1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th'.split(' '),
    )
  })
})

describe('formatElapsed', () => {
  it('gives seconds with one decimal, then minutes', () => {
    expect([0, 3_149, 59_940, 59_960, 125_000, -5].map(formatElapsed)).toEqual([
      ...['0.0s', '3.1s', '59.9s', '1m 00s', '2m 05s', '0.0s'],
    ])
  })
})

describe('formatClock', () => {
  it('gives the local time of day', () => {
    expect(formatClock(new Date(2026, 0, 2, 4, 5).toISOString())).toBe('04:05')
  })

  it('gives nothing for what is no moment', () => {
    expect(formatClock('soon')).toBe('')
  })
})
