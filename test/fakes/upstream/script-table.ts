import { recordedStream } from './recorded.js'
import {
  answer,
  cut,
  done,
  failure,
  finish,
  gate,
  hang,
  object,
  pause,
  raw,
  reasoning,
  reply,
  reset,
  role,
  type Step,
  text,
  usage,
} from './steps.js'

/** What a script may look at. */
interface Prompt {
  /** The last user message. */
  text: string
  body: Record<string, unknown>
  /** How many calls of this model there were before this one. */
  earlier: number
  /** What the model's name gave for the pattern's groups. */
  groups: readonly string[]
}

export interface Script {
  steps: (prompt: Prompt) => Iterable<Step>
  eol?: '\r\n'
  /** Each byte is a write of its own. */
  bytewise?: true
  headers?: Record<string, string>
}

const words = 'the quick brown fox jumps over a lazy dog and **runs** on `home`'.split(' ')

/** The text of model `lorem-N`: N deltas of one word and a space. */
export const lorem = (count: number): string => [...loremWords(count)].join('')

function* loremWords(count: number): Iterable<string> {
  for (let i = 0; i < count; i++) yield `${words[i % words.length]}${i % 40 === 39 ? '\n' : ' '}`
}

function* stream(deltas: Iterable<string>, pauseMs = 0): Iterable<Step> {
  let count = 0
  yield role()
  for (const delta of deltas) {
    if (pauseMs > 0) yield pause(pauseMs)
    yield text(delta)
    count++
  }
  yield finish()
  yield usage(9, count)
  yield done()
}

/** A few deltas, cut at code points, so that hostile text arrives verbatim. */
function inPieces(whole: string): string[] {
  const points = [...whole]
  const size = Math.max(1, Math.ceil(points.length / 4))
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    points.slice(i * size, (i + 1) * size).join(''),
  )
}

const statusFields: Readonly<Record<string, { message: string; type?: string; code?: string }>> = {
  401: { message: 'Incorrect API key provided: sk-abcdefgh12345678.', code: 'invalid_api_key' },
  403: { message: 'This key is not allowed to access the model', type: 'permission_error' },
  404: { message: 'The model does not exist', code: 'model_not_found' },
  429: { message: 'Rate limit reached', type: 'rate_limit_error' },
  503: { message: 'The server is overloaded', type: 'overloaded_error' },
}

function status(code: string, retryAfter?: string): Step {
  const { message, ...fields } = statusFields[code] ?? { message: `scripted failure ${code}` }
  const wait = retryAfter ?? (code === '429' ? '30' : undefined)
  return failure(Number(code), message, fields, wait === undefined ? {} : { 'retry-after': wait })
}

/** What the fake does, by the name of the model. */
export const scripts: Readonly<Record<string, Script>> = {
  ok: { steps: () => answer('Hello', ', ', 'world', '.') },
  /** `You said: ...`. */
  echo: { steps: ({ text: said }) => answer('You said: ', ...inPieces(said)) },
  /** The user's words verbatim: the test writes the model's lines. */
  script: { steps: ({ text: said }) => answer(...inPieces(said)) },
  /** The request body itself, as JSON. */
  'echo-body': { steps: ({ body }) => answer(JSON.stringify(body)) },
  gate: { steps: () => [role(), gate, finish(), usage(9, 9), done()] },
  slow: { steps: () => stream(loremWords(40), 50) },

  hang: { steps: () => [hang] },
  'hang-head': { steps: () => [raw(': hello\n\n'), hang] },
  'hang-mid': { steps: () => [role(), text('Hello'), text(' there'), hang] },
  /** Comments keep the line alive, tokens never come. */
  'pings-only': { steps: () => pings() },
  'rst-head': { steps: () => [reset] },
  'rst-mid': { steps: () => [role(), text('Hello'), text(' there'), pause(5), reset] },
  'cut-mid': { steps: () => [role(), text('Hello'), text(' there'), cut] },
  'eof-mid': { steps: () => [role(), text('Hello'), text(' there')] },
  'done-mid': { steps: () => [role(), text('Hello'), done()] },
  /** A finish, and then neither usage nor [DONE]. */
  'no-done': { steps: () => [role(), text('Hello'), finish()] },

  'error-first': { steps: () => [object({ error: { message: 'boom at once', code: '500' } })] },
  'error-frame': {
    steps: () => [
      role(),
      text('Hello'),
      object({ error: { message: 'boom in the middle', type: 'server_error', code: '500' } }),
    ],
  },
  'error-event': {
    steps: () => [
      text('Hello'),
      raw('event: error\ndata: {"type":"overloaded_error","message":"Overloaded"}\n\n'),
    ],
  },
  'flat-error': {
    steps: () => [
      text('Hello'),
      object({ object: 'error', message: 'flat boom', type: 'BadRequestError', code: 400 }),
    ],
  },
  junk: { steps: () => [role(), text('Hello'), raw('data: Traceback: something broke\n\n')] },
  html: { steps: () => [reply(200, '<html><body>It works!</body></html>')] },
  'html-502': { steps: () => [reply(502, '<html><h1>502 Bad Gateway</h1></html>')] },
  detail: { steps: () => [reply(422, { detail: [{ loc: ['body'], msg: 'field required' }] })] },
  'sse-error': {
    steps: () => [
      reply(500, 'data: {"error":{"message":"first chunk failed"}}\n\ndata: [DONE]\n\n', {
        'content-type': 'text/event-stream',
      }),
    ],
  },
  /** A refusal as an ordinary stream under a 400. */
  'sse-400': {
    steps: () => [
      reply(
        400,
        'data: {"choices":[{"index":0,"delta":{"content":"I cannot help."}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
        { 'content-type': 'text/event-stream' },
      ),
    ],
  },
  context: {
    steps: () => [
      failure(400, "This model's maximum context length is 4096 tokens.", {
        code: 'context_length_exceeded',
      }),
    ],
  },
  policy: { steps: () => [role(), finish('content_filter'), done()] },
  'policy-text': { steps: () => [text('I must not.'), finish('content_filter'), done()] },
  length: { steps: () => [text('Cut at the'), finish('length'), done()] },
  empty: { steps: () => [role(), finish(), usage(9, 0), done()] },
  /** 200 and a stream without a single frame. */
  nothing: { steps: () => [raw('')] },
  reasoning: {
    steps: () => [role(), reasoning('Let me '), reasoning('think.'), ...answer('42')],
  },
  'reasoning-only': { steps: () => [role(), reasoning('Hm.'), finish(), done()] },

  bytes: { steps: () => answer('grüße ', '你好 ', '👩‍🚀'), bytewise: true },
  crlf: { steps: () => [raw(': hello\n\n'), ...answer('Hello', ' CRLF')], eol: '\r\n' },
  'big-delta': { steps: () => answer('x'.repeat(1_000_000)) },
  'big-head': { steps: () => answer('ok'), headers: { 'x-big': 'h'.repeat(20_000) } },
  'full-frame': {
    steps: () => [
      object({
        object: 'chat.completion',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'All' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
      }),
      done(),
    ],
  },
  'no-usage': { steps: () => [role(), text('Hello'), finish(), done()] },
  /** Usage beside text, then once more in a chunk that has choices, with a price. */
  'usage-odd': {
    steps: () => [
      object({ choices: [{ index: 0, delta: { content: 'Hi' } }], usage: { prompt_tokens: 1 } }),
      finish(),
      object({
        choices: [{ index: 0, delta: {} }],
        usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6, cost: 0.25 },
      }),
      object({ choices: [] }),
      done(),
    ],
  },
  fallback: { steps: () => [object(chunk('other-model', 'Hi')), finish(), done()] },
  /** Refuses every field that OpenAI's first API did not have. */
  strict: {
    steps: ({ body }) =>
      'stream_options' in body
        ? [failure(400, 'Unrecognized request argument supplied: stream_options')]
        : answer('strict', ' but fine'),
  },
}

const chunk = (model: string, content: string): object => ({
  model,
  choices: [{ index: 0, delta: { content } }],
})

function* pings(): Iterable<Step> {
  for (;;) {
    yield raw(': ping\n\n')
    yield pause(10)
  }
}

/** Models with numbers in their names. */
const patterns: readonly (readonly [pattern: RegExp, script: Script])[] = [
  [/^recorded-(.+)$/, { steps: ({ groups: [name = ''] }) => [raw(recordedStream(name))] }],
  [/^lorem-(\d+)$/, { steps: ({ groups: [count] }) => stream(loremWords(Number(count))) }],
  [/^slow-(\d+)$/, { steps: ({ groups: [count] }) => stream(loremWords(Number(count)), 50) }],
  [
    /^status-(\d{3})(?:-after-(\d+))?$/,
    { steps: ({ groups: [code = '500', after] }) => [status(code, after)] },
  ],
  // flaky-N-STATUS: the first N calls fail.
  [
    /^flaky-(\d+)-(\d{3}|rst)$/,
    {
      steps: ({ groups: [count, how = '500'], earlier }) => {
        if (earlier >= Number(count)) return answer('at last')
        return how === 'rst' ? [reset] : [status(how, '0')]
      },
    },
  ],
]

/** The script of a model; `name+anything` behaves as `name`, so that a test can tell calls apart. */
export function findScript(
  model: string,
  own: Readonly<Record<string, Script>> = {},
): { script: Script; groups: string[] } | undefined {
  const [name = ''] = model.split('+')
  const script = own[name] ?? (Object.hasOwn(scripts, name) ? scripts[name] : undefined)
  if (script) return { script, groups: [] }
  for (const [pattern, candidate] of patterns) {
    const match = pattern.exec(name)
    if (match) return { script: candidate, groups: match.slice(1) }
  }
  return undefined
}
