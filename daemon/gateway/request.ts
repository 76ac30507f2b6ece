import { withoutUnset } from '../../shared/params.js'
import type { Secret } from '../secret.js'
import type { ChatMessage, ChatRequest, GatewayStatus } from './types.js'

export interface WireRequest {
  headers: Record<string, string>
  body: string
}

export interface RequestOptions {
  kind: GatewayStatus['kind']
  key: Secret | undefined
  /** False where the endpoint has refused `stream_options`. */
  askUsage: boolean
  /** True where the model has refused a system message: its words then lead the first question. */
  foldSystem?: boolean
}

/** The headers of every call. */
export function authHeaders(key: Secret | undefined): Record<string, string> {
  return {
    'user-agent': 'c2a',
    ...(key && { authorization: `Bearer ${key.reveal()}` }),
  }
}

/**
 * Builds a streaming completion out of an allow-list of fields. What only LiteLLM knows goes only to
 * LiteLLM: strict servers answer 400 to a field that they do not know.
 */
export function buildRequest(request: ChatRequest, options: RequestOptions): WireRequest {
  const litellm = options.kind === 'litellm'
  const body = {
    model: request.model,
    messages: options.foldSystem ? folded(request.messages) : request.messages.map(bare),
    stream: true,
    ...(options.askUsage && { stream_options: { include_usage: true } }),
    ...withoutUnset(request.params ?? {}),
    ...(litellm && request.noCache && { cache: { 'no-cache': true } }),
  }
  return {
    headers: {
      ...authHeaders(options.key),
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(litellm && { 'x-litellm-call-id': request.callId }),
      ...(litellm && request.sessionId && { 'x-litellm-session-id': request.sessionId }),
    },
    body: JSON.stringify(body),
  }
}

/** Nothing but what the API knows. */
const bare = ({ role, content }: ChatMessage): ChatMessage => ({ role, content })

function folded(messages: readonly ChatMessage[]): ChatMessage[] {
  const [first, second, ...rest] = messages.map(bare)
  if (first?.role !== 'system') return messages.map(bare)
  if (second?.role !== 'user') return messages.map(bare).with(0, { ...first, role: 'user' })
  return [{ role: 'user', content: `${first.content}\n\n${second.content}` }, ...rest]
}
