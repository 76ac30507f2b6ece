import { describe, expect, it } from 'vitest'
import { wordEndAfter, wordStartBefore } from './word-boundary.js'

function stopsLeft(text: string): number[] {
  const stops: number[] = []
  for (let at = text.length; at > 0; ) {
    at = wordStartBefore(text, at)
    stops.push(at)
  }
  return stops
}

function stopsRight(text: string): number[] {
  const stops: number[] = []
  for (let at = 0; at < text.length; ) {
    at = wordEndAfter(text, at)
    stops.push(at)
  }
  return stops
}

describe('words', () => {
  it('are left to their start and right to their end', () => {
    expect(stopsLeft("one, two_2\n  don't ")).toEqual([13, 5, 0])
    expect(stopsRight("one, two_2\n  don't ")).toEqual([3, 10, 18, 19])
  })

  it('are found in scripts without spaces', () => {
    expect(stopsLeft('你好世界')).toEqual([2, 0])
    expect(stopsRight('你好世界')).toEqual([2, 4])
  })

  it('are taken in pieces when they have no end, never inside a grapheme', () => {
    const long = 'a'.repeat(3_000)
    expect(stopsLeft(long)).toEqual([1_976, 952, 0])
    expect(stopsRight(long)).toEqual([1_024, 2_048, 3_000])
    expect(stopsLeft('😀'.repeat(1_000))).toEqual([976, 0])
    expect(stopsRight(`.${'😀'.repeat(600)}`)).toEqual([1_023, 1_201])
  })
})
