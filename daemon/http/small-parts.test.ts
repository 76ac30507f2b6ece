import { EventEmitter } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { watchIdle } from '../idle.js'
import { createTokenBucket } from './token-bucket.js'

test('a bucket lets its minute through at once and refills evenly', () => {
  let now = 0
  const bucket = createTokenBucket({ perMinute: 3, now: () => now })
  const takes = (count: number) => Array.from({ length: count }, () => bucket.take())
  expect(takes(4)).toEqual([true, true, true, false])
  now += 20_000
  expect(takes(2)).toEqual([true, false])
  now += 600_000
  expect(takes(4)).toEqual([true, true, true, false])
})

describe('an idle daemon', () => {
  test('ends after its minutes without a request and without a turn', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const ended = new EventEmitter()
    let idle = 0
    ended.on('idle', () => idle++)
    let turns = 0
    const watch = watchIdle({
      minutes: 1,
      liveTurns: () => turns,
      onIdle: () => ended.emit('idle'),
    })
    watch.activity(1)
    vi.advanceTimersByTime(300_000)
    watch.activity(-1)
    turns = 1
    vi.advanceTimersByTime(300_000)
    turns = 0
    vi.advanceTimersByTime(58_000)
    watch.activity(1)
    watch.activity(-1)
    vi.advanceTimersByTime(58_000)
    expect(idle).toBe(0)
    vi.advanceTimersByTime(3_000)
    expect(idle).toBe(1)
    vi.advanceTimersByTime(300_000)
    expect(idle).toBe(1)
    vi.useRealTimers()
  })

  test('never ends with 0 minutes', () => {
    vi.useFakeTimers()
    const onIdle = vi.fn()
    watchIdle({ minutes: 0, liveTurns: () => 0, onIdle })
    vi.advanceTimersByTime(1e9)
    expect(onIdle).not.toHaveBeenCalled()
    vi.useRealTimers()
  })
})
