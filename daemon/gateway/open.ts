import type { Dispatcher } from 'undici'
import { pause } from '../../shared/client/pause.js'
import { createSseReader } from '../../shared/sse.js'
import type { Log } from '../log.js'
import type { Secret } from '../secret.js'
import type { Endpoint } from './endpoint.js'
import {
  type ErrorContext,
  errorCode,
  errorFromResponse,
  errorFromThrown,
  gatewayError,
} from './errors.js'
import { readFrame } from './frames.js'
import type { Http } from './http.js'
import { asObject, parseJson } from './json.js'
import { buildRequest } from './request.js'
import { type Failure, retryDelay } from './retry.js'
import type { ChatRequest, GatewayError } from './types.js'
import { seconds, type Watch } from './watch.js'

export interface OpenOptions {
  http: Http
  log: Log
  key: Secret | undefined
  firstTokenMs: number
  retryBaseMs: number
}

export type Opened = { response: Dispatcher.ResponseData } | { error: GatewayError }

/** As much of an error's body as is worth reading. */
const maxErrorBody = 65_536

/** Sends a completion until its head is a 2xx, with the few retries that cannot be paid for twice. */
export async function openCompletion(
  endpoint: Endpoint,
  request: ChatRequest,
  watch: Watch,
  options: OpenOptions,
): Promise<Opened> {
  const { http, log, key, firstTokenMs } = options
  const context: ErrorContext = {
    url: endpoint.url,
    key: key?.reveal(),
    params: request.params,
  }
  for (let retries = 0; ; ) {
    const askUsage = !endpoint.refusesStreamOptions
    const foldSystem = endpoint.withoutSystem.has(request.model)
    const wire = buildRequest(request, { kind: endpoint.kind, key, askUsage, foldSystem })
    watch.expect('first_token_timeout', firstTokenMs, `no answer after ${seconds(firstTokenMs)}`)
    const outcome = await send(http, `${endpoint.base}/chat/completions`, wire, watch, context)
    if ('response' in outcome) return outcome
    const interrupted = watch.interruption()
    if (interrupted) return { error: gatewayError(interrupted.code, interrupted.message, context) }
    const { failure, body } = outcome
    if (askUsage && isRefusal(failure.status) && body.includes('stream_options')) {
      endpoint.refusesStreamOptions = true
      continue
    }
    if (!foldSystem && hasSystem(request) && isNoSystem(failure.status, body)) {
      endpoint.withoutSystem.add(request.model)
      continue
    }
    const { kind } = endpoint
    const waitMs = retryDelay(failure, retries, { kind, baseMs: options.retryBaseMs })
    log.warn(
      { call: request.callId, code: failure.error.code, status: failure.status, retries, waitMs },
      'A completion did not open',
    )
    if (waitMs === undefined) return { error: failure.error }
    watch.pause()
    // An abort ends the wait; the next try then ends at once, and says why.
    await pause(waitMs, watch.signal)
    retries++
  }
}

const isRefusal = (status: number | undefined): boolean => status === 400 || status === 422

const hasSystem = ({ messages }: ChatRequest): boolean => messages[0]?.role === 'system'

/** As the templates of Gemma and of early Mistral say it, through llama.cpp (500), vLLM (400), Gemini and LiteLLM. */
const noSystem =
  /system (?:role|message|instruction|prompt)s?\b[^.]{0,40}\bnot (?:be )?(?:supported|enabled|allowed)|developer instruction is not enabled|roles must alternate/i

function isNoSystem(status: number | undefined, body: string): boolean {
  return (isRefusal(status) || status === 500) && noSystem.test(body)
}

type Outcome = { response: Dispatcher.ResponseData } | { failure: Failure; body: string }

async function send(
  http: Http,
  url: string,
  wire: { headers: Record<string, string>; body: string },
  watch: Watch,
  context: ErrorContext,
): Promise<Outcome> {
  try {
    const response = await http.post(url, wire.headers, wire.body, watch.signal)
    // A body that breaks while nobody reads it must not bring the process down.
    response.body.on('error', () => undefined)
    if (response.statusCode >= 200 && response.statusCode < 300) return { response }
    return await refused(response, context)
  } catch (thrown) {
    const error = errorFromThrown(thrown, 'connect', context)
    const timedOut = errorCode(thrown) === 'UND_ERR_CONNECT_TIMEOUT'
    return { failure: { error, structured: false, timedOut }, body: '' }
  }
}

async function refused(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  context: ErrorContext,
): Promise<Outcome> {
  const text = await readSome(body)
  const isStream = String(headers['content-type']).startsWith('text/event-stream')
  const said = isStream ? readErrorStream(text) : { payload: text, refusal: '' }
  if (said.refusal) {
    const error = gatewayError('content_policy', said.refusal, context, { upstreamStatus: status })
    return { failure: { error, status, structured: true }, body: text }
  }
  const error = errorFromResponse(status, headers, said.payload, context)
  const structured = asObject(parseJson(said.payload)) !== undefined
  const ownLimit = headers['retry-after'] !== undefined
  return { failure: { error, status, structured, ownLimit }, body: text }
}

/** LiteLLM may send an error status with a stream: of one error frame, or of a refusal as ordinary text. */
function readErrorStream(text: string): { payload: string; refusal: string } {
  const reader = createSseReader()
  const events = [...reader.push(new TextEncoder().encode(text)), ...reader.end()]
  let refusal = ''
  for (const event of events) {
    const frame = readFrame(event)
    if (frame.kind === 'error') return { payload: event.data, refusal: '' }
    if (frame.kind === 'chunk') refusal += frame.text
  }
  return { payload: '', refusal }
}

async function readSome(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= maxErrorBody) break
    }
  } catch {
    // What has arrived says enough: the status is the error.
  }
  return Buffer.concat(chunks).toString()
}
