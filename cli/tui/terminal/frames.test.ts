import { describe, expect, it } from 'vitest'
import { createFrames } from './frames.js'

describe('createFrames', () => {
  it('draws once for all that is requested before the frame', () => {
    const { frames, tick, drawn } = setUp()
    frames.request('input')
    frames.request('stream')
    frames.request('input')
    expect(drawn()).toEqual([])
    tick(0)
    expect(drawn()).toEqual([0])
    tick(1_000)
    expect(drawn()).toEqual([0])
  })

  it('draws input at once, however short ago the last frame was', () => {
    const { frames, tick, drawn } = setUp()
    for (let n = 0; n < 3; n++) {
      frames.request('input')
      tick(5)
    }
    expect(drawn()).toEqual([0, 5, 10])
  })

  it('keeps 40 ms between the frames of a stream and of a clock', () => {
    const { frames, tick, drawn } = setUp()
    for (let n = 0; n < 20; n++) {
      frames.request(n % 2 === 0 ? 'stream' : 'clock')
      tick(5)
    }
    expect(drawn()).toEqual([0, 40, 80])
  })

  it('draws a waiting stream with the input that comes, and not again', () => {
    const { frames, tick, drawn, waiting } = setUp()
    frames.request('stream')
    tick(10)
    frames.request('stream')
    tick(10)
    frames.request('input')
    expect(waiting()).toBe(1)
    tick(100)
    expect(drawn()).toEqual([0, 20])
  })

  it('paces what is requested while it draws', () => {
    const { frames, tick, drawn, onDraw } = setUp()
    onDraw(() => frames.request('stream'))
    frames.request('stream')
    tick(0)
    tick(20)
    expect(drawn()).toEqual([0])
    tick(20)
    expect(drawn()).toEqual([0, 40])
  })

  it('has no timer when nothing is requested, and draws nothing once closed', () => {
    const { frames, tick, drawn, waiting } = setUp()
    frames.request('stream')
    tick(0)
    expect(waiting()).toBe(0)
    frames.request('stream')
    expect(waiting()).toBe(1)
    frames.close()
    expect(waiting()).toBe(0)
    frames.request('input')
    tick(100)
    expect(drawn()).toEqual([0])
  })

  it('runs on the timers of the process by itself', async () => {
    let count = 0
    const twice = new Promise<void>((resolve) => {
      const frames = createFrames({
        draw() {
          count++
          if (count === 1) frames.request('stream')
          else resolve()
        },
      })
      frames.request('input')
    })
    await twice
    expect(count).toBe(2)
  })
})

function setUp() {
  let time = 0
  let draw = () => {}
  const drawn: number[] = []
  const waiting = new Set<{ at: number; run: () => void }>()
  const later = (run: () => void, ms: number) => {
    const entry = { at: time + ms, run }
    waiting.add(entry)
    return () => void waiting.delete(entry)
  }
  const frames = createFrames({
    draw() {
      drawn.push(time)
      draw()
    },
    now: () => time,
    setTimer: later,
    setImmediate: (run) => later(run, 0),
  })
  return {
    frames,
    drawn: () => drawn,
    waiting: () => waiting.size,
    onDraw(run: () => void) {
      draw = run
    },
    /** Runs what is due now, then lets time pass. */
    tick(ms: number) {
      const end = time + ms
      for (;;) {
        const [next] = [...waiting].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        waiting.delete(next)
        time = Math.max(time, next.at)
        next.run()
      }
      time = end
    },
  }
}
