import { createRoute, Id, json, jsonBody, ModelName, security, z } from './common.js'
import { callParams } from './params.js'
import { type ProblemCode, problems } from './problem.js'

/*
 * What any client of OpenAI's API may call. The shapes are OpenAI's, errors too; docs/protocol.md says
 * which fields are taken, ignored and refused.
 */

const onlyText = 'must be a text, or a list of texts: images and files are not supported'

const TextPart = z.object({ type: z.literal('text'), text: z.string() }, { error: onlyText })

/** Null where an assistant's message had none. */
const Content = z.union([z.string(), z.array(TextPart)], { error: onlyText }).nullish()

export const CompletionBody = z
  .looseObject({
    model: ModelName,
    messages: z
      .array(
        z.object({
          role: z.enum(['system', 'developer', 'user', 'assistant']),
          content: Content,
        }),
      )
      .min(1),
    stream: z.boolean().nullish(),
    stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
    max_completion_tokens: callParams.max_tokens,
    ...callParams,
  })
  .openapi('ChatCompletionRequest')
export type CompletionBody = z.infer<typeof CompletionBody>

const Usage = z.object({
  prompt_tokens: z.number().int(),
  completion_tokens: z.number().int(),
  total_tokens: z.number().int(),
})

export const Completion = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.number().int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.number().int(),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string(),
          /** As LiteLLM, DeepSeek and others name it; OpenAI shows none. */
          reasoning_content: z.string().optional(),
          refusal: z.null(),
        }),
        logprobs: z.null(),
        finish_reason: z.enum(['stop', 'length', 'tool_calls', 'content_filter']),
      }),
    ),
    usage: Usage.optional(),
  })
  .openapi('ChatCompletion')
export type Completion = z.infer<typeof Completion>

export const OpenAiError = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .openapi('OpenAIError')
export type OpenAiError = z.infer<typeof OpenAiError>

function errorResponses(...codes: ProblemCode[]) {
  const always: ProblemCode[] = ['unauthorized', 'internal', 'db_unavailable']
  return Object.fromEntries(
    [...codes, ...always].map((code) => {
      const { status, title } = problems[code]
      return [status, json(OpenAiError, title)]
    }),
  )
}

const tags = ['openai']

export const createCompletion = createRoute({
  method: 'post',
  path: '/v1/chat/completions',
  tags,
  security,
  summary: "OpenAI's chat completions: with X-C2A-Session a turn of that session, else not stored",
  request: {
    headers: z.object({
      'x-c2a-session': Id.optional(),
      'idempotency-key': z.string().min(1).max(200).optional(),
    }),
    body: jsonBody(CompletionBody),
  },
  responses: {
    200: {
      description: 'A completion; with `stream` its chunks, then [DONE]',
      content: {
        'application/json': { schema: Completion },
        'text/event-stream': { schema: z.string() },
      },
    },
    ...errorResponses(
      'invalid_request',
      'not_found',
      'session_busy',
      'payload_too_large',
      'unsupported_media_type',
      'idempotency_key_reused',
      'budget_exceeded',
      'gateway_unreachable',
    ),
  },
})

export const listOpenAiModels = createRoute({
  method: 'get',
  path: '/v1/models',
  tags,
  security,
  summary: "The models as OpenAI lists them, in the gateway's order",
  responses: {
    200: json(
      z.object({
        object: z.literal('list'),
        data: z.array(
          z.object({
            id: z.string(),
            object: z.literal('model'),
            created: z.number().int(),
            owned_by: z.string(),
          }),
        ),
      }),
      'The models',
    ),
    ...errorResponses('gateway_unreachable', 'gateway_auth'),
  },
})
