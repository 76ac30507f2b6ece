import type { ProblemCode } from '../../shared/contract/problem.js'

/** What the rules look at. */
export interface ErrorFacts {
  /** HTTP status, or the numeric code of an error frame. */
  status: number | undefined
  /** `type` and `code` of the error, joined by a space. */
  names: string
  /** The message with its class names. */
  text: string
  /** The body was JSON or a frame, not HTML or plain text. */
  structured: boolean
}

/** All that a rule names must hold. */
interface Rule {
  code: ProblemCode
  names?: RegExp
  text?: RegExp
  statuses?: readonly number[]
  structured?: boolean
}

/**
 * First match wins. Names come before statuses, because LiteLLM dresses one cause in many statuses
 * (a missing key is 400, 401 or 500); what only a status tells comes last.
 */
const rules: readonly Rule[] = [
  { code: 'budget_exceeded', names: /budget_exceeded|insufficient_quota/ },
  {
    code: 'budget_exceeded',
    text: /budget has been exceeded|ExceededBudget|insufficient (?:credits|balance|quota)/i,
  },
  { code: 'budget_exceeded', statuses: [402] },
  { code: 'rate_limited', names: /all_deployments_in_cooldown|throttling_error|rate_limit/ },
  { code: 'gateway_auth', names: /no_db_connection/, statuses: [400, 401] },
  { code: 'gateway_auth', text: /no connected db/i, statuses: [400, 401] },
  // With a database that is away it takes no key that it has not seen a moment ago.
  { code: 'gateway_starting', names: /no_db_connection/, statuses: [503] },
  // A key for LiteLLM's management, or for other routes: no model would do.
  { code: 'gateway_auth', text: /not allowed to call this route/i },
  { code: 'forbidden_model', names: /model_access_denied/ },
  { code: 'forbidden_model', text: /not allowed to (?:access|call) model|model is blocked/i },
  { code: 'provider_auth', text: /Missing credentials|Missing \w+ API key/i },
  { code: 'provider_auth', text: /Exception\b/, statuses: [401] },
  { code: 'provider_auth', text: /AuthenticationError: .*Exception\b/ },
  { code: 'context_window', names: /context_length_exceeded|exceed_context_size|context_window/ },
  {
    code: 'context_window',
    text: /ContextWindowExceeded|maximum context length|prompt is too long|exceeds? (?:the )?(?:available |model'?s? )?(?:maximum )?context|input is too long|context window/i,
    statuses: [400, 413, 422, 500],
  },
  { code: 'context_window', text: /ContextWindowExceeded|maximum context length/i },
  { code: 'context_window', statuses: [413] },
  { code: 'content_policy', names: /content_policy|content_filter/ },
  {
    code: 'content_policy',
    text: /ContentPolicyViolation|content management policy|content[ _]policy/i,
  },
  { code: 'model_not_found', names: /model_not_found/ },
  {
    code: 'model_not_found',
    text: /Invalid model name passed|no healthy deployments for this model/i,
  },
  { code: 'stream_truncated', text: /stream ended before a finish_reason/i },
  { code: 'gateway_starting', text: /loading model|model is loading/i, statuses: [503] },
  { code: 'overloaded', names: /overloaded/ },
  { code: 'overloaded', text: /no deployments available|overloaded/i },
  { code: 'upstream_timeout', text: /litellm\.Timeout|APITimeoutError|request timed out/i },

  { code: 'gateway_auth', names: /auth_error|authentication_error|invalid_api_key/ },
  { code: 'gateway_auth', statuses: [401] },
  { code: 'forbidden_model', statuses: [403] },
  // FastAPI's and nginx's own 404: the path does not exist, so this is not the API's base URL.
  { code: 'protocol', text: /^Not Found$/i, statuses: [404] },
  { code: 'protocol', structured: false, statuses: [404] },
  { code: 'protocol', statuses: [405] },
  { code: 'model_not_found', statuses: [404] },
  { code: 'rate_limited', statuses: [429] },
  { code: 'overloaded', statuses: [503, 529] },
  { code: 'upstream_timeout', statuses: [408, 504] },
]

/** The code of a failure; what no rule knows is told by its status class. */
export function classify(facts: ErrorFacts): ProblemCode {
  const { status, names, text, structured } = facts
  const rule = rules.find(
    (candidate) =>
      (!candidate.names || candidate.names.test(names)) &&
      (!candidate.text || candidate.text.test(text)) &&
      (!candidate.statuses || (status !== undefined && candidate.statuses.includes(status))) &&
      (candidate.structured === undefined || candidate.structured === structured),
  )
  if (rule) return rule.code
  if (status === undefined || status >= 500) return 'upstream_error'
  return status >= 400 ? 'bad_request' : 'protocol'
}
