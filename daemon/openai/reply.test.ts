import { expect, test } from 'vitest'
import type { SseSink } from '../http/sse.js'
import type { Piece } from './pieces.js'
import { streamPieces } from './reply.js'

/** What a client would read; `open` counts the heads. */
function sinkOf() {
  const seen = { text: '', heads: 0, ends: 0 }
  const sink: SseSink = {
    signal: new AbortController().signal,
    open() {
      seen.heads += 1
    },
    async write(frames) {
      seen.text += String(frames)
    },
    end() {
      seen.ends += 1
    },
  }
  return { sink, seen }
}

const head = { id: 'chatcmpl-1', created: 1, model: 'm' }

async function* broken(...before: Piece[]): AsyncGenerator<Piece> {
  yield* before
  throw new Error('unexpected')
}

function run(pieces: AsyncIterable<Piece>) {
  const { sink, seen } = sinkOf()
  const errors: unknown[] = []
  const response = streamPieces(pieces, {
    ...{ sink, head, includeUsage: false, headPatienceMs: 60_000 },
    refuse: () => new Response(null, { status: 418 }),
    onError: (error) => errors.push(error),
  })
  return { seen, errors, response }
}

test('what breaks once the head is out is an error among the data, and the end', async () => {
  const { seen, errors, response } = run(broken({ type: 'text', text: 'Half' }))
  await response
  expect(seen).toMatchObject({ heads: 1, ends: 1 })
  expect(seen.text).toMatch(/"content":"Half"[^\n]*\n\ndata: \{"error":\{.*\n\ndata: \[DONE\]\n\n$/)
  expect(seen.text).not.toContain('unexpected')
  expect(errors).toHaveLength(1)
})

test('what breaks before is for the mapper of errors', async () => {
  const { seen, response } = run(broken())
  await expect(response).rejects.toThrow('unexpected')
  expect(seen).toEqual({ text: '', heads: 0, ends: 0 })
})
