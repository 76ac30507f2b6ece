/**
 * The one table of problem codes: what each means over HTTP (RFC 9457), what it tells the user to
 * do, and which exit code the CLI ends with. docs/errors.md is generated from it.
 */

interface Entry {
  readonly status: number
  readonly title: string
  /** What the user can do about it, in one line. */
  readonly hint?: string
  /** Exit code of the CLI (docs/errors.md lists what each number means). */
  readonly exit: number
}

/** What the gateway says or fails to say (daemon/gateway). */
const ofGateway = {
  gateway_unreachable: {
    status: 502,
    title: 'The model gateway is not reachable',
    hint: 'Start LiteLLM, or set its address: c2a config set gateway.url URL. Without one, -m offline/demo answers.',
    exit: 6,
  },
  gateway_starting: {
    status: 503,
    title: 'The model server is still starting',
    hint: 'Try again in a few seconds.',
    exit: 6,
  },
  gateway_auth: {
    status: 502,
    title: "The gateway refused the daemon's key",
    hint: 'Set the right key with: c2a config set gateway.key (without a database LiteLLM takes only its master key).',
    exit: 6,
  },
  provider_auth: {
    status: 502,
    title: "The provider refused the gateway's key",
    hint: "Set the provider's key where LiteLLM reads it (litellm/config.yaml, its environment) and restart LiteLLM.",
    exit: 6,
  },
  forbidden_model: {
    status: 403,
    title: 'This key may not use the model',
    hint: 'c2a models lists what it may use; another key is set with: c2a config set gateway.key',
    exit: 6,
  },
  model_not_found: {
    status: 404,
    title: 'The gateway does not know the model',
    hint: 'c2a models lists the models it knows.',
    exit: 6,
  },
  context_window: {
    status: 413,
    title: 'The conversation is too long for the model',
    hint: 'Start a new session, or switch to a model with a larger window (c2a models).',
    exit: 6,
  },
  content_policy: {
    status: 422,
    title: 'Blocked by a content policy',
    hint: 'Ask in other words, or switch to another model; c2a models lists them.',
    exit: 6,
  },
  bad_request: {
    status: 400,
    title: 'The provider refused the request',
    hint: 'Change what it complains of, or switch to another model; c2a models lists them.',
    exit: 6,
  },
  budget_exceeded: {
    status: 402,
    title: 'The spending limit is reached',
    hint: "Raise the key's budget at the gateway or the provider, or set another key with: c2a config set gateway.key",
    exit: 6,
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait a little and try again.',
    exit: 6,
  },
  overloaded: {
    status: 503,
    title: 'The provider is overloaded',
    hint: 'Try again, or switch to another model; c2a models lists them.',
    exit: 6,
  },
  upstream_timeout: {
    status: 504,
    title: 'The provider did not answer in time',
    hint: 'Try again, or switch to another model; c2a models lists them.',
    exit: 6,
  },
  first_token_timeout: {
    status: 504,
    title: 'No answer began in time',
    hint: 'Try again, or allow more time with: c2a config set time.first_token_timeout_ms 600000',
    exit: 6,
  },
  idle_timeout: {
    status: 504,
    title: 'The answer stopped coming',
    hint: 'Try again, or allow more time with: c2a config set time.token_idle_timeout_ms 300000',
    exit: 6,
  },
  total_timeout: {
    status: 504,
    title: 'The answer took too long in all',
    hint: 'Try again, or allow more time with: c2a config set time.total_timeout_ms 3600000',
    exit: 6,
  },
  upstream_error: {
    status: 502,
    title: 'The provider failed',
    hint: 'Try again, or switch to another model; c2a models lists them.',
    exit: 6,
  },
  stream_truncated: {
    status: 502,
    title: 'The answer was cut off',
    hint: 'Try again; what arrived is kept.',
    exit: 6,
  },
  protocol: {
    status: 502,
    title: 'The gateway does not speak the OpenAI API',
    hint: 'Set the base URL of LiteLLM or of an OpenAI-compatible server with: c2a config set gateway.url URL',
    exit: 6,
  },
  empty_answer: {
    status: 502,
    title: 'The model gave no answer',
    hint: 'Try again, or switch to another model; c2a models lists them.',
    exit: 6,
  },
  cancelled: {
    status: 499,
    title: 'Stopped',
    hint: 'Ask again, or have the same answered again with /retry in the chat.',
    exit: 7,
  },
} as const satisfies Record<string, Entry>

const ofOurs = {
  invalid_request: { status: 400, title: 'The request is not valid', exit: 2 },
  model_required: {
    status: 400,
    title: 'No model is named',
    hint: 'Name one with -m MODEL, or set a default with: c2a config set model NAME',
    exit: 2,
  },
  unauthorized: {
    status: 401,
    title: 'The token is missing or wrong',
    hint: 'For a remote daemon set C2A_TOKEN; over HTTP send "Authorization: Bearer TOKEN".',
    exit: 4,
  },
  forbidden: { status: 403, title: 'Not allowed', exit: 4 },
  not_found: { status: 404, title: 'Not found', exit: 5 },
  role_exists: {
    status: 409,
    title: 'A role of this name exists',
    hint: 'Choose another name; c2a roles list shows those there are.',
    exit: 9,
  },
  session_busy: {
    status: 409,
    title: 'An answer is still running in this session',
    hint: 'Wait for its end; c2a attach SESSION shows it as it comes, and /stop there stops it.',
    exit: 9,
  },
  not_latest: {
    status: 409,
    title: 'Only the last answer can be given again',
    hint: 'Something was asked since; read the messages of the session again.',
    exit: 9,
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    hint: 'Use a new key for a new request.',
    exit: 9,
  },
  rate_limited_client: {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait a little and try again; over HTTP, Retry-After says how long.',
    exit: 9,
  },
  payload_too_large: { status: 413, title: 'The request is too large', exit: 2 },
  unsupported_media_type: {
    status: 415,
    title: 'The body must be JSON',
    hint: 'Send "Content-Type: application/json".',
    exit: 2,
  },
  cursor_expired: {
    status: 410,
    title: 'The cursor is too old',
    hint: 'Read the messages of the session instead.',
    exit: 5,
  },
  db_unavailable: {
    status: 503,
    title: 'The database is not reachable',
    hint: 'The daemon goes on when the database is back; c2a daemon logs says more.',
    exit: 3,
  },
  shutting_down: {
    status: 503,
    title: 'The daemon is shutting down',
    hint: 'Try again in a moment.',
    exit: 3,
  },
  session_deleted: {
    status: 410,
    title: 'The session was deleted',
    hint: 'c2a sessions list shows those there are.',
    exit: 7,
  },
  internal: {
    status: 500,
    title: 'Something went wrong in the daemon',
    hint: 'c2a daemon logs has the details under the request id.',
    exit: 1,
  },

  // Raised by clients only; never on the wire.
  daemon_unreachable: {
    status: 503,
    title: 'The daemon is not reachable',
    hint: 'c2a doctor says what is wrong; c2a daemon start starts it.',
    exit: 3,
  },
} as const satisfies Record<string, Entry>

const entries = { ...ofGateway, ...ofOurs }

export type ProblemCode = keyof typeof entries

/** The codes of what may go wrong between the daemon and a model. */
export const gatewayCodes = Object.keys(ofGateway) as (keyof typeof ofGateway)[]

export const problems: Readonly<Record<ProblemCode, Entry>> = entries

/** The body of every error, as `application/problem+json` (RFC 9457). */
export interface Problem {
  type: string
  title: string
  status: number
  code: ProblemCode
  detail: string
  hint?: string | undefined
  request_id?: string | undefined
  /** The same as one sentence, for clients that read only `error`. */
  error: string
  /** With `session_busy`: the turn to attach to. */
  turn_id?: string | undefined
}

/** What a `ProblemError` may carry beyond its code. */
export interface ProblemOptions {
  /** Replaces the table's hint. */
  hint?: string
  cause?: unknown
  turnId?: string
  /** Replaces the table's exit code in the CLI (usage errors found late). */
  exit?: number
}

/** The one error class that crosses module boundaries. `detail` is safe to show to users. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'

  /** By name: each lazily loaded file of the command line has a copy of this class. */
  static override [Symbol.hasInstance](value: unknown): value is ProblemError {
    return value instanceof Error && value.name === 'ProblemError' && 'code' in value
  }

  readonly code: ProblemCode
  readonly hint: string | undefined
  readonly turnId: string | undefined
  readonly exit: number

  constructor(code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    super(detail ?? problems[code].title, { cause: options.cause })
    this.code = code
    this.hint = options.hint ?? problems[code].hint
    this.turnId = options.turnId
    this.exit = options.exit ?? problems[code].exit
  }

  /** The wire form. */
  toProblem(requestId?: string): Problem {
    const { status, title } = problems[this.code]
    return {
      type: `urn:c2a:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.hint && { hint: this.hint }),
      ...(requestId && { request_id: requestId }),
      error: this.message,
      ...(this.turnId && { turn_id: this.turnId }),
    }
  }
}
