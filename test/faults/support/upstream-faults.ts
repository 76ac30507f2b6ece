import { performance } from 'node:perf_hooks'
import type { ProblemCode } from '../../../shared/contract/problem.js'
import type { Script } from '../../fakes/upstream/script-table.js'
import {
  cut,
  failure,
  gate,
  hang,
  pause,
  raw,
  reset,
  type Step,
  sliced,
  wire,
} from '../../fakes/upstream/steps.js'
import { createRandom } from './random.js'

const chunk = (value: object): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', ...value })}\n\n`
const choice = (delta: object, finish?: string): string =>
  chunk({ choices: [{ index: 0, delta, ...(finish && { finish_reason: finish }) }] })

/** The text of the frames that have one: the first 57. */
export const texts = Array.from({ length: 57 }, (_, n) => `${n} é👩‍🚀 `)

/** A whole reply as it goes over the wire: text, the finish, the usage, `[DONE]`. */
export const frames: readonly string[] = [
  ...texts.map((content, n) => choice(n === 0 ? { role: 'assistant', content } : { content })),
  choice({}, 'stop'),
  chunk({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 57, total_tokens: 66 } }),
  'data: [DONE]\n\n',
]

/** Once the finish was seen the answer is whole, whatever breaks after it. */
const finishAt = texts.length

/** How long the upstream may be silent, ms: the timer that ends a hang. */
export const silenceMs = 2_000

export interface Expected {
  status: 'complete' | 'failed'
  code?: ProblemCode
  text: string
  /** How often the upstream is asked. */
  hits: number
}

export interface FaultCase {
  /** Of the frame that the fault comes instead of, or in. */
  at: number
  model: string
  script: Script
  expected: Expected
  /** The fault comes when the test has seen the text before it, and lets the gate go on. */
  gated: boolean
  /** When the fault came the last time, ms. */
  faultAt: () => number
  /** What passes by design between the fault and the end, ms. */
  waitMs: number
}

interface Fault {
  steps: readonly Step[]
  /** The outcome, unless the answer is whole by then. */
  code?: ProblemCode
  hits?: number
  gated?: boolean
  waitMs?: number
}

type FaultAt = (at: number) => Fault

const half = (at: number): string => {
  const frame = frames[at] ?? ''
  return frame.slice(0, Math.floor(frame.length / 2))
}
const rest = (at: number): Step[] => frames.slice(at).map(raw)

const errorFrames: readonly (readonly [frame: string, code: ProblemCode])[] = [
  [
    'data: {"error":{"message":"boom","type":null,"param":null,"code":"500"}}\n\n',
    'upstream_error',
  ],
  ['data: {"error":{"message":"boom","code":null}}\n\ndata: [DONE]\n\n', 'upstream_error'],
  ['event: error\ndata: {"type":"overloaded_error","message":"Overloaded"}\n\n', 'overloaded'],
  [
    'data: {"object":"error","message":"flat","type":"BadRequestError","code":400}\n\n',
    'bad_request',
  ],
  ['data: {"error":"just words"}\n\n', 'upstream_error'],
  ['data: Traceback: it broke\n\n', 'upstream_error'],
]

/** A provider's status as LiteLLM passes it on once the stream has begun. */
const statuses: readonly (readonly [status: number, code: ProblemCode])[] = [
  [429, 'rate_limited'],
  [500, 'upstream_error'],
  [502, 'upstream_error'],
  [503, 'overloaded'],
  [504, 'upstream_timeout'],
  [529, 'overloaded'],
]

const random = createRandom()
/** Of the noise in `garbage`. */
export const { seed } = random

function noise(): Uint8Array {
  const bytes = Array.from({ length: 60 }, () => random.between(0, 256))
  return Uint8Array.from(bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d))
}

const garbage: readonly FaultAt[] = [
  // A frame that is no JSON and no text either.
  () => ({
    steps: [raw('data: '), raw(noise()), raw('\n\n'), hang],
    code: 'upstream_error',
  }),
  // What is no field is skipped.
  (at) => ({ steps: [raw('noise'), raw(noise()), raw('\n\n'), ...rest(at)] }),
  // Not even HTTP.
  () => ({ steps: [wire('zz\r\nno chunk\r\n'), hang], code: 'stream_truncated' }),
  () => ({ steps: [raw('data: <!doctype html><html>It works!</html>\n\n')], code: 'protocol' }),
]

const nth = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** What each fault does at a frame; a refused connection needs the test's own hands. */
const faults: Readonly<Record<string, FaultAt>> = {
  // Lost without a head the call is tried again, which costs nothing twice.
  reset: (at) => ({
    steps: [reset],
    gated: true,
    code: at === 0 ? 'upstream_error' : 'stream_truncated',
    hits: at === 0 ? 3 : 1,
  }),
  hang: (at) => ({
    steps: [hang],
    waitMs: silenceMs,
    code: at === 0 ? 'first_token_timeout' : 'idle_timeout',
  }),
  // Longer in all than the upstream may be silent, never so long at once.
  slow: (at) => ({
    steps: frames.slice(at).flatMap((frame) => [pause(silenceMs / 40), raw(frame)]),
  }),
  'slices of one byte': (at) => ({ steps: [sliced(frames[at] ?? ''), ...rest(at + 1)] }),
  'truncated by a closed socket': (at) => ({
    steps: [raw(half(at)), cut],
    code: 'stream_truncated',
  }),
  'truncated by a proper end': (at) => ({ steps: [raw(half(at))], code: 'stream_truncated' }),
  '429 and 5xx': (at) => {
    if (at === 0) {
      return { steps: [failure(503, 'Overloaded')], code: 'overloaded', hits: 3 }
    }
    const [status, code] = nth(statuses, at)
    const error = {
      message: 'litellm.APIError: the provider failed',
      type: null,
      code: `${status}`,
    }
    return { steps: [raw(`data: ${JSON.stringify({ error })}\n\n`)], code }
  },
  'an error frame': (at) => {
    const [frame, code] = nth(errorFrames, at)
    // Without an end of its own: the error is the end.
    return { steps: [raw(frame), hang], code }
  },
  garbage: (at) => nth(garbage, at)(at),
}

export const kinds: readonly string[] = Object.keys(faults)

/** The fault at every frame of the reply. */
export function casesOf(kind: string): FaultCase[] {
  return frames.map((_, at) => {
    const fault = faults[kind]?.(at)
    if (fault === undefined) throw new Error(`no fault is called ${kind}`)
    return toCase(kind, at, fault)
  })
}

function toCase(kind: string, at: number, fault: Fault): FaultCase {
  const { steps, code, hits = 1, gated = false, waitMs = 0 } = fault
  let faultAt = 0
  function* play(): Iterable<Step> {
    for (const frame of frames.slice(0, at)) yield raw(frame)
    // A gate would send the head.
    if (gated && at > 0) yield gate
    for (const step of steps) {
      // The time of the last one counts: the end comes after it.
      faultAt = performance.now()
      yield step
    }
  }
  const whole = code === undefined || at > finishAt
  return {
    at,
    model: `${kind.replaceAll(' ', '-')}@${at}`,
    script: { steps: play },
    expected: whole
      ? { status: 'complete', text: texts.join(''), hits }
      : { status: 'failed', code, text: texts.slice(0, at).join(''), hits },
    gated,
    faultAt: () => faultAt,
    waitMs,
  }
}
