import type { ProblemCode } from '../../shared/contract/problem.js'
import type { Script } from '../fakes/upstream/script-table.js'
import {
  done,
  failure,
  finish,
  object,
  pause,
  reasoning,
  role,
  type Step,
  text,
} from '../fakes/upstream/steps.js'
import type { UpstreamOptions } from '../fakes/upstream/upstream.js'

/** The daemon's key for the gateway, which servers give back in their errors. Like no key of a provider's. */
export const canary = 'canaryQ7mZ2pXv9Lr4'

/** One way for a gateway to fail, and what is said of it besides the code's title and hint. */
export interface ErrorRow {
  readonly code: ProblemCode
  readonly model: string
  /** Part of the detail. */
  readonly detail: string
  /** Where it is more exact than that of the table. */
  readonly hint?: string
  /** What comes before it breaks; nothing unless told. */
  readonly text?: RegExp
  /** It reasons before it breaks, which is no text, but a beginning. */
  readonly thought?: true
  /** Nothing is stored: it never was a turn. */
  readonly isRefused?: true
  readonly message?: string
  /** What is to be done to the gateway for it. */
  readonly gateway?: 'away' | 'other key'
}

const refuse = (...how: Parameters<typeof failure>): Script => ({ steps: () => [failure(...how)] })

function* endless(): Iterable<Step> {
  yield role()
  for (;;) {
    yield text('and ')
    yield pause(50)
  }
}

const scripts: Readonly<Record<string, Script>> = {
  starting: refuse(503, 'Loading model', { type: 'unavailable_error', code: 503 }),
  provider: refuse(401, `litellm.AuthenticationError: AnthropicException - bad key ${canary}`),
  forbidden: refuse(403, `key ${canary} not allowed to access model`, {
    type: 'key_model_access_denied',
  }),
  bad: refuse(400, `litellm.BadRequestError: unknown field top_k for ${canary}`),
  budget: refuse(429, `Budget has been exceeded! Key=${canary}`, { type: 'budget_exceeded' }),
  limited: refuse(429, 'Slow down', { type: 'rate_limit_error' }, { 'retry-after': '30' }),
  late: refuse(408, 'litellm.Timeout: APITimeoutError - Request timed out.'),
  broken: refuse(500, `boom for ${canary}`),
  'thought-only': { steps: () => [role(), reasoning('Hm.'), finish('length'), done()] },
  tool: {
    steps: () => [
      object({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'call_1' }] } }] }),
      finish('tool_calls'),
      done(),
    ],
  },
  endless: { steps: endless },
}

const tiny = {
  model_name: 'tiny',
  litellm_params: {},
  model_info: { mode: 'chat', max_input_tokens: 10 },
}

export const failing: UpstreamOptions = {
  litellm: true,
  key: canary,
  scripts,
  modelInfo: { data: [tiny] },
}

/** Short clocks, each for one row. */
export const shortClocks = {
  C2A_FIRST_TOKEN_TIMEOUT_MS: '1000',
  C2A_TOKEN_IDLE_TIMEOUT_MS: '1000',
  C2A_TOTAL_TIMEOUT_MS: '2500',
}

const hello = /^Hello( there)?$/

export const errorRows: readonly ErrorRow[] = [
  { code: 'gateway_starting', model: 'starting', detail: 'Loading model' },
  { code: 'gateway_auth', model: 'ok', detail: 'Invalid proxy server token', gateway: 'other key' },
  { code: 'provider_auth', model: 'provider', detail: 'bad key [key]' },
  { code: 'forbidden_model', model: 'forbidden', detail: 'not allowed to access model' },
  { code: 'model_not_found', model: 'no-such', detail: "The model 'no-such' does not exist" },
  { code: 'context_window', model: 'context', detail: 'maximum context length is 4096' },
  {
    ...{ code: 'context_window', model: 'tiny', message: 'word '.repeat(30), isRefused: true },
    detail: 'tokens; tiny takes 10',
  },
  { code: 'content_policy', model: 'policy', detail: 'blocked by a content policy' },
  { code: 'bad_request', model: 'bad', detail: 'unknown field top_k for [key]' },
  { code: 'budget_exceeded', model: 'budget', detail: 'Budget has been exceeded' },
  { code: 'rate_limited', model: 'limited', detail: 'Slow down', hint: 'Try again in 30 s.' },
  { code: 'overloaded', model: 'status-503', detail: 'The server is overloaded' },
  {
    code: 'upstream_timeout',
    model: 'late',
    detail: 'in time: APITimeoutError - Request timed out',
  },
  { code: 'first_token_timeout', model: 'hang', detail: 'no answer after 1 s' },
  { code: 'idle_timeout', model: 'hang-mid', detail: 'no more text for 1 s', text: hello },
  { code: 'total_timeout', model: 'endless', detail: 'after 2.5 s', text: /^(and )+$/ },
  { code: 'upstream_error', model: 'broken', detail: 'boom for [key]' },
  { code: 'upstream_error', model: 'error-frame', detail: 'boom in the middle', text: hello },
  {
    code: 'stream_truncated',
    model: 'eof-mid',
    detail: 'ended before the answer did',
    text: hello,
  },
  { code: 'protocol', model: 'html', detail: 'a web page, not an answer' },
  { code: 'empty_answer', model: 'empty', detail: 'without any text' },
  { code: 'empty_answer', model: 'tool', detail: 'called a tool instead of answering' },
  {
    ...{
      code: 'empty_answer',
      model: 'thought-only',
      thought: true,
      detail: 'before the answer began',
    },
    hint: 'Ask for less reasoning, or raise max_tokens where it is set.',
  },
  {
    code: 'gateway_unreachable',
    model: 'ok',
    detail: 'is not reachable: nothing listens there',
    gateway: 'away',
  },
]
