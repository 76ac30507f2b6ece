import type { Dispatcher } from 'undici'
import { createSseReader, SseTooLargeError } from '../../shared/sse.js'
import { createGrowingBytes } from '../growing-bytes.js'
import { type ErrorContext, errorFromFrame, errorFromThrown, gatewayError } from './errors.js'
import { type Chunk, type Frame, readFrame } from './frames.js'
import type { FinishReason, GatewayError, GatewayEvent, Usage } from './types.js'
import { seconds, type Watch } from './watch.js'

export interface ReadOptions {
  context: ErrorContext
  /** The model that was asked for. */
  model: string
  tokenIdleMs: number
  /** US dollars of a usage, where the catalogue knows the model's prices. */
  cost(model: string, usage: Usage): number | undefined
}

/** After the finish only usage and the end can follow; a server that sends neither is not waited for. */
const afterFinishMs = 5_000

/** A whole answer is held at once, as an event of a stream is: bytes. */
const mostWhole = 8 * 1024 * 1024

interface Progress {
  text: boolean
  reasoning: boolean
  toolCall: boolean
  finish?: FinishReason
  /** `[DONE]` was seen. */
  ended: boolean
  model: string
  usage?: Usage
}

/** A completion's answer: what its head says, and its body as it comes. */
interface Answer {
  headers: Dispatcher.ResponseData['headers']
  pieces: AsyncIterable<Uint8Array>
}

/** Reads a completion's body to its one terminal event. Never throws. */
export async function* readAnswer(
  answer: Answer,
  watch: Watch,
  options: ReadOptions,
): AsyncGenerator<GatewayEvent> {
  const { context, tokenIdleMs } = options
  const idleMessage = `no more text for ${seconds(tokenIdleMs)}`
  const progress: Progress = {
    text: false,
    reasoning: false,
    toolCall: false,
    ended: false,
    model: options.model,
  }
  let failure: GatewayError | undefined
  try {
    reading: for await (const frames of readFrames(answer)) {
      const token = frames.some(isToken)
      if (token) watch.pause()
      for (const frame of frames) {
        if (frame.kind === 'end') progress.ended = true
        if (frame.kind === 'error') failure = errorFromFrame(frame.payload, context)
        if (frame.kind !== 'chunk') break reading
        yield* take(frame, progress)
        if (watch.signal.aborted) break reading
      }
      if (progress.finish) {
        watch.expect('idle_timeout', Math.min(tokenIdleMs, afterFinishMs), idleMessage)
      } else if (token) watch.expect('idle_timeout', tokenIdleMs, idleMessage)
    }
  } catch (thrown) {
    failure =
      thrown instanceof SseTooLargeError
        ? gatewayError('protocol', thrown.message, context)
        : errorFromThrown(thrown, 'stream', context)
  }
  const interrupted = watch.interruption()
  if (interrupted) failure = gatewayError(interrupted.code, interrupted.message, context)
  const { usage } = progress
  if (usage) {
    yield { type: 'usage', usage: { ...usage, ...costOf(usage, progress, options) } }
  }
  yield conclude(progress, failure, context)
}

/** What the gateway says it costs, else what the prices of the model that answered, or was asked, say. */
function costOf(
  usage: Usage,
  progress: Progress,
  options: ReadOptions,
): Pick<Usage, 'cost_usd' | 'cost_estimated'> {
  if (usage.cost_usd !== undefined) return {}
  const cost = options.cost(progress.model, usage) ?? options.cost(options.model, usage)
  return cost === undefined ? {} : { cost_usd: cost, cost_estimated: true }
}

function* take(chunk: Chunk, progress: Progress): Generator<GatewayEvent> {
  if (chunk.model && chunk.model !== progress.model) {
    progress.model = chunk.model
    yield { type: 'model', name: chunk.model }
  }
  if (chunk.finish) progress.finish = chunk.finish
  if (chunk.usage) progress.usage = chunk.usage
  if (chunk.toolCall) progress.toolCall = true
  if (chunk.reasoning !== '') {
    progress.reasoning = true
    yield { type: 'reasoning', text: chunk.reasoning }
  }
  if (chunk.text !== '') {
    progress.text = true
    yield { type: 'text', text: chunk.text }
  }
}

const isToken = (frame: Frame): boolean =>
  frame.kind === 'chunk' && (frame.text !== '' || frame.reasoning !== '' || frame.toolCall)

/** The one terminal event: an answer is whole once its finish was seen, whatever broke afterwards. */
function conclude(
  { text, reasoning, toolCall, finish, ended }: Progress,
  failure: GatewayError | undefined,
  context: ErrorContext,
): GatewayEvent {
  const error = (one: GatewayError): GatewayEvent => ({ type: 'error', error: one, partial: text })
  if (failure && (!finish || failure.code === 'cancelled')) return error(failure)
  if (finish === 'content_filter' && !text) {
    return error(
      gatewayError('content_policy', 'the answer was blocked by a content policy', context),
    )
  }
  // A tool was never offered, so a call of one is no answer either.
  if (!text) {
    const hint = finish === 'length' ? { hint: shortHint } : {}
    return error(
      gatewayError('empty_answer', emptyMessage({ finish, reasoning, toolCall }), context, hint),
    )
  }
  if (finish) return { type: 'done', finish, complete: true }
  if (ended) return { type: 'done', finish: 'unknown', complete: false }
  return error(gatewayError('stream_truncated', 'the stream ended before the answer did', context))
}

/** Nothing is gained by trying the same again. */
const shortHint = 'Ask for less reasoning, or raise max_tokens where it is set.'

function emptyMessage({
  finish,
  reasoning,
  toolCall,
}: Pick<Progress, 'reasoning' | 'toolCall'> & { finish: FinishReason | undefined }): string {
  if (finish === 'length') return 'the token limit was reached before the answer began'
  if (toolCall) return 'the model called a tool instead of answering'
  return reasoning ? 'the model reasoned but gave no answer' : 'the model ended without any text'
}

/** The frames of each piece of the body that arrives. */
async function* readFrames({ headers, pieces }: Answer): AsyncGenerator<Frame[]> {
  const type = String(headers['content-type'] ?? '')
  if (type.includes('text/html')) {
    yield [{ kind: 'error', payload: '<html>a web page, not an answer</html>' }]
    return
  }
  // A server that ignores `stream` sends its whole answer as one JSON body.
  if (type.includes('json') && !type.includes('event-stream')) {
    const body = createGrowingBytes()
    for await (const bytes of pieces) {
      body.add(bytes)
      if (body.length > mostWhole) throw new SseTooLargeError(mostWhole)
    }
    yield [readFrame({ data: body.take().toString() })]
    return
  }
  const reader = createSseReader()
  // Leaving this loop keeps the socket: after `[DONE]` the server may still want to end politely.
  for await (const bytes of pieces) yield reader.push(bytes).map(readFrame)
  const rest = reader.end().map(readFrame)
  if (rest.some(isHalf)) throw new Error('it ended in the middle of a frame')
  yield rest
}

/** The last event may lack its end; half an object is what was cut, and nothing that the server says. */
function isHalf(frame: Frame): boolean {
  return frame.kind === 'error' && typeof frame.payload === 'string' && /^[{[]/.test(frame.payload)
}
