import {
  createRoute,
  Id,
  json,
  jsonBody,
  ModelName,
  Plan,
  ProblemBody,
  problemResponses,
  RoleName,
  security,
  Time,
  z,
} from './common.js'
import { Status, Usage } from './message.js'
import { callParams, only, Params } from './params.js'

/** What a request may name beside its message; left out: as the session has it. */
const settings = {
  model: ModelName.nullable().optional(),
  role_id: Id.nullable().optional(),
  role: RoleName.nullable().optional(),
  plan: Plan.nullable().optional(),
  ...callParams,
  max_cost: z
    .number()
    .min(0)
    .optional()
    .describe('US dollars: refused when the session would have cost more with this turn'),
}

export const ChatBody = only({ message: z.string(), ...settings }).openapi('ChatBody')
export type ChatBody = z.infer<typeof ChatBody>

export const RetryBody = only({
  turn_id: Id.optional().describe('a turn whose answer is seen: refused when it is not the latest'),
  ...settings,
}).openapi('RetryBody')
export type RetryBody = z.infer<typeof RetryBody>

export const Turn = z
  .object({
    id: Id,
    session_id: Id,
    user_message_id: Id,
    status: Status,
    model: z.string(),
    plan: Plan.nullable(),
    role_name: z.string().nullable(),
    role_revision: z.number().int().nullable(),
    params: Params.describe('what it was sent with'),
    usage: Usage.optional(),
    elapsed_ms: z.number().int().optional().describe('ms; unknown where the daemon died'),
    problem: ProblemBody.optional(),
    retry_of: Id.optional().describe('the turn whose answer this one replaces'),
    last_event: z.number().int(),
    created_at: Time,
    finished_at: Time.nullable(),
  })
  .openapi('Turn')
export type Turn = z.infer<typeof Turn>

export const Stopped = z
  .object({
    turn_id: Id.nullable().describe('null: nothing was running'),
    status: Status.nullable(),
  })
  .openapi('Stopped')
export type Stopped = z.infer<typeof Stopped>

const stream = {
  description:
    'Server-sent events. Unnamed: OpenAI chat.completion.chunk frames, then [DONE]. Named: ' +
    'turn.started, phase, reasoning, usage, warning, and exactly one of turn.done, turn.stopped, ' +
    'turn.failed, turn.interrupted. docs/protocol.md has each.',
  content: { 'text/event-stream': { schema: z.string() } },
}

const session = z.object({ id: Id.openapi({ param: { name: 'id', in: 'path' } }) })
const turn = session
const tags = ['turns']

/** `<turn>:<n>` or `<n>`. */
export const eventId = /^(?:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):)?(\d{1,9})$/

const resume = {
  query: z.object({
    after: z
      .string()
      .regex(eventId, 'not an event id')
      .optional()
      .describe('<turn>:<n> or <n>: go on after that event'),
  }),
  headers: z.object({ 'last-event-id': z.string().max(60).optional() }),
}

const idempotencyKey = z.object({ 'idempotency-key': z.string().min(1).max(200).optional() })

export const chatStream = createRoute({
  method: 'post',
  path: '/api/sessions/{id}/chat/stream',
  tags,
  security,
  summary: 'Start a turn and stream it',
  description:
    'Closing the connection does not stop the turn. With an Idempotency-Key the same request again ' +
    'attaches instead of asking twice.',
  request: {
    params: session,
    headers: idempotencyKey,
    body: jsonBody(ChatBody),
  },
  responses: {
    200: stream,
    ...problemResponses(
      'invalid_request',
      'model_required',
      'not_found',
      'budget_exceeded',
      'session_busy',
      'payload_too_large',
      'unsupported_media_type',
      'idempotency_key_reused',
      'gateway_unreachable',
    ),
  },
})

export const retrySession = createRoute({
  method: 'post',
  path: '/api/sessions/{id}/retry',
  tags,
  security,
  summary: 'Answer the last message of the user again and stream the answer',
  description:
    'As chat/stream, without a message. The older answer is kept as a variant; it is shown again when ' +
    'the new one brings less.',
  request: {
    params: session,
    headers: idempotencyKey,
    body: { ...jsonBody(RetryBody), required: false },
  },
  responses: {
    200: stream,
    ...problemResponses(
      'invalid_request',
      'model_required',
      'not_found',
      'budget_exceeded',
      'not_latest',
      'session_busy',
      'unsupported_media_type',
      'idempotency_key_reused',
      'gateway_unreachable',
    ),
  },
})

export const sessionStream = createRoute({
  method: 'get',
  path: '/api/sessions/{id}/stream',
  tags,
  security,
  summary: 'Attach to the live turn of a session, or replay its latest',
  request: { params: session, ...resume },
  responses: {
    200: stream,
    204: { description: 'The session has no turn' },
    ...problemResponses('invalid_request', 'not_found', 'cursor_expired'),
  },
})

export const turnStream = createRoute({
  method: 'get',
  path: '/api/turns/{id}/stream',
  tags,
  security,
  summary: 'Attach to a turn, or replay it',
  request: { params: turn, ...resume },
  responses: {
    200: stream,
    ...problemResponses('invalid_request', 'not_found', 'cursor_expired'),
  },
})

export const getTurn = createRoute({
  method: 'get',
  path: '/api/turns/{id}',
  tags,
  security,
  summary: 'How a turn stands',
  request: { params: turn },
  responses: { 200: json(Turn, 'The turn'), ...problemResponses('invalid_request', 'not_found') },
})

export const stopSession = createRoute({
  method: 'post',
  path: '/api/sessions/{id}/stop',
  tags,
  security,
  summary: 'Stop the running turn; what it brought is kept. Idempotent',
  request: { params: session },
  responses: {
    200: json(Stopped, 'How the session stands now'),
    ...problemResponses('invalid_request', 'not_found'),
  },
})
