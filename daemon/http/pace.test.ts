import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPieceCount, received } from './pace.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const pace = { windowMs: 1_000, least: 100 }

/** A body that is read by `received`, and what came of it. */
function reading() {
  const body = new Readable({ read: () => undefined })
  const chunks = received(body as IncomingMessage, pace)
  return { body, next: () => chunks.next() }
}

test('who sends enough in each window may go on for as long as it takes', async () => {
  const { body, next } = reading()
  for (let n = 0; n < 20; n++) {
    const coming = next()
    await vi.advanceTimersByTimeAsync(400)
    body.push('x'.repeat(60))
    expect((await coming).value).toHaveLength(60)
  }
})

test('what the daemon takes for itself is not counted', async () => {
  const { body, next } = reading()
  for (let n = 0; n < 5; n++) {
    body.push('x')
    expect((await next()).value).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(60_000)
  }
})

test.each([
  ['nothing', 0],
  ['a little', 9],
])('who sends %s in a window is too slow', async (_, bytes) => {
  const { body, next } = reading()
  const refused = (async () => {
    for (;;) await next()
  })()
  const told = expect(refused).rejects.toMatchObject({
    code: 'too_slow',
    message: `only ${bytes * 9} bytes came in 1 s`,
  })
  for (let n = 0; n < 10; n++) {
    await vi.advanceTimersByTimeAsync(100)
    if (bytes > 0) body.push('x'.repeat(bytes))
  }
  await told
})

test('many pieces are refused where they are tiny, and not where few are', () => {
  const fine = createPieceCount()
  for (let n = 0; n < 1_000_000; n++) fine(64)
  const some = createPieceCount()
  for (let n = 0; n < 100_000; n++) some(1)
  expect(() => some(1)).not.toThrow()
  expect(() => {
    for (let n = 0; n < 2_000; n++) some(1)
  }).toThrow(/pieces of a few bytes/)
})
