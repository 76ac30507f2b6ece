/** A row of the table of problem codes (problem.ts). */
export interface ProblemEntry {
  readonly status: number
  readonly title: string
  /** What the user can do about it, in one line. */
  readonly hint?: string
  /** Exit code of the CLI (docs/errors.md lists what each number means). */
  readonly exit: number
}

/** What the gateway says or fails to say (daemon/gateway). */
export const gatewayProblems = {
  gateway_unreachable: {
    status: 502,
    title: 'The model gateway is not reachable',
    hint: 'Start one: c2a stack up. Or: c2a config set gateway.url URL. Meanwhile -m offline/demo answers.',
    exit: 6,
  },
  gateway_starting: {
    status: 503,
    title: 'The model server is not ready',
    hint: 'Try again in a few seconds.',
    exit: 6,
  },
  gateway_auth: {
    status: 502,
    title: "The gateway refused the daemon's key",
    hint: 'Set a key that it takes with: c2a config set gateway.key',
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
} as const satisfies Record<string, ProblemEntry>
