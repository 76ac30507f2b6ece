import { Context } from 'hono'
import { expect, test } from 'vitest'
import { serve } from '../../test/support/serve.js'
import type { AppEnv } from '../http/env.js'
import { createSseSink } from '../http/sse.js'
import type { Piece } from './pieces.js'
import { streamPieces } from './reply.js'

async function* broken(...before: Piece[]): AsyncGenerator<Piece> {
  yield* before
  throw new Error('unexpected')
}

/** Streams them to a reader on a real socket. What is thrown becomes a bare 500. */
async function answerOf(pieces: AsyncIterable<Piece>) {
  const errors: unknown[] = []
  const { url } = await serve(async (incoming, outgoing) => {
    const env = { incoming, outgoing, transport: 'tcp' as const }
    const context = new Context<AppEnv>(new Request('http://c2a/'), { env })
    const answer = streamPieces(pieces, {
      sink: createSseSink(context, { heartbeatMs: 60_000, stalledMs: 60_000 }),
      head: { id: 'chatcmpl-1', created: 1, model: 'm' },
      includeUsage: false,
      headPatienceMs: 60_000,
      refuse: () => new Response(null, { status: 418 }),
      onError: (error) => errors.push(error),
    })
    await answer.catch((error: unknown) => outgoing.writeHead(500).end(String(error)))
  })
  const response = await fetch(url)
  return { status: response.status, text: await response.text(), errors }
}

test('what breaks once the head is out is an error among the data, and the end', async () => {
  const { status, text, errors } = await answerOf(broken({ type: 'text', text: 'Half' }))
  expect(status).toBe(200)
  expect(text).toMatch(/"content":"Half"[^\n]*\n\ndata: \{"error":\{.*\n\ndata: \[DONE\]\n\n$/)
  expect(text).not.toContain('unexpected')
  expect(errors).toHaveLength(1)
})

test('what breaks before is for the mapper of errors', async () => {
  const { status, text, errors } = await answerOf(broken())
  expect([status, text, errors]).toEqual([500, 'Error: unexpected', []])
})
