import { expect, test } from 'vitest'
import { createPipeEdges, packetsOf } from './whole-frames.js'

const every = 64

/** What a reader gets that is handed the body in pieces of `every` bytes, and keeps no halves. */
function readInPieces(body: string): string[] {
  const bytes = Buffer.from(body)
  const frames: string[] = []
  for (let at = 0; at < bytes.length; at += every) {
    const piece = bytes.subarray(at, at + every).toString()
    for (const line of piece.split('\n')) {
      // Only a whole one ends in its mark.
      if (/^data: .*\.$/.test(line)) frames.push(line)
    }
  }
  return frames
}

test('no frame lies across an edge, however long frames and writes are', () => {
  for (let length = 1; length <= every - 9; length++) {
    for (const perWrite of [1, 2, 7]) {
      const frames = Array.from(
        { length: 40 },
        (_, nth) => `data: ${'é'.repeat((nth * length) % 20)}${'x'.repeat(length % 15)}.`,
      )
      const edges = createPipeEdges(every)
      let body = ''
      for (let at = 0; at < frames.length; at += perWrite) {
        const write = frames.slice(at, at + perWrite).map((frame) => `${frame}\n\n`)
        body += edges(write.join(''))
      }
      expect(readInPieces(body)).toEqual(frames)
      // Gaps, and nothing else, were added.
      expect(body.replace(/^: *\n\n/gm, '')).toBe(frames.map((frame) => `${frame}\n\n`).join(''))
    }
  }
})

test('what is far from an edge is left as it is', () => {
  const edges = createPipeEdges()
  const frames = 'event: x\ndata: {}\n\n: hb\n\ndata: [DONE]\n\n'
  expect(edges(frames)).toBe(frames)
})

test('a frame that no gap can help is sent all the same', () => {
  const frame = `data: ${'x'.repeat(3 * every)}\n\n`
  expect(createPipeEdges(every)(frame)).toBe(frame)
})

test('packets hold whole frames, as many as fit', () => {
  const frames = Array.from({ length: 40 }, (_, nth) => `data: ${'é'.repeat((nth * 37) % 600)}\n\n`)
  const packets = packetsOf(frames.join(''))
  expect(packets.join('')).toBe(frames.join(''))
  for (const [at, packet] of packets.entries()) {
    expect(Buffer.byteLength(packet)).toBeLessThanOrEqual(1_300)
    expect(packet.endsWith('\n\n')).toBe(true)
    const [next = ''] = packets[at + 1]?.match(/^.*\n\n/) ?? []
    if (next !== '') expect(Buffer.byteLength(packet + next)).toBeGreaterThan(1_300)
  }
})

test('what is larger than a packet goes alone, and what is no frame goes last', () => {
  const large = `data: ${'x'.repeat(2_000)}\n\n`
  expect(packetsOf(`: hb\n\n${large}data: [DONE]`)).toEqual([': hb\n\n', large, 'data: [DONE]'])
  expect(packetsOf('')).toEqual([])
})
