import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lorem } from '../../test/fakes/upstream/script-table.js'
import { cut, failure, raw, text, wire } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { ask, collect, ownGateway, testGateway, testKey } from './test-support.js'
import type { Gateway } from './types.js'

let upstream: Upstream
let gateway: Gateway

beforeAll(async () => {
  upstream = await startUpstream()
  gateway = testGateway(upstream)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const stop = { type: 'done', finish: 'stop', complete: true }

describe('answers', () => {
  it('streams text, usage and one done', async () => {
    const { events } = await collect(gateway, ask('ok'))
    expect(events).toEqual([
      { type: 'open', status: 200 },
      ...['Hello', ', ', 'world', '.'].map((text) => ({ type: 'text', text })),
      { type: 'usage', usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 } },
      stop,
    ])
  })

  it.each([
    ['bytes', 'grüße 你好 👩‍🚀'],
    ['crlf', 'Hello CRLF'],
    ['no-usage', 'Hello'],
    ['no-done', 'Hello'],
    ['full-frame', 'All'],
    ['big-head', 'ok'],
    ['big-delta', 'x'.repeat(1_000_000)],
    ['policy-text', 'I must not.'],
    ['length', 'Cut at the'],
  ])('model %s is whole', async (model, text) => {
    const answer = await collect(gateway, ask(model))
    expect(answer.text).toBe(text)
    expect(answer.last).toMatchObject({ type: 'done', complete: true })
  })

  it('keeps the finish reason', async () => {
    expect((await collect(gateway, ask('length'))).last).toMatchObject({ finish: 'length' })
    const blocked = await collect(gateway, ask('policy-text'))
    expect(blocked.last).toMatchObject({ finish: 'content_filter' })
  })

  it('passes hostile text on verbatim', async () => {
    const hostile = '\u001b]0;pwn\u0007 data: [DONE]\n\n\r\nevent: error\n "\\ \u202e <script>'
    expect((await collect(gateway, ask('script', hostile))).text).toBe(hostile)
  })

  it('tells reasoning from text', async () => {
    const answer = await collect(gateway, ask('reasoning'))
    expect([answer.reasoning, answer.text]).toEqual(['Let me think.', '42'])
  })

  it('takes the last usage, wherever it is, with its price', async () => {
    const { events } = await collect(gateway, ask('usage-odd'))
    const usage = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6, cost_usd: 0.25 }
    expect(events.filter((event) => event.type === 'usage')).toEqual([{ type: 'usage', usage }])
  })

  it('names the model that answered when it is another', async () => {
    const { events } = await collect(gateway, ask('fallback'))
    expect(events).toContainEqual({ type: 'model', name: 'other-model' })
  })

  it('[DONE] without a finish is an answer that may not be whole', async () => {
    const answer = await collect(gateway, ask('done-mid'))
    expect(answer.last).toEqual({ type: 'done', finish: 'unknown', complete: false })
  })

  it('reads 5,000 deltas', async () => {
    const answer = await collect(gateway, ask('lorem-5000'))
    expect(answer.text).toBe(lorem(5000))
    expect(answer.events.filter((event) => event.type === 'text')).toHaveLength(5000)
  })

  it('lets the server end the answer by itself', async () => {
    await collect(gateway, ask('ok+polite'))
    expect(await (await upstream.waitFor('ok+polite')).ended).toBe('finished')
  })

  it('lets a consumer leave early, and closes the socket then', async () => {
    for await (const event of gateway.chat(ask('hang-mid+left'), new AbortController().signal)) {
      if (event.type === 'text') break
    }
    expect(await (await upstream.waitFor('hang-mid+left')).ended).toBe('aborted')
  })
})

describe('every way an error can arrive', () => {
  it.each([
    ['status-401', 'gateway_auth', false],
    ['status-403', 'forbidden_model', false],
    ['status-404', 'model_not_found', false],
    ['status-500', 'upstream_error', false],
    ['status-503', 'overloaded', false],
    ['no-such-model', 'model_not_found', false],
    ['context', 'context_window', false],
    ['sse-error', 'upstream_error', false],
    ['sse-400', 'content_policy', false],
    ['detail', 'bad_request', false],
    ['html', 'protocol', false],
    ['html-502', 'upstream_error', false],
    ['error-first', 'upstream_error', false],
    ['error-frame', 'upstream_error', true],
    ['error-event', 'overloaded', true],
    ['flat-error', 'bad_request', true],
    ['junk', 'upstream_error', true],
    ['rst-head', 'upstream_error', false],
    ['rst-mid', 'stream_truncated', true],
    ['cut-mid', 'stream_truncated', true],
    ['eof-mid', 'stream_truncated', true],
    ['policy', 'content_policy', false],
    ['empty', 'empty_answer', false],
    ['nothing', 'empty_answer', false],
    ['reasoning-only', 'empty_answer', false],
  ])('%s is %s', async (model, code, partial) => {
    const { error, last } = await collect(gateway, ask(model))
    expect(error?.code).toBe(code)
    expect(last).toMatchObject({ partial })
    expect(error?.message).not.toBe('')
  })

  it.each([
    ['cut', [cut]],
    ['no HTTP', [wire('zz\r\nno chunk\r\n'), cut]],
  ] as const)('all that came before it is read, however late: %s', async (name, end) => {
    const model = `late-${name}`
    upstream.configure({
      scripts: { [model]: { steps: () => [text('Hello'), text(' there'), ...end] } },
    })
    const seen: string[] = []
    for await (const event of gateway.chat(ask(model), new AbortController().signal)) {
      // The connection is over before anything of it is read.
      if (event.type === 'open') await (await upstream.waitFor(model)).ended
      if (event.type === 'text') seen.push(event.text)
      if (event.type === 'error') seen.push(event.error.code)
    }
    expect(seen).toEqual(['Hello', ' there', 'stream_truncated'])
  })

  it('half a frame at the end is a cut, not words of the server', async () => {
    upstream.configure({
      scripts: { 'half-frame': { steps: () => [text('Hello'), raw('data: {"choices":[{"del')] } },
    })
    const { error, text: kept } = await collect(gateway, ask('half-frame'))
    expect([kept, error?.code]).toEqual(['Hello', 'stream_truncated'])
  })

  it('keeps what a frame says', async () => {
    const { error } = await collect(gateway, ask('error-frame'))
    expect(error).toMatchObject({ message: 'boom in the middle', upstreamStatus: 500 })
    const junk = await collect(gateway, ask('junk'))
    expect(junk.error?.message).toBe('Traceback: something broke')
  })

  it('takes the whole body of a server that ignores stream', async () => {
    const whole = { choices: [{ message: { content: 'Whole' }, finish_reason: 'stop' }] }
    upstream.configure({
      scripts: {
        whole: {
          steps: () => [
            {
              kind: 'reply',
              status: 200,
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(whole),
            },
          ],
        },
      },
    })
    const answer = await collect(gateway, ask('whole'))
    expect([answer.text, answer.last]).toEqual(['Whole', stop])
  })

  it('holds no more of such a body than of a frame', async () => {
    const part = raw('x'.repeat(1024 * 1024))
    const headers = { 'content-type': 'application/json' }
    upstream.configure({
      scripts: { endless: { steps: () => Array.from({ length: 12 }, () => part), headers } },
    })
    const { error } = await collect(gateway, ask('endless'))
    expect(error).toMatchObject({ code: 'protocol', retryable: false })
  })

  it('does not wait when nothing listens', async () => {
    const dead = await startUpstream()
    await dead.close()
    const { error } = await collect(ownGateway(dead), ask('ok'))
    expect(error).toMatchObject({ code: 'gateway_unreachable', retryable: true })
    expect(error?.message).toContain(dead.url)
  })

  it('never shows the key, in errors or in the log', async () => {
    const log = recordingLog()
    const leaking = `Bad key ${testKey} in header Authorization: Bearer ${testKey}, or sk-other12345678`
    const server = await startUpstream({
      scripts: {
        leak: {
          steps: () => [
            { kind: 'reply', status: 401, headers: {}, body: JSON.stringify({ error: leaking }) },
          ],
        },
        'leak-mid': { steps: () => [{ kind: 'frame', value: { error: { message: leaking } } }] },
      },
    })
    const one = ownGateway(server, { log })
    const errors = [await collect(one, ask('leak')), await collect(one, ask('leak-mid'))]
    const everything = JSON.stringify([errors, log.lines])
    expect(everything).toContain('Bad key')
    expect(everything).not.toMatch(/testkey|other12345678/)
    expect(server.requests.at(-1)?.headers.authorization).toBe(`Bearer ${testKey}`)
    await server.close()
  })
})

describe('retries', () => {
  it.each([
    ['flaky-2-503', 'generic', 3, true],
    ['flaky-1-500', 'generic', 2, true],
    ['flaky-1-429', 'generic', 2, true],
    ['flaky-1-rst', 'generic', 2, true],
    ['flaky-3-503', 'generic', 3, false],
    ['flaky-1-400', 'generic', 1, false],
    ['status-429', 'generic', 1, false],
    ['status-402-after-0', 'generic', 1, false],
    ['error-first', 'generic', 1, false],
    ['rst-mid', 'generic', 1, false],
    ['html-502', 'litellm', 3, false],
    ['flaky-1-rst', 'litellm', 2, true],
    ['flaky-1-429', 'litellm', 2, true],
    ['flaky-1-503', 'litellm', 1, false],
    ['flaky-1-500', 'litellm', 1, false],
  ])('%s behind %s: %i calls', async (model, kind, hits, answered) => {
    const server = await startUpstream({ litellm: kind === 'litellm' })
    const { text } = await collect(ownGateway(server), ask(model))
    expect(server.hits(model)).toBe(hits)
    expect(text === 'at last').toBe(answered)
    await server.close()
  })

  it("leaves a provider's limit to LiteLLM, which has waited for it and tried again itself", async () => {
    // As LiteLLM relays it: its own limits come as `retry-after`.
    const refusal = failure(429, 'slow down', {}, { 'llm_provider-retry-after': '0' })
    const server = await startUpstream({
      litellm: true,
      scripts: { limit: { steps: () => [refusal] } },
    })
    const { error } = await collect(ownGateway(server), ask('limit'))
    expect(error).toMatchObject({ code: 'rate_limited', hint: 'Try again in 1 s.' })
    expect(server.hits('limit')).toBe(1)
    await server.close()
  })

  it('asks once without stream_options where they are refused, and remembers it', async () => {
    const one = ownGateway(upstream)
    expect((await collect(one, ask('strict'))).text).toBe('strict but fine')
    await collect(one, ask('strict'))
    const asked = upstream.requests.filter((request) => request.model === 'strict')
    expect(asked.map((request) => 'stream_options' in request.body)).toEqual([true, false, false])
  })

  it('an abort ends the pause between two tries', async () => {
    const abort = new AbortController()
    const reading = collect(ownGateway(upstream), ask('status-429-after-9+pause'), {
      signal: abort.signal,
    })
    await (await upstream.waitFor('status-429-after-9+pause')).ended
    abort.abort()
    expect((await reading).error?.code).toBe('cancelled')
    expect(upstream.hits('status-429-after-9+pause')).toBe(1)
  })
})

describe('timers', () => {
  it.each([
    ['hang', { firstTokenMs: 50 }, 'first_token_timeout', false],
    ['hang-head', { firstTokenMs: 50 }, 'first_token_timeout', false],
    ['pings-only', { firstTokenMs: 80 }, 'first_token_timeout', false],
    ['hang-mid', { tokenIdleMs: 50 }, 'idle_timeout', true],
    ['slow', { totalMs: 500 }, 'total_timeout', true],
    ['hang', { totalMs: 50 }, 'total_timeout', false],
  ] as const)('%s within %o: %s', async (model, timeouts, code, partial) => {
    const name = `${model}+${code}${JSON.stringify(timeouts)}`
    const { error, last } = await collect(ownGateway(upstream, { timeouts }), ask(name))
    expect(error?.code).toBe(code)
    expect(last).toMatchObject({ partial })
    expect(await (await upstream.waitFor(name)).ended).toBe('aborted')
  })

  it('a slow reader is not an idle upstream', async () => {
    const timeouts = { tokenIdleMs: 40 }
    const texts: string[] = []
    for await (const event of ownGateway(upstream, { timeouts }).chat(
      ask('slow-3+reader'),
      new AbortController().signal,
    )) {
      if (event.type === 'text') texts.push(event.text)
      // The upstream pauses 50 ms between deltas, so this reader is let wait for the whole answer.
      if (texts.length === 1) await (await upstream.waitFor('slow-3+reader')).ended
      if (event.type === 'error') throw new Error(event.error.message)
    }
    expect(texts.join('')).toBe(lorem(3))
  })

  it('does not wait for the end once the answer is whole', async () => {
    const scripts = {
      'finish-hang': {
        steps: () => [
          { kind: 'frame', value: { choices: [{ delta: { content: 'Hi' } }] } } as const,
          { kind: 'frame', value: { choices: [{ finish_reason: 'stop' }] } } as const,
          { kind: 'hang' } as const,
        ],
      },
    }
    upstream.configure({ scripts })
    const one = ownGateway(upstream, { timeouts: { tokenIdleMs: 50 } })
    expect((await collect(one, ask('finish-hang'))).last).toEqual(stop)
  })
})

describe('abort', () => {
  it.each(['hang', 'hang-head'])('before the first token (%s)', async (model) => {
    const name = `${model}+abort`
    const abort = new AbortController()
    const reading = collect(gateway, ask(name), { signal: abort.signal })
    const request = await upstream.waitFor(name)
    abort.abort()
    expect(await request.ended).toBe('aborted')
    expect((await reading).last).toMatchObject({ error: { code: 'cancelled' }, partial: false })
  })

  it('in the middle of the text', async () => {
    const abort = new AbortController()
    const answer = await collect(gateway, ask('hang-mid+abort'), {
      signal: abort.signal,
      onEvent: (event) => event.type === 'text' && abort.abort(),
    })
    expect(answer.last).toMatchObject({ error: { code: 'cancelled' }, partial: true })
    expect(await (await upstream.waitFor('hang-mid+abort')).ended).toBe('aborted')
  })

  it('closes the socket even while nobody reads', async () => {
    const abort = new AbortController()
    const events = gateway.chat(ask('hang-mid+unread'), abort.signal)[Symbol.asyncIterator]()
    expect((await events.next()).value).toMatchObject({ type: 'open' })
    abort.abort()
    expect(await (await upstream.waitFor('hang-mid+unread')).ended).toBe('aborted')
    expect((await events.next()).value).toMatchObject({ error: { code: 'cancelled' } })
    expect((await events.next()).done).toBe(true)
  })

  it('before it began', async () => {
    const { events } = await collect(gateway, ask('ok+never'), { signal: AbortSignal.abort() })
    expect(events).toMatchObject([{ type: 'error', error: { code: 'cancelled' }, partial: false }])
    expect(upstream.hits('ok+never')).toBe(0)
  })
})

describe('the gate', () => {
  it('releases an answer delta by delta', async () => {
    const texts: string[] = []
    const reading = collect(gateway, ask('gate'), {
      onEvent: (event) => event.type === 'text' && texts.push(event.text),
    })
    const call = await upstream.waitFor('gate')
    call.release('one ')
    call.release('two')
    call.finish()
    await reading
    expect(texts).toEqual(['one ', 'two'])
    expect(await call.ended).toBe('finished')
  })
})
