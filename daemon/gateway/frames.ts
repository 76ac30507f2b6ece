import type { SseEvent } from '../../shared/sse.js'
import { asArray, asNumber, asObject, asString, type JsonObject, parseJson } from './json.js'
import { isSoundCost } from './price.js'
import type { FinishReason, Usage } from './types.js'

/** What one event of a completion's stream says. */
export type Frame =
  | { kind: 'end' }
  /** `payload` is the parsed frame, or the text of one that is not JSON. */
  | { kind: 'error'; payload: unknown }
  | Chunk

export interface Chunk {
  kind: 'chunk'
  text: string
  reasoning: string
  /** A tool call, which we never ask for and which is no answer, but a sign of life. */
  toolCall: boolean
  finish?: FinishReason
  usage?: Usage
  model?: string
}

/** No object: the gateway's word may be one that every object has. */
const finishReasons: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['end_turn', 'stop'],
  ['eos', 'stop'],
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['tool_calls', 'tool_calls'],
  ['function_call', 'tool_calls'],
  ['content_filter', 'content_filter'],
])

/** Of the model that answers: it is kept with each message, and a backup takes no name without end. */
const longestName = 1_000

/** Reads one event of an OpenAI-compatible stream, in all the shapes that servers are known to send. */
export function readFrame(event: SseEvent): Frame {
  const data = event.data.trim()
  if (data === '[DONE]') return { kind: 'end' }
  if (data === '') return { kind: 'chunk', text: '', reasoning: '', toolCall: false }
  const body = asObject(parseJson(data))
  if (!body) return { kind: 'error', payload: data }
  if (isError(body, event.event)) return { kind: 'error', payload: body }
  return readChunk(body)
}

/** OpenAI's and LiteLLM's `error`, vLLM's flat one, Anthropic's named event. */
function isError(body: JsonObject, name: string | undefined): boolean {
  if (name === 'error' || body['object'] === 'error') return true
  return body['error'] !== undefined && body['error'] !== null && body['error'] !== false
}

function readChunk(body: JsonObject): Chunk {
  const choice = asObject(asArray(body['choices'])?.[0])
  // A server that ignores `stream` sends one whole completion, whose text is in `message`.
  const delta = asObject(choice?.['delta']) ?? asObject(choice?.['message']) ?? {}
  const finish = asString(choice?.['finish_reason'])
  const usage = readUsage(body['usage'])
  const model = asString(body['model'])?.slice(0, longestName)
  return {
    kind: 'chunk',
    text: readText(delta['content']) || (asString(delta['refusal']) ?? ''),
    reasoning: readReasoning(delta),
    toolCall: (asArray(delta['tool_calls'])?.length ?? 0) > 0,
    ...(finish && { finish: finishReasons.get(finish) ?? 'unknown' }),
    ...(usage && { usage }),
    ...(model && { model }),
  }
}

/** Text is a string, or a list of parts (Mistral, some proxies). */
function readText(content: unknown): string {
  if (typeof content === 'string') return content
  return (asArray(content) ?? []).map((part) => asString(asObject(part)?.['text']) ?? '').join('')
}

function readReasoning(delta: JsonObject): string {
  const plain = asString(delta['reasoning_content']) ?? asString(delta['reasoning'])
  if (plain !== undefined) return plain
  const blocks = asArray(delta['thinking_blocks']) ?? []
  return blocks.map((block) => asString(asObject(block)?.['thinking']) ?? '').join('')
}

/** More than there can be: sums of these stay numbers, and counters of them only grow. */
const mostTokens = 1e12

function readTokens(value: unknown): number | undefined {
  const count = asNumber(value)
  return count === undefined ? undefined : Math.min(Math.max(0, Math.trunc(count)), mostTokens)
}

function readUsage(value: unknown): Usage | undefined {
  const usage = asObject(value)
  const prompt = readTokens(usage?.['prompt_tokens'])
  const completion = readTokens(usage?.['completion_tokens'])
  if (!usage || (prompt === undefined && completion === undefined)) return undefined
  const cost = asNumber(usage['cost'])
  return {
    prompt_tokens: prompt ?? 0,
    completion_tokens: completion ?? 0,
    total_tokens: readTokens(usage['total_tokens']) ?? (prompt ?? 0) + (completion ?? 0),
    ...(isSoundCost(cost) && { cost_usd: cost }),
  }
}
