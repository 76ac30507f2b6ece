import { array, assert, constantFrom, integer, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredEvent } from '../store/turns.js'
import { toFrames } from './frames.js'
import { createRecorder, cut, TurnLost } from './recorder.js'
import { createSpool } from './spool.js'

/** A writer that answers when the test says so. */
function gatedWriter() {
  const batches: { events: readonly StoredEvent[]; commit(alive: boolean): void; fail(): void }[] =
    []
  const append = (events: readonly StoredEvent[]): Promise<boolean> =>
    new Promise((resolve, reject) => {
      batches.push({ events, commit: resolve, fail: () => reject(new Error('gone')) })
    })
  const next = async () => {
    while (batches.length === 0) await new Promise((resolve) => setImmediate(resolve))
    return batches.shift()!
  }
  return { append, next }
}

const failures: Error[] = []
const make = (
  append: (events: readonly StoredEvent[]) => Promise<boolean>,
  spool = createSpool(),
) =>
  createRecorder({ lastEvent: 1, append, onFailure: (error) => void failures.push(error), spool })

describe('a recorder', () => {
  test('joins neighbours of a kind and numbers without a gap, one batch at a time', async () => {
    const writer = gatedWriter()
    const recorder = make(writer.append)
    recorder.text('reasoning', 'm', 'Hm')
    recorder.text('reasoning', 'm', '.')
    recorder.text('delta', 'm', 'a')
    recorder.text('delta', 'm', '')
    recorder.text('delta', 'm', 'b')
    recorder.text('delta', 'other', 'c')
    const first = await writer.next()
    expect(first.events.map(({ n, event, data }) => [n, event, data])).toEqual([
      [2, 'reasoning', 'Hm.'],
      [3, 'delta', 'ab'],
      [4, 'delta', 'c'],
    ])
    recorder.text('delta', 'other', 'd')
    recorder.json('usage', { n: 1 })
    expect(recorder.last).toBe(1)
    first.commit(true)
    const second = await writer.next()
    expect(recorder.last).toBe(4)
    expect(second.events.map(({ n, event, data }) => [n, event, data])).toEqual([
      [5, 'delta', 'd'],
      [6, 'usage', '{"n":1}'],
    ])
    second.commit(true)
    await recorder.drained()
    expect(recorder.last).toBe(6)
  })

  test('cuts long text into rows of at most 16 KiB, never inside a character', async () => {
    const writer = gatedWriter()
    const recorder = make(writer.append)
    const text = `x${'👩‍🚀é漢'.repeat(5_000)}`
    recorder.text('delta', 'm', text)
    const { events, commit } = await writer.next()
    expect(events.map(({ data }) => data).join('')).toBe(text)
    for (const { data } of events) {
      expect(Buffer.byteLength(data)).toBeLessThanOrEqual(16 * 1024)
      expect(data.isWellFormed()).toBe(true)
    }
    commit(true)
    await recorder.drained()
  })

  test('makes the producer wait while much is unwritten', async () => {
    const writer = gatedWriter()
    const recorder = make(writer.append)
    await recorder.ready()
    recorder.text('delta', 'm', 'x')
    const first = await writer.next()
    recorder.text('delta', 'm', 'x'.repeat(1024 * 1024 + 1))
    let ready = false
    const waiting = recorder.ready().then(() => {
      ready = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(ready).toBe(false)
    first.commit(true)
    const second = await writer.next()
    second.commit(true)
    await waiting
  })

  test('waits, too, while all turns together hold much, for what is its own', async () => {
    const spool = createSpool(10)
    const [mine, other] = [gatedWriter(), gatedWriter()]
    const recorder = make(mine.append, spool)
    make(other.append, spool).text('delta', 'm', '0123456789')
    // It holds nothing itself, so that there is nothing to wait for.
    await recorder.ready()
    recorder.text('delta', 'm', 'x')
    let ready = false
    const waiting = recorder.ready().then(() => {
      ready = true
    })
    const { commit } = await mine.next()
    expect(ready).toBe(false)
    commit(true)
    await waiting
    expect(spool.isFull).toBe(true)
    ;(await other.next()).commit(true)
    await new Promise((resolve) => setImmediate(resolve))
    expect(spool.isFull).toBe(false)
  })

  test('gives away what was refused and what came after it, numbered on, and holds nothing', async () => {
    const spool = createSpool(1)
    const writer = gatedWriter()
    const recorder = make(writer.append, spool)
    recorder.text('delta', 'm', 'a')
    const { fail } = await writer.next()
    recorder.text('delta', 'm', 'b')
    recorder.json('usage', { n: 1 })
    fail()
    await expect(recorder.drained()).rejects.toThrow('gone')
    expect(spool.isFull).toBe(true)
    const left = recorder.leave()
    expect(left.map(({ n, event, data }) => [n, event, data])).toEqual([
      [2, 'delta', 'a'],
      [3, 'delta', 'b'],
      [4, 'usage', '{"n":1}'],
    ])
    expect(spool.isFull).toBe(false)
    expect(recorder.leave()).toEqual([])
  })

  test('so does one whose end could not be committed', async () => {
    const writer = gatedWriter()
    const recorder = make(writer.append)
    recorder.text('delta', 'm', 'a')
    await expect(recorder.settle(() => Promise.reject(new Error('away')))).rejects.toThrow('away')
    expect(recorder.leave()).toMatchObject([{ n: 2, data: 'a' }])
  })

  test.each([
    ['the turn is somebody else’s', (one: { commit(alive: boolean): void }) => one.commit(false)],
    ['the writer gave up', (one: { fail(): void }) => one.fail()],
  ])('fails for good when %s', async (why, end) => {
    const writer = gatedWriter()
    const recorder = make(writer.append)
    recorder.text('delta', 'm', 'a')
    end(await writer.next())
    const lost = why.startsWith('the turn') ? TurnLost : Error
    await expect(recorder.drained()).rejects.toBeInstanceOf(lost)
    await expect(recorder.ready()).rejects.toBeInstanceOf(lost)
    expect(failures.at(-1)).toBeInstanceOf(lost)
    recorder.text('delta', 'm', 'b')
    await expect(recorder.drained()).rejects.toThrow()
  })
})

test('pieces of a text are whole characters, within the limit, and the text again', () => {
  void assert(
    property(
      string({ unit: 'grapheme', maxLength: 300 }),
      integer({ min: 4, max: 60 }),
      (text, max) => {
        const pieces = cut(text, max)
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(max)
          expect(piece.isWellFormed()).toBe(true)
        }
      },
    ),
  )
})

test('frames for the original client stay within their size whatever has to be quoted', () => {
  const hard = constantFrom('"', '\\', '\n', '\u0001', '\u001b', 'é', '漢', '👩', '\u2028', 'a')
  void assert(
    property(array(hard, { minLength: 500, maxLength: 3_000 }), (parts) => {
      const data = parts.join('')
      const event = { n: 7, event: 'delta', data, message_id: null }
      const frames = toFrames('t'.repeat(36), event, 1_000).split('\n\n').slice(0, -1)
      const texts = frames.map((frame) => {
        expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(1_200)
        return JSON.parse(frame.split('data: ')[1]!).choices[0].delta.content
      })
      expect(texts.join('')).toBe(data)
      expect(frames.map((frame) => frame.startsWith('id: '))).toEqual(
        frames.map((_, index) => index === frames.length - 1),
      )
    }),
    { numRuns: 40 },
  )
})
