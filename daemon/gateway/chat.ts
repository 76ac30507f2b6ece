import type { Dispatcher } from 'undici'
import type { ProblemCode } from '../../shared/contract/problem.js'
import { piecesOf } from './body.js'
import type { Locator } from './endpoint.js'
import { gatewayError } from './errors.js'
import { type OpenOptions, openCompletion } from './open.js'
import type { GatewayTimeouts } from './options.js'
import { readAnswer } from './read.js'
import type { ChatRequest, GatewayEvent, Usage } from './types.js'
import { createWatch, type Watch } from './watch.js'

export interface ChatOptions extends Omit<OpenOptions, 'firstTokenMs'> {
  locator: Locator
  timeouts: GatewayTimeouts
  cost(model: string, usage: Usage): number | undefined
  /** Models of the catalogue that resemble a name nobody knows. */
  closest(model: string): readonly string[]
}

/** A virtual key is not told whether a name exists that it may not use. */
const unknown: ReadonlySet<ProblemCode> = new Set(['model_not_found', 'forbidden_model'])

/** One completion, from looking for the gateway to the terminal event. Never throws. */
export async function* chat(
  request: ChatRequest,
  signal: AbortSignal,
  options: ChatOptions,
): AsyncGenerator<GatewayEvent> {
  const { locator, timeouts, key } = options
  const watch = createWatch(signal, timeouts.totalMs)
  let body: Dispatcher.ResponseData['body'] | undefined
  let done = false
  try {
    const endpoint = await orAborted(locator.find({ force: true }), watch)
    const context = {
      url: endpoint?.url ?? locator.url,
      key: key?.reveal(),
      params: request.params,
    }
    const interrupted = watch.interruption()
    if (interrupted || !endpoint) {
      const error = interrupted
        ? gatewayError(interrupted.code, interrupted.message, context)
        : locator.absence(context)
      yield { type: 'error', error, partial: false }
      return
    }
    const opened = await openCompletion(endpoint, request, watch, {
      ...options,
      firstTokenMs: timeouts.firstTokenMs,
    })
    if ('error' in opened) {
      const { error } = opened
      if (error.code === 'gateway_unreachable') locator.forget()
      const names = unknown.has(error.code) ? options.closest(request.model) : []
      const hint = names.length > 0 && { hint: `Did you mean ${names.join(' or ')}?` }
      yield { type: 'error', error: { ...error, ...hint }, partial: false }
      return
    }
    const { response } = opened
    body = response.body
    const answer = { headers: response.headers, pieces: piecesOf(body) }
    const callId = response.headers['x-litellm-call-id']
    if (callId !== undefined) endpoint.kind = 'litellm'
    yield {
      type: 'open',
      status: response.statusCode,
      ...(typeof callId === 'string' && { callId }),
    }
    const { tokenIdleMs } = timeouts
    const { model } = request
    const { cost } = options
    for await (const event of readAnswer(answer, watch, { context, model, tokenIdleMs, cost })) {
      done = event.type === 'done'
      yield event
    }
  } finally {
    if (done && body) void leavePolitely(body, watch)
    else watch.close()
  }
}

/** A server that is cut off right after `[DONE]` may take the call for an aborted one: let it end. */
async function leavePolitely(body: Dispatcher.ResponseData['body'], watch: Watch): Promise<void> {
  watch.expect('cancelled', 1_000, 'the server did not end its answer')
  // Whatever still comes or breaks is of no interest.
  await body.dump({ limit: 65_536 }).catch(() => undefined)
  watch.close()
}

/** Waits no longer than the watch allows; undefined when it ran out. */
async function orAborted<T>(promise: Promise<T>, watch: Watch): Promise<T | undefined> {
  if (watch.signal.aborted) return undefined
  let stop = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    watch.signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    watch.signal.removeEventListener('abort', stop)
  }
}
