import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseReader, type SseEvent, SseTooLargeError } from './sse.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function read(chunks: Iterable<Uint8Array>): SseEvent[] {
  const reader = createSseReader()
  const events: SseEvent[] = []
  for (const chunk of chunks) events.push(...reader.push(chunk))
  return [...events, ...reader.end()]
}

const cases: readonly (readonly [name: string, text: string, events: readonly SseEvent[]])[] = [
  ['one event', 'data: a\n\n', [{ data: 'a' }]],
  ['no space after the colon', 'data:a\n\n', [{ data: 'a' }]],
  ['only one space is taken', 'data:  a \n\n', [{ data: ' a ' }]],
  ['several data lines', 'data: a\ndata\ndata: b\n\n', [{ data: 'a\n\nb' }]],
  ['empty data', 'data:\n\n', [{ data: '' }]],
  [
    'name and id',
    'id: t:1\nevent: phase\ndata: {}\n\n',
    [{ event: 'phase', id: 't:1', data: '{}' }],
  ],
  [
    'the id stays with its event',
    'id: 1\ndata: a\n\ndata: b\n\n',
    [{ data: 'a', id: '1' }, { data: 'b' }],
  ],
  [
    'CRLF',
    'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n',
    [{ event: 'x', data: 'a' }, { data: 'b' }],
  ],
  ['CR', 'data: a\r\rdata: b\r\r', [{ data: 'a' }, { data: 'b' }]],
  [
    'mixed line ends',
    'data: a\r\n\ndata: b\n\r\ndata: c\r\r\n',
    [{ data: 'a' }, { data: 'b' }, { data: 'c' }],
  ],
  ['BOM', '\uFEFFdata: a\n\n', [{ data: 'a' }]],
  ['a comment inside an event', 'data: a\n: ping\ndata: b\n\n', [{ data: 'a\nb' }]],
  ['unknown fields', 'retry: 10\nfoo: bar\ndata: a\ndatax: b\n\n', [{ data: 'a' }]],
  ['no data, no event', 'event: x\n\n: c\n\n\n\n', []],
  ['a last event without its blank line', 'data: a\n\ndata: b\n', [{ data: 'a' }, { data: 'b' }]],
  ['a last line without its end', 'data: a\n\ndata: b', [{ data: 'a' }, { data: 'b' }]],
  ['an id with NUL is dropped', 'id: a\0b\ndata: x\n\n', [{ data: 'x' }]],
  ['beyond ASCII', 'data: grüße 你好 👩‍🚀\n\n', [{ data: 'grüße 你好 👩‍🚀' }]],
]

describe('createSseReader', () => {
  it.each(cases)('%s', (_name, text, events) => {
    expect(read([bytes(text)])).toEqual(events)
  })

  it.each(cases)('%s, a byte at a time and at every split', (_name, text, events) => {
    const all = bytes(text)
    expect(read(Array.from(all, (byte) => Uint8Array.of(byte)))).toEqual(events)
    for (let at = 0; at <= all.length; at++) {
      expect(read([all.subarray(0, at), all.subarray(at)])).toEqual(events)
    }
  })

  it('gives the same events for any split of any bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'data:',
        'data: ',
        'event: ',
        'id: ',
        ':',
        '\n',
        '\r',
        '\r\n',
        '\n\n',
        '\uFEFF',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    )
    const raw = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((parts) => bytes(parts.join(''))),
      fc.uint8Array({ maxLength: 60 }),
    )
    fc.assert(
      fc.property(raw, fc.array(fc.nat(200), { maxLength: 12 }), (all, cuts) => {
        const ends = [...cuts.map((cut) => cut % (all.length + 1)), all.length].sort(
          (a, b) => a - b,
        )
        const chunks = ends.map((end, i) => all.subarray(ends[i - 1] ?? 0, end))
        expect(read(chunks)).toEqual(read([all]))
      }),
      { numRuns: 2_000 },
    )
  })

  it('counts comments', () => {
    let comments = 0
    const reader = createSseReader({ onComment: () => void comments++ })
    for (const byte of bytes(': ping\n\ndata: :x\n\n:\r\n')) reader.push(Uint8Array.of(byte))
    expect(comments).toBe(2)
  })

  it('takes an event as large as the limit and refuses one that is larger', () => {
    const reader = createSseReader({ maxEventLength: 10 })
    expect(reader.push(bytes('data: 1234\n\ndata: 12345'))).toEqual([{ data: '1234' }])
    expect(() => reader.push(bytes('x'))).toThrow(SseTooLargeError)
    expect(() => reader.end()).toThrow(SseTooLargeError)
  })

  it('counts all lines of an event together, without comments', () => {
    const reader = createSseReader({ maxEventLength: 14 })
    expect(reader.push(bytes(': a long comment\ndata: 1\n'.slice(10)))).toEqual([])
    expect(() => reader.push(bytes('data: 2\ndata: 3\n'))).toThrow(SseTooLargeError)
  })

  it('is linear over one-byte chunks of a large event', () => {
    const size = 2_000_000
    const reader = createSseReader()
    for (const byte of bytes(`data: ${'x'.repeat(size)}\n`)) reader.push(Uint8Array.of(byte))
    expect(reader.end()[0]?.data.length).toBe(size)
  })
})
