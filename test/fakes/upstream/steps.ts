/** What the fake upstream does for one completion, one small act after the other. */
export type Step =
  /** A whole HTTP answer instead of a stream. */
  | { kind: 'reply'; status: number; headers: Record<string, string>; body: string }
  /** One SSE frame. */
  | { kind: 'frame'; value: unknown }
  /** A frame that only clients get who asked for `stream_options.include_usage`. */
  | { kind: 'usage'; value: unknown }
  /** Bytes as they are. */
  | { kind: 'raw'; text: string | Uint8Array }
  /** The same, each byte in a write of its own. */
  | { kind: 'sliced'; text: string }
  /** Bytes on the bare socket, past HTTP's framing. */
  | { kind: 'wire'; text: string }
  | { kind: 'pause'; ms: number }
  /** Sends what the test releases, delta by delta, until the test finishes the call. */
  | { kind: 'gate' }
  /** Nothing more, ever; the socket stays open. */
  | { kind: 'hang' }
  /** TCP RST. */
  | { kind: 'reset' }
  /** The socket ends in the middle of the chunked body. */
  | { kind: 'cut' }

const frame = (value: unknown): Step => ({ kind: 'frame', value })

const choice = (delta: object, finish?: string): Step =>
  frame({ choices: [{ index: 0, delta, ...(finish && { finish_reason: finish }) }] })

export const role = (): Step => choice({ role: 'assistant', content: '' })
export const text = (content: string): Step => choice({ content })
export const reasoning = (content: string): Step => choice({ reasoning_content: content })
export const finish = (reason = 'stop'): Step => choice({}, reason)
export const object = (value: object): Step => frame(value)
export const raw = (bytes: string | Uint8Array): Step => ({ kind: 'raw', text: bytes })
export const sliced = (bytes: string): Step => ({ kind: 'sliced', text: bytes })
export const wire = (bytes: string): Step => ({ kind: 'wire', text: bytes })
export const done = (): Step => raw('data: [DONE]\n\n')
export const pause = (ms: number): Step => ({ kind: 'pause', ms })
export const gate: Step = { kind: 'gate' }
export const hang: Step = { kind: 'hang' }
export const reset: Step = { kind: 'reset' }
export const cut: Step = { kind: 'cut' }

export const usage = (prompt: number, completion: number, extra: object = {}): Step => ({
  kind: 'usage',
  value: {
    choices: [],
    usage: {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      ...extra,
    },
  },
})

/** A whole JSON answer with a status. */
export const reply = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Step => ({
  kind: 'reply',
  status,
  headers: {
    'content-type': typeof body === 'string' ? 'text/html' : 'application/json',
    ...headers,
  },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

/** An error in OpenAI's shape. */
export const failure = (
  status: number,
  message: string,
  fields: { type?: string; code?: string | number } = {},
  headers: Record<string, string> = {},
): Step => reply(status, { error: { message, type: null, param: null, ...fields } }, headers)

/** A complete answer out of these deltas. */
export const answer = (...deltas: string[]): Step[] => [
  role(),
  ...deltas.map(text),
  finish(),
  usage(9, deltas.length),
  done(),
]
