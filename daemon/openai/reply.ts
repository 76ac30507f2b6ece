import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context } from 'hono'
import type { Completion } from '../../shared/contract/openai.js'
import { type Problem, ProblemError } from '../../shared/contract/problem.js'
import type { AppEnv } from '../http/env.js'
import { toOpenAiError } from '../http/openai-error.js'
import type { SseSink } from '../http/sse.js'
import { done } from '../turns/frames.js'
import type { Piece } from './pieces.js'
import { completionOf, createChunks, frame, type Head } from './shapes.js'

/** The whole answer at once, or why there is none: half of one is none. */
export async function wholeOf(
  pieces: AsyncIterable<Piece>,
  head: Head,
): Promise<{ completion: Completion } | { problem: Problem }> {
  let text = ''
  let reasoning = ''
  let { model } = head
  for await (const piece of pieces) {
    if (piece.type === 'model') model = piece.name
    if (piece.type === 'text') text += piece.text
    if (piece.type === 'reasoning') reasoning += piece.text
    if (piece.type === 'error') return { problem: piece.problem }
    if (piece.type === 'end')
      return { completion: completionOf({ ...head, model }, { text, reasoning, ...piece }) }
  }
  throw new Error('a completion has an end')
}

export interface StreamOptions {
  sink: SseSink
  head: Head
  includeUsage: boolean
  /** The head waits so long for the first text, so that a failure before it is a status, ms. */
  headPatienceMs: number
  /** A failure before the head was sent. */
  refuse(problem: Problem): Response
  /** What nobody expected, once the head is out. */
  onError(error: unknown): void
}

/** Chunks, comments and `[DONE]`, and nothing else: OpenAI's clients choke on named events. */
export async function streamPieces(
  pieces: AsyncIterable<Piece>,
  options: StreamOptions,
): Promise<Response> {
  const { sink } = options
  const head = { ...options.head }
  const chunks = createChunks(head, options.includeUsage)
  let isOpen = false
  const open = (): string => {
    if (isOpen) return ''
    isOpen = true
    sink.open()
    return chunks.first()
  }
  const patience = setTimeout(() => void sink.write(open()), options.headPatienceMs)
  try {
    for await (const piece of pieces) {
      if (piece.type === 'model' && !isOpen) head.model = piece.name
      if (piece.type === 'reasoning') await sink.write(open() + chunks.reasoning(piece.text))
      if (piece.type === 'text') await sink.write(open() + chunks.text(piece.text))
      if (piece.type === 'end') await sink.write(open() + chunks.end(piece.finish, piece.usage))
      if (piece.type !== 'error') continue
      if (!isOpen) return options.refuse(piece.problem)
      await sink.write(frame(toOpenAiError(piece.problem)))
    }
    await sink.write(open() + done)
  } catch (error) {
    if (!isOpen) throw error
    options.onError(error)
    const problem = new ProblemError('internal').toProblem()
    await sink.write(frame(toOpenAiError(problem)) + done)
  } finally {
    clearTimeout(patience)
    if (isOpen) sink.end()
  }
  return RESPONSE_ALREADY_SENT
}

/** OpenAI's clients try again by themselves what has failed; what a turn was made for must not be asked twice. */
export function dontRetry(c: Context<AppEnv>): void {
  c.header('X-Should-Retry', 'false')
}
