import { describe, expect, test } from 'vitest'
import { type Frame, readFrame } from '../../daemon/gateway/frames.js'
import { createSseReader, type SseEvent, SseTooLargeError } from '../../shared/sse.js'
import { times } from './support/many.js'
import { createRandom, type Random } from './support/random.js'
import { corpus, type SseStream } from './support/sse-corpus.js'

/*
 * Servers, proxies and TCP cut a stream where they like: any cutting of the same bytes must give the
 * same events, and so the same text.
 */

function read(chunks: readonly Uint8Array[], maxEventLength?: number): SseEvent[] {
  const reader = createSseReader(maxEventLength === undefined ? {} : { maxEventLength })
  const events: SseEvent[] = []
  for (const chunk of chunks) {
    const some = reader.push(chunk)
    if (some.length > 0) events.push(...some)
  }
  events.push(...reader.end())
  return events
}

/** toEqual costs more than the reading. */
function isSame(events: readonly SseEvent[], expected: readonly SseEvent[]): boolean {
  if (events.length !== expected.length) return false
  return events.every((event, index) => {
    const other = expected[index]
    return event.data === other?.data && event.event === other.event && event.id === other.id
  })
}

function expectCut({ name, bytes, events }: SseStream, cuts: readonly number[]): void {
  const chunks = [...cuts, bytes.length].map((end, index) =>
    bytes.subarray(cuts[index - 1] ?? 0, end),
  )
  const found = read(chunks)
  if (!isSame(found, events)) expect(found, `${name}, cut at ${cuts}`).toEqual(events)
}

test('the corpus is as large as it claims to be', () => {
  const frames = corpus.reduce((sum, { events }) => sum + events.length, 0)
  const pairs = corpus.reduce((sum, { bytes }) => sum + pairsOf(bytes), 0)
  expect(frames).toBeGreaterThanOrEqual(200)
  expect(pairs).toBeGreaterThan(200_000)
})

const pairsOf = ({ length }: Uint8Array): number => ((length + 1) * (length + 2)) / 2

describe('every pair of points where a stream can be cut', () => {
  test.each(corpus.map((stream) => [stream.name, stream] as const))('%s', (_name, stream) => {
    // A pair of the same point is a single cut, and an empty read.
    for (let first = 0; first <= stream.bytes.length; first++) {
      for (let second = first; second <= stream.bytes.length; second++) {
        expectCut(stream, [first, second])
      }
    }
  })
})

test.each(corpus.map((stream) => [stream.name, stream] as const))(
  'reads of every size: %s',
  (_name, stream) => {
    const { length } = stream.bytes
    for (let size = 1; size <= length; size++) {
      const cuts = Array.from({ length: Math.ceil(length / size) - 1 }, (_, n) => (n + 1) * size)
      expectCut(stream, cuts)
    }
  },
)

test('what the events say is the same at every cut, down to the text', () => {
  const framesOf = (events: readonly SseEvent[]): Frame[] => events.map(readFrame)
  for (const { bytes, events } of corpus.filter(({ name }) => name.startsWith('LiteLLM'))) {
    const expected = JSON.stringify(framesOf(events))
    for (let at = 0; at <= bytes.length; at++) {
      const found = framesOf(read([bytes.subarray(0, at), bytes.subarray(at)]))
      expect(JSON.stringify(found)).toBe(expected)
    }
  }
  const texts = corpus.flatMap(({ events }) => framesOf(events)).flatMap(textOf)
  expect(texts).toEqual(expect.arrayContaining(['He', 'llo 👋', 'Hel']))
})

const textOf = (frame: Frame): string[] =>
  frame.kind === 'chunk' && frame.text !== '' ? [frame.text] : []

describe('the limit of an event', () => {
  const limit = 40
  const small = 'data: before\n\n'
  // The longest line, then several lines, then multibyte characters, which count as UTF-16 units.
  const largest = [
    `data: ${'x'.repeat(34)}\n\n`,
    `data: ${'x'.repeat(10)}\nid: 1234\ndata: ${'y'.repeat(10)}\n\n`,
    `data: ${'😀'.repeat(17)}\n\n`,
  ]

  const outcome = (chunks: readonly Uint8Array[]): { events: SseEvent[]; refused: boolean } => {
    const reader = createSseReader({ maxEventLength: limit })
    const events: SseEvent[] = []
    try {
      for (const chunk of chunks) events.push(...reader.push(chunk))
      events.push(...reader.end())
      return { events, refused: false }
    } catch (error) {
      expect(error).toBeInstanceOf(SseTooLargeError)
      // Once and for all.
      expect(() => reader.push(Buffer.from('data: more\n\n'))).toThrow(SseTooLargeError)
      return { events, refused: true }
    }
  }

  test.each(largest)('%j is just taken, and one unit more is refused, at every cut', (text) => {
    const taken = Buffer.from(small + text)
    const refused = Buffer.from(small + text.replace('data: ', 'data: +'))
    for (let at = 0; at <= taken.length; at++) {
      const { events } = outcome([taken.subarray(0, at), taken.subarray(at)])
      expect(events.length, `cut at ${at}`).toBe(2)
    }
    for (let at = 0; at <= refused.length; at++) {
      // Refused on the call after the one that met it, so that what came before it is out.
      expect(outcome([refused.subarray(0, at), refused.subarray(at)]), `cut at ${at}`).toEqual({
        events: [{ data: 'before' }],
        refused: true,
      })
    }
  })
})

const special = ['data:', 'data: ', 'event:', 'id: ', ':', '\n', '\r', '\r\n', '\n\n', '\ufeff']

function randomStream(random: Random): Buffer {
  const pieces = Array.from({ length: random.between(1, 24) }, () => {
    const which = random.next()
    if (which < 0.6) return Buffer.from(random.oneOf(special))
    if (which < 0.8) return Buffer.from(String.fromCodePoint(random.between(0, 0xd800)))
    if (which < 0.9) return Buffer.from(String.fromCodePoint(random.between(0x10000, 0x110000)))
    return Buffer.from([random.between(0, 256)])
  })
  return Buffer.concat(pieces)
}

test('random bytes in random pieces', () => {
  const random = createRandom()
  for (let left = times(50_000, 10_000_000); left > 0; left--) {
    const known = random.next() < 0.3
    const stream = known ? random.oneOf(corpus) : undefined
    const bytes = stream?.bytes ?? randomStream(random)
    const events = stream?.events ?? read([bytes])
    const cuts = Array.from({ length: random.between(0, 8) }, () =>
      random.between(0, bytes.length + 1),
    ).sort((a, b) => a - b)
    const name = `seed ${random.seed}, ${bytes.toString('hex')}`
    expectCut({ name, bytes, events }, cuts)
  }
})
