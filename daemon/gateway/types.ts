import type { Catalogue, Model } from '../../shared/contract/model.js'
import type { Params } from '../../shared/contract/param-table.js'
import type { ProblemCode } from '../../shared/contract/problem.js'

/** One message of the request, in OpenAI's words. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface ChatRequest {
  model: string
  messages: readonly ChatMessage[]
  params?: Params
  /** Our turn id: one name in our log, the gateway's log and its spend rows. */
  callId: string
  /** Groups the turns of one chat in the gateway's session view. */
  sessionId?: string
  /** Ask for a fresh answer where the gateway would replay a cached one (retry). */
  noCache?: boolean
}

export interface Usage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  /** US dollars; absent when neither the gateway nor the catalogue knows. */
  cost_usd?: number
  /** The cost is ours, usage x price, and not the gateway's word. */
  cost_estimated?: true
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'unknown'

/**
 * What a completion brings, in order. After the first event the stream never throws: it ends with
 * exactly one `done` or `error`.
 */
export type GatewayEvent =
  | { type: 'open'; status: number; callId?: string }
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'usage'; usage: Usage }
  | { type: 'model'; name: string }
  | { type: 'done'; finish: FinishReason; complete: boolean }
  | { type: 'error'; error: GatewayError; partial: boolean }

/** A failure of the gateway or the provider. `message` is at most 500 characters, without keys. */
export interface GatewayError {
  code: ProblemCode
  message: string
  hint?: string
  upstreamStatus?: number
  /** The same again, a little later, may well work. */
  retryable: boolean
  retryAfterMs?: number
  provider?: string
  /** `message` is in the words of the other side. */
  isQuoted?: true
}

export interface GatewayStatus {
  reachable: boolean
  kind: 'litellm' | 'generic' | 'unknown'
  url: string
  version?: string
  /** We have a key for it; whether that is taken, `error` tells. */
  hasKey: boolean
  /** It is alive, and did not list its models in time: whether it takes our key is not known. */
  slow?: true
  error?: GatewayError
}

/** The only door to the models. */
export interface Gateway {
  /** Streams one completion. Aborting `signal` closes the upstream socket; the last event is then an error `cancelled`. */
  chat(request: ChatRequest, signal: AbortSignal): AsyncIterable<GatewayEvent>
  /** The catalogue: at most 60 s old, one request in flight, stale when the gateway is down. Throws ProblemError when nothing is known. */
  models(options?: { refresh?: boolean }): Promise<Catalogue>
  /** What the cached catalogue knows of a model; no I/O. */
  peek(model: string): Model | undefined
  status(): Promise<GatewayStatus>
  /** Whether it is there at all: one small question, within seconds. Never rejects. */
  answers(): Promise<boolean>
  close(): Promise<void>
}
