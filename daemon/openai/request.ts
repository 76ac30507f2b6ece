import type { CompletionBody } from '../../shared/contract/openai.js'
import { type Params, paramNames } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { withoutUnset } from '../../shared/params.js'
import type { ChatMessage } from '../gateway/types.js'

/** What is asked for, in our own words. */
export interface CompletionRequest {
  model: string
  messages: ChatMessage[]
  params: Params
  stream: boolean
  /** A last chunk with the tokens was asked for. */
  includeUsage: boolean
}

/**
 * Fields that would make the answer another kind of thing: to ignore one would be a lie. Each with
 * what it may be all the same, since clients send what they do not use. Tools that are only offered
 * leave a model free to answer with a text, which is what it does here; Open WebUI offers its own always.
 */
const refusals: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  tool_choice: isNoDemand,
  function_call: isNoDemand,
  response_format: (value) => Reflect.get(Object(value), 'type') === 'text',
  logprobs: (value) => value === false,
  modalities: (value) => Array.isArray(value) && value.every((one) => one === 'text'),
  audio: () => false,
  web_search_options: () => false,
}

function isNoDemand(value: unknown): boolean {
  return value === 'auto' || value === 'none'
}

/** Reads a completion's body. Throws ProblemError `invalid_request` that names the field. */
export function readCompletion(body: CompletionBody): CompletionRequest {
  for (const [name, isHarmless] of Object.entries(refusals)) {
    const value = body[name]
    if (value === undefined || value === null || isHarmless(value)) continue
    throw new ProblemError('invalid_request', `${name}: this daemon answers with one text only`)
  }
  const said = Object.fromEntries(paramNames.map((name) => [name, body[name]]))
  return {
    model: body.model,
    messages: body.messages.map(toMessage),
    // The newer name of the same thing.
    params: withoutUnset({ ...said, max_tokens: body.max_completion_tokens ?? body.max_tokens }),
    stream: body.stream === true,
    includeUsage: body.stream_options?.include_usage === true,
  }
}

function toMessage({ role, content }: CompletionBody['messages'][number]): ChatMessage {
  const text = Array.isArray(content)
    ? content.map((part) => part.text).join('\n')
    : (content ?? '')
  // Its newer name, which most servers do not know.
  return { role: role === 'developer' ? 'system' : role, content: text }
}

/** What becomes the turn of a session: the last message. Throws ProblemError `invalid_request`. */
export function questionOf({ messages }: CompletionRequest): string {
  const last = messages.at(-1)
  if (last?.role === 'user' && last.content.trim() !== '') return last.content
  throw new ProblemError(
    'invalid_request',
    'messages: the last one must be a text of the user: it becomes the turn of the session',
  )
}
