import type { SseEvent } from '../../../shared/sse.js'

/** The bytes of a stream and what they say, known from how they were made and not from a reader. */
export interface SseStream {
  name: string
  bytes: Buffer
  events: readonly SseEvent[]
}

interface Dialect {
  eol?: string
  /** Line ends by turns: each is a whole one, whatever stands next to it. */
  eols?: readonly string[]
  bom?: true
  /** No space after the colon. */
  tight?: true
  /** Data before name and id, as some servers have it. */
  dataFirst?: true
  /** Before each event, and once more inside it. */
  comment?: string
  /** Lines that a reader must not know. */
  unknown?: readonly string[]
  /** The last event has no blank line. */
  open?: true
}

const short: readonly SseEvent[] = [
  { data: 'a' },
  { data: 'grüße 你好 👩‍🚀', id: 't:1' },
  { event: 'phase', data: '{}' },
  { data: 'one\ntwo\n' },
  { event: 'x', id: '9', data: ':no comment' },
  { data: ' two spaces ' },
  { data: '' },
  { data: '[DONE]' },
]

/** The first and last code points of each length in UTF-8, joiners, and line ends that are none. */
const points: readonly SseEvent[] = [
  { data: '\u0001\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}' },
  { data: '\u0085\u2028\u2029\v\f \u00a0\u3000 ends no line' },
  { data: '👩‍❤️‍💋‍👨🏳️‍🌈🇩🇪👍🏽e\u0301', event: 'é', id: '\u{1f600}' },
  { data: 'العربية \u202eabc\u202c עברית' },
  { data: '\ufeff in the middle', id: '\ufeff' },
]

const chunk = (choice: object, more: object = {}): SseEvent => ({
  data: JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    model: 'gpt-4o',
    choices: [choice],
    ...more,
  }),
})
const delta = (value: object): SseEvent => chunk({ index: 0, delta: value })
const done: SseEvent = { data: '[DONE]' }

/** As LiteLLM sends them, in a few pieces since the pairs of a stream grow with its square. */
const litellm: readonly (readonly [name: string, events: readonly SseEvent[]])[] = [
  ['an answer begins', [delta({ role: 'assistant', content: 'He' }), delta({ content: 'llo 👋' })]],
  [
    'reasoning',
    [
      delta({ reasoning_content: 'Hm', thinking_blocks: [{ type: 'thinking', thinking: 'Hm' }] }),
      delta({ reasoning_content: '…' }),
    ],
  ],
  [
    'a tool call',
    [delta({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: '{"' } }] })],
  ],
  [
    'an answer ends',
    [
      chunk({ index: 0, delta: {}, finish_reason: 'stop' }),
      {
        data: '{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}',
      },
      done,
    ],
  ],
  [
    'a fallback',
    [{ data: '{"id":"litellm-fallback-metadata","choices":[],"litellm_fallback":{"to":"b"}}' }],
  ],
  [
    'an error inside a 200',
    [
      delta({ content: 'Hel' }),
      { data: '{"error":{"message":"boom","type":null,"param":null,"code":"429"}}' },
      done,
    ],
  ],
  [
    'errors of others',
    [
      { event: 'error', data: '{"type":"overloaded_error","message":"Overloaded"}' },
      { data: '{"object":"error","message":"flat","type":"BadRequestError","code":400}' },
      { data: 'Traceback: something broke' },
    ],
  ],
]

const dialects: readonly (readonly [name: string, dialect: Dialect])[] = [
  ['LF', {}],
  ['CRLF', { eol: '\r\n' }],
  ['CR', { eol: '\r' }],
  ['LF and CRLF by turns', { eols: ['\n', '\r\n'] }],
  ['all line ends by turns', { eols: ['\r\n', '\n', '\r\n', '\r\n', '\r'] }],
  ['a BOM', { bom: true }],
  ['a BOM and CRLF', { bom: true, eol: '\r\n' }],
  ['no spaces', { tight: true }],
  ['no spaces, CR', { tight: true, eol: '\r' }],
  ['data first', { dataFirst: true }],
  ['comments', { comment: ': ping' }],
  ['bare comments, CRLF', { comment: ':', eol: '\r\n' }],
  ['comments beyond ASCII, CR', { comment: ': ☃ 👻', eol: '\r' }],
  ['unknown fields', { unknown: ['retry: 10', 'datax: no', 'nothing', ' data: no'] }],
  ['an open end', { open: true }],
  ['an open end, CRLF', { open: true, eol: '\r\n' }],
  ['everything', { bom: true, eol: '\r\n', comment: ': 👋', unknown: ['retry: 1'], open: true }],
]

/** Longer than what is usual, without any line end to hold on to. */
const longLine: readonly SseEvent[] = [
  { data: 'x'.repeat(200) + '€'.repeat(60) + '😀'.repeat(50) },
  { data: `${'y'.repeat(100)}\n${'z'.repeat(100)}`, id: 'i'.repeat(40) },
]

export const corpus: readonly SseStream[] = [
  ...dialects.map(([name, dialect]) => stream(name, short, dialect)),
  ...['\n', '\r\n', '\r'].map((eol) =>
    stream(`code points ${JSON.stringify(eol)}`, points, { eol }),
  ),
  ...litellm.map(([name, events]) => stream(`LiteLLM: ${name}`, events, {})),
  stream('LiteLLM: an answer begins, CRLF', litellm[0]?.[1] ?? [], {
    eol: '\r\n',
    comment: ': ping',
  }),
  stream('long lines', longLine, {}),
  ...[...'ab'].map((name) => stream(`many short events ${name}`, many(14), { tight: true })),
  broken(),
]

function many(count: number): SseEvent[] {
  return Array.from({ length: count }, (_, n) => ({ data: `${n}` }))
}

function stream(name: string, events: readonly SseEvent[], dialect: Dialect): SseStream {
  const { eols = [dialect.eol ?? '\n'], comment, unknown = [] } = dialect
  // One space belongs to the colon, so a value that begins with one needs it.
  const field = (name: string, value: string): string =>
    `${name}:${dialect.tight && !value.startsWith(' ') ? '' : ' '}${value}`
  let text = dialect.bom ? '\ufeff' : ''
  let lines = 0
  const line = (content: string): void => {
    text += content + eols[lines++ % eols.length]
  }
  events.forEach((event, index) => {
    const data = event.data.split('\n').map((part) => field('data', part))
    const rest = [
      ...(event.event === undefined ? [] : [field('event', event.event)]),
      ...(event.id === undefined ? [] : [field('id', event.id)]),
    ]
    if (comment !== undefined) line(comment)
    for (const one of unknown) line(one)
    for (const one of dialect.dataFirst ? [...data, ...rest] : [...rest, ...data]) {
      line(one)
      if (comment !== undefined) line(comment)
    }
    if (!dialect.open || index < events.length - 1) line('')
  })
  return { name, bytes: Buffer.from(text), events }
}

/** Bytes that are no UTF-8: each becomes U+FFFD as in a whole text, wherever it is cut. */
function broken(): SseStream {
  const bytes = Buffer.concat([
    Buffer.from('data: '),
    Buffer.from([0xff, 0xc3, 0x28, 0xe2, 0x82, 0x20, 0xf0, 0x9f, 0x98, 0x0a, 0x0a]),
    Buffer.from('data: after\n\ndata: '),
    Buffer.from([0xed, 0xa0, 0x80, 0xc0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0x0d, 0x0a, 0x0d, 0x0a]),
  ])
  const r = '\ufffd'
  const events = [{ data: `${r}${r}(${r} ${r}` }, { data: 'after' }, { data: r.repeat(3 + 2 + 4) }]
  return { name: 'bytes that are no UTF-8', bytes, events }
}
