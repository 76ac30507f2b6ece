import { describe, expect, it, test } from 'vitest'
import type { ProblemCode } from '../../shared/contract/problem.js'
import {
  detailOf,
  errorFromFrame,
  errorFromResponse,
  errorFromThrown,
  gatewayError,
} from './errors.js'

const context = { url: 'http://127.0.0.1:4000', key: 'sk-secret-1234567890' }
const openai = (message: string, fields: object = {}): string =>
  JSON.stringify({ error: { message, type: 'None', param: 'None', code: null, ...fields } })

/** As LiteLLM 1.106 and 1.109, OpenAI, vLLM, llama.cpp, OpenRouter, FastAPI and nginx say it. */
const responses: [code: ProblemCode, status: number, body: string, message?: string][] = [
  [
    'gateway_auth',
    401,
    openai('Authentication Error, No api key passed in.', { type: 'auth_error', code: '401' }),
  ],
  ['gateway_auth', 400, openai('No connected db.', { type: 'no_db_connection', code: '400' })],
  ['gateway_auth', 401, openai('Incorrect API key provided', { code: 'invalid_api_key' })],
  ['gateway_auth', 401, ''],
  [
    'provider_auth',
    401,
    openai('litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key'),
    'Incorrect API key',
  ],
  [
    'provider_auth',
    401,
    openai('litellm.AuthenticationError: Missing Anthropic API Key - A call is being made'),
  ],
  [
    'provider_auth',
    500,
    openai('litellm.InternalServerError: Missing credentials. Please pass an `api_key`'),
  ],
  ['provider_auth', 500, openai('litellm.APIConnectionError: Missing Gemini API key')],
  ['forbidden_model', 403, openai('no', { type: 'permission_error' })],
  [
    'forbidden_model',
    401,
    openai('key not allowed to access model.', { type: 'key_model_access_denied' }),
  ],
  [
    'model_not_found',
    400,
    openai('/chat/completions: Invalid model name passed in model=x. Call `/v1/models`'),
  ],
  [
    'model_not_found',
    400,
    openai('You passed in model=x. There are no healthy deployments for this model'),
  ],
  ['model_not_found', 404, openai('The model `x` does not exist', { code: 'model_not_found' })],
  [
    'model_not_found',
    404,
    openai('model "x" not found, try pulling it first', { type: 'api_error' }),
  ],
  [
    'context_window',
    400,
    openai(
      'litellm.ContextWindowExceededError: litellm.BadRequestError: too long\nmodel=a. context_window_fallbacks=None',
    ),
    'too long',
  ],
  ['context_window', 400, openai('too long', { code: 'context_length_exceeded' })],
  [
    'context_window',
    400,
    openai('request (9031 tokens) exceeds the available context size (2048 tokens)', {
      type: 'exceed_context_size_error',
      code: 400,
    }),
  ],
  ['context_window', 400, openai('AnthropicException - prompt is too long: 300000 tokens')],
  ['context_window', 413, '<html><h1>413 Request Entity Too Large</h1></html>'],
  ['content_policy', 400, openai('litellm.ContentPolicyViolationError: AzureException - filtered')],
  ['content_policy', 400, openai('no', { code: 'content_policy_violation' })],
  ['bad_request', 400, openai('litellm.UnsupportedParamsError: no top_p')],
  [
    'bad_request',
    422,
    JSON.stringify({ detail: [{ loc: ['body'], msg: 'field required', type: 'missing' }] }),
    'field required',
  ],
  [
    'bad_request',
    400,
    JSON.stringify({ detail: { error: 'Unknown litellm_model_id' } }),
    'Unknown litellm_model_id',
  ],
  [
    'budget_exceeded',
    400,
    openai('Budget has been exceeded! Current cost: 2', { type: 'budget_exceeded' }),
  ],
  ['budget_exceeded', 429, openai('ExceededBudget: User=x over budget')],
  [
    'budget_exceeded',
    429,
    openai('You exceeded your current quota', { code: 'insufficient_quota' }),
  ],
  ['budget_exceeded', 402, openai('Insufficient credits')],
  ['rate_limited', 429, openai('slow down', { type: 'throttling_error' })],
  [
    'rate_limited',
    429,
    openai('No deployments available for selected model, Try again in 7 seconds', {
      type: 'all_deployments_in_cooldown',
    }),
  ],
  ['rate_limited', 429, ''],
  ['overloaded', 503, openai('busy', { type: 'internal_server_error' })],
  ['overloaded', 529, openai('Overloaded')],
  ['overloaded', 500, openai('AnthropicException - Overloaded')],
  ['overloaded', 429, openai('No deployments available for selected model')],
  [
    'gateway_starting',
    503,
    JSON.stringify({ error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }),
  ],
  [
    'upstream_timeout',
    408,
    openai('litellm.Timeout: Timeout Error', { type: 'invalid_request_error' }),
  ],
  ['upstream_timeout', 500, openai('litellm.Timeout: APITimeoutError - Request timed out.')],
  ['upstream_timeout', 504, '<html>504</html>'],
  [
    'upstream_error',
    500,
    openai('litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.'),
    'Connection error.',
  ],
  [
    'upstream_error',
    502,
    '<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>',
    '502 Bad Gateway',
  ],
  ['upstream_error', 500, 'Internal Server Error', 'Internal Server Error'],
  ['upstream_error', 500, ''],
  ['protocol', 404, JSON.stringify({ detail: 'Not Found' })],
  ['protocol', 404, '404 page not found'],
  ['protocol', 405, JSON.stringify({ detail: 'Method Not Allowed' }), 'Method Not Allowed'],
  ['protocol', 301, ''],
  [
    'upstream_error',
    500,
    JSON.stringify({ object: 'error', message: 'flat', type: 'X', code: 500 }),
    'flat',
  ],
  ['upstream_error', 500, JSON.stringify({ error: 'plain' }), 'plain'],
  ['upstream_error', 500, JSON.stringify({ detail: 'sentence' }), 'sentence'],
]

describe('errorFromResponse', () => {
  it.each(responses)('%s from %i %s', (...[code, status, body, message]) => {
    const error = errorFromResponse(status, {}, body, context)
    expect(error).toMatchObject({ code, upstreamStatus: status })
    expect(error.message).not.toBe('')
    if (message) expect(error.message).toBe(message)
  })

  it('a bare 500 without a key asks for one', () => {
    const error = errorFromResponse(500, {}, 'Internal Server Error', { url: context.url })
    expect(error).toMatchObject({
      code: 'gateway_auth',
      hint: expect.stringContaining('gateway.key'),
    })
  })

  it('cuts what LiteLLM appends about other models', () => {
    const message =
      "litellm.RateLimitError: RateLimitError: OpenAIException - Slow down\n\nLiteLLM: model group 'a' failed with the error above and no fallbacks. Fallbacks are configured for: secret-model"
    const error = errorFromResponse(429, {}, openai(message), context)
    expect(error).toMatchObject({ message: 'Slow down', provider: 'OpenAI' })
  })

  it('drops markup and paths of the API', () => {
    const page = openai(
      'litellm.BadGatewayError: OpenAIException - <html><h1>502 Bad Gateway</h1></html>',
    )
    expect(errorFromResponse(502, {}, page, context).message).toBe('502 Bad Gateway')
    const unknown =
      '/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models.'
    const message = 'Invalid model name passed in model=x.'
    expect(errorFromResponse(400, {}, openai(unknown), context).message).toBe(message)
  })

  it("unwraps a provider's JSON", () => {
    const inner = `b'{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}'`
    const body = openai(`litellm.AuthenticationError: AnthropicException - ${inner}`)
    const error = errorFromResponse(401, {}, body, context)
    expect(error).toMatchObject({
      code: 'provider_auth',
      provider: 'Anthropic',
      message: 'invalid x-api-key',
    })
  })

  it('leaves out class names with underscores and objects of Python', () => {
    const text =
      'litellm.InternalServerError: Hosted_vllmException - Cannot connect to host 127.0.0.1:1 ssl:<ssl.SSLContext object at 0x7f> [refused]'
    expect(errorFromResponse(500, {}, openai(text), context)).toMatchObject({
      provider: 'Hosted_vllm',
      message: 'Cannot connect to host 127.0.0.1:1 [refused]',
    })
  })

  it.each([
    [{ 'retry-after': '7' }, '', 7_000],
    [{ 'retry-after-ms': '250' }, '', 250],
    [{ 'llm_provider-retry-after': '3' }, '', 3_000],
    [{}, 'Try again in 4 seconds', 4_000],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, '', 0],
    [{ 'retry-after': 'soon' }, '', undefined],
    [{}, '', undefined],
  ])('waits as told: %o %s', (headers, text, ms) => {
    const error = errorFromResponse(429, headers, openai(text || 'slow'), context)
    expect(error.retryAfterMs).toBe(ms)
  })

  it('says in the hint how long to wait', () => {
    const error = errorFromResponse(429, { 'retry-after': '7' }, '', context)
    expect(error.hint).toBe('Try again in 7 s.')
  })

  it('names where a redirect leads', () => {
    const error = errorFromResponse(308, { location: 'https://x.example/v1' }, '', context)
    expect(error.message).toContain('https://x.example/v1')
  })
})

describe('errorFromFrame', () => {
  it.each([
    ['rate_limited', { error: { message: 'slow', code: '429' } }],
    ['upstream_error', { error: { message: 'boom', type: null, code: '500' } }],
    ['upstream_error', { error: 'boom' }],
    ['upstream_error', { error: { message: 'None', code: 'None' } }],
    ['overloaded', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    ['context_window', { error: { message: 'ContextWindowExceededError: too long' } }],
    [
      'stream_truncated',
      { error: { message: 'Stream ended before a finish_reason was received' } },
    ],
    ['bad_request', { object: 'error', message: 'flat', code: 400 }],
    ['upstream_error', 'Traceback: boom'],
    ['protocol', '<!doctype html><html>It works</html>'],
  ])('%s from %o', (code, payload) => {
    expect(errorFromFrame(payload, context).code).toBe(code)
  })
})

describe('errorFromThrown', () => {
  const thrown = (code: string): Error => Object.assign(new Error(`it said ${code}`), { code })
  it.each([
    ['gateway_unreachable', 'connect', 'ECONNREFUSED'],
    ['gateway_unreachable', 'connect', 'ENOTFOUND'],
    ['gateway_unreachable', 'connect', 'UND_ERR_CONNECT_TIMEOUT'],
    ['gateway_unreachable', 'connect', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['upstream_error', 'connect', 'ECONNRESET'],
    ['upstream_error', 'connect', 'UND_ERR_SOCKET'],
    ['first_token_timeout', 'connect', 'UND_ERR_HEADERS_TIMEOUT'],
    ['protocol', 'connect', 'UND_ERR_HEADERS_OVERFLOW'],
    ['protocol', 'connect', 'HPE_INVALID_CONSTANT'],
    ['stream_truncated', 'stream', 'UND_ERR_SOCKET'],
    ['stream_truncated', 'stream', 'ECONNRESET'],
  ] as const)('%s at %s from %s', (code, phase, cause) => {
    expect(errorFromThrown(thrown(cause), phase, context).code).toBe(code)
  })

  it.each([
    ['protocol', 'connect'],
    ['stream_truncated', 'stream'],
  ] as const)('%s at %s from what is no HTTP and has no code', (code, phase) => {
    const error = Object.assign(new Error('no HTTP'), { name: 'HTTPParserError', code: undefined })
    expect(errorFromThrown(error, phase, context).code).toBe(code)
  })

  it('looks behind happy eyeballs and causes', () => {
    const both = new AggregateError([thrown('ECONNREFUSED'), thrown('ECONNREFUSED')])
    const message = 'http://127.0.0.1:4000 is not reachable: nothing listens there'
    expect(errorFromThrown(both, 'connect', context).message).toBe(message)
    const wrapped = new Error('failed', { cause: thrown('ENOTFOUND') })
    expect(errorFromThrown(wrapped, 'connect', context).message).toContain('no such host')
  })
})

test.each([
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it speaks no TLS'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'it speaks no TLS'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted here'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
])('%s is said in words', (code, words) => {
  const thrown = Object.assign(new Error('806C45594C7F0000:error:0A00010B:SSL routines'), { code })
  const { message } = errorFromThrown(thrown, 'connect', context)
  expect(message).toContain(`is not reachable: ${words}`)
  expect(message).not.toContain('SSL routines')
})

test('a connection that breaks in the middle is told without the parser’s words', () => {
  const cut = Object.assign(new Error('Response does not match the HTTP/1.1 protocol'), {
    name: 'HTTPParserError',
  })
  const { message } = errorFromThrown(cut, 'stream', context)
  expect(message).toBe('the gateway broke off in the middle of the answer')
})

describe('detailOf', () => {
  test('says what others’ words are about', () => {
    const frame = errorFromFrame('Traceback: boom', context)
    expect(detailOf(frame)).toBe('The provider failed: Traceback: boom')
    const response = errorFromResponse(503, {}, openai('busy'), context)
    expect(detailOf(response)).toBe('The provider is overloaded: busy')
  })

  test('leaves our own words alone, and says nothing twice', () => {
    expect(detailOf(gatewayError('protocol', 'no list', context))).toBe('no list')
    expect(detailOf(errorFromResponse(503, {}, '', context))).toBe('The provider is overloaded')
  })
})

describe('the message', () => {
  it.each([
    `the key sk-secret-1234567890 is bad`,
    'Authorization: Bearer abcdef',
    'bearer abc.def-ghi',
    'Incorrect API key provided: sk-proj-********abcd.',
    'hf_abcdefghij and gsk_abcdefghij',
    'AIzaSyA1234567890abcdef',
    'proxy http://user:pass@host:8080 failed',
  ])('hides keys in: %s', (text) => {
    const { message } = gatewayError('upstream_error', text, context)
    expect(message).toContain('[key]')
    expect(message).not.toMatch(/secret|abc|SyA|pass/)
  })

  it('leaves ordinary words alone', () => {
    const text = 'task-oriented models, ask-anything: risk_assessment at http://host/path?mail=a@b'
    expect(gatewayError('upstream_error', text, context).message).toBe(text)
  })

  it('is one line of at most 500 characters, never half a character', () => {
    const { message } = gatewayError('upstream_error', `a\n\n b${'👩'.repeat(400)}`, context)
    expect(message.startsWith('a b👩')).toBe(true)
    expect(message.length).toBeLessThanOrEqual(500)
    expect(message.isWellFormed()).toBe(true)
  })

  it('is the title when there is nothing to say', () => {
    expect(gatewayError('overloaded', ' ', context).message).toBe('The provider is overloaded')
  })
})

test.each(['x', ' ', 'model=', ' ssl:<', '<style', 'Error: ', '<'])(
  'an error of megabytes costs no more than a short one: %j',
  (piece) => {
    const message = `${piece.repeat(400_000)}x`
    const began = performance.now()
    for (const payload of [{ error: { message } }, message, { error: { code: message } }]) {
      expect(errorFromFrame(payload, context).message.length).toBeLessThanOrEqual(500)
    }
    expect(performance.now() - began).toBeLessThan(2_000)
  },
)
