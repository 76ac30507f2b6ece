import {
  createRoute,
  Id,
  json,
  ListQuery,
  ProblemBody,
  problemResponses,
  security,
  Time,
  z,
} from './common.js'

export const Status = z.enum(['streaming', 'complete', 'stopped', 'failed', 'interrupted'])
export type Status = z.infer<typeof Status>

export const Kind = z.enum(['chat', 'plan', 'answer'])
export type Kind = z.infer<typeof Kind>

export const Usage = z
  .object({
    prompt_tokens: z.number().int(),
    completion_tokens: z.number().int(),
    total_tokens: z.number().int(),
    cost_usd: z.number().optional().describe('US dollars'),
    cost_estimated: z
      .literal(true)
      .optional()
      .describe('cost_usd is not what the gateway said, but reckoned from its prices'),
  })
  .openapi('Usage')
export type Usage = z.infer<typeof Usage>

/** One message. While it streams, `content` is what is committed so far and `last_event_id` is where to attach. */
export const Message = z
  .object({
    id: Id,
    role: z.enum(['user', 'assistant']),
    kind: Kind,
    content: z.string(),
    status: Status,
    model: z.string().nullable(),
    seq: z.number().int(),
    reasoning: z.string().optional(),
    usage: Usage.optional(),
    elapsed_ms: z
      .number()
      .int()
      .optional()
      .describe('how long its whole turn took, ms; not of a plan, nor where the daemon died'),
    finish_reason: z.string().optional(),
    error_code: z.string().optional(),
    problem: ProblemBody.optional().describe(
      'what error_code stands for, as the turn ended with it',
    ),
    turn_id: Id.optional(),
    last_event_id: z.string().optional(),
    variant_of: Id.optional().describe('an older answer: the message that is shown in its place'),
    variants: z.number().int().optional().describe('how many older answers with a text it has'),
    created_at: Time,
    timestamp: Time.describe('the same as created_at, for the original web client'),
  })
  .openapi('Message')
export type Message = z.infer<typeof Message>

export const listMessages = createRoute({
  method: 'get',
  path: '/api/sessions/{id}/messages',
  tags: ['sessions'],
  security,
  summary: 'The messages of a session, ascending',
  request: {
    params: z.object({ id: Id.openapi({ param: { name: 'id', in: 'path' } }) }),
    query: ListQuery.extend({
      variants: z.enum(['1']).optional().describe('1: also the answers that were replaced'),
    }),
  },
  responses: {
    200: json(
      z.array(Message),
      'The messages; with a limit the newest page, and Link names the next (older) one',
    ),
    ...problemResponses('invalid_request', 'not_found'),
  },
})
