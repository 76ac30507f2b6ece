import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordedNames, recordedStream } from '../../test/fakes/upstream/recorded.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { readAnswer } from './read.js'
import { ask, collect, testGateway } from './test-support.js'
import type { GatewayEvent } from './types.js'
import { createWatch } from './watch.js'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const usage = (prompt_tokens: number, completion_tokens: number, cost_usd?: number) => ({
  ...{ prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  ...(cost_usd !== undefined && { cost_usd: expect.closeTo(cost_usd, 12) }),
})

interface Said {
  text: string
  reasoning?: string
  usage?: object
  /** How it finished, or the code of its error. */
  end: string
}

const said: Readonly<Record<string, Said>> = {
  'litellm-1.106.2-ok': { text: 'Hello, world.', usage: usage(9, 4, 1.7e-5), end: 'stop' },
  'litellm-1.106.2-script': {
    text: 'Grüße 👩‍🚀 `code` und\nZeilen',
    usage: usage(9, 4, 1.7e-5),
    end: 'stop',
  },
  'litellm-1.106.2-reasoning': {
    text: '42',
    reasoning: 'Let me think.',
    usage: usage(9, 1, 1.1e-5),
    end: 'stop',
  },
  'litellm-1.106.2-usage-odd': { text: 'Hi', usage: usage(5, 1, 0.25), end: 'stop' },
  'litellm-1.106.2-length': { text: 'Cut at the', usage: usage(8, 3, 1.4e-5), end: 'length' },
  'litellm-1.106.2-error-frame': { text: 'Hello', end: 'upstream_error' },
  'litellm-1.106.2-rst-mid': { text: 'Hello there', end: 'upstream_error' },
  // It hides that the provider had not finished, and that it failed.
  'litellm-1.106.2-done-mid': { text: 'Hello', usage: usage(8, 1, 1e-5), end: 'stop' },
  'litellm-1.106.2-flat-error': { text: 'Hello', usage: usage(8, 1, 1e-5), end: 'stop' },
  'litellm-1.106.2-nothing': { text: '', end: 'empty_answer' },
  'litellm-1.109.1-ok': { text: 'Hello, world.', usage: usage(9, 4, 1.7e-5), end: 'stop' },
  'litellm-1.109.1-error-frame': { text: 'Hello', end: 'upstream_error' },
  'litellm-1.109.1-unfinished': { text: 'Hello', end: 'stream_truncated' },
  'litellm-1.109.1-rate-limit': { text: 'Hello', end: 'rate_limited' },
  'llama.cpp-ok': { text: 'The capital', usage: usage(29, 2), end: 'stop' },
  'openrouter-reasoning': {
    text: '42',
    reasoning: 'Let me think.',
    usage: usage(9, 3, 0.002),
    end: 'stop',
  },
  'openrouter-error': { text: 'Hel', end: 'upstream_error' },
  'vllm-flat-error': { text: 'Hello', end: 'upstream_error' },
  'ollama-thinking': { text: 'Hi', reasoning: 'Hm.', usage: usage(11, 5), end: 'stop' },
  'azure-filter': { text: 'I', end: 'content_filter' },
}

async function eventsOf(pieces: readonly Uint8Array[]): Promise<GatewayEvent[]> {
  const watch = createWatch(new AbortController().signal, 60_000)
  const answer = {
    headers: { 'content-type': 'text/event-stream; charset=utf-8' },
    pieces: (async function* () {
      yield* pieces
    })(),
  }
  const events: GatewayEvent[] = []
  const options = { context: { url: 'u', key: undefined }, model: 'm', tokenIdleMs: 60_000 }
  for await (const event of readAnswer(answer, watch, { ...options, cost: () => undefined })) {
    events.push(event)
  }
  watch.close()
  return events
}

function summary(events: readonly GatewayEvent[]): Said {
  const of = (type: 'text' | 'reasoning'): string =>
    events.map((event) => (event.type === type ? event.text : '')).join('')
  const used = events.flatMap((event) => (event.type === 'usage' ? event.usage : []))
  const last = events.at(-1)
  const end =
    last?.type === 'done' ? last.finish : last?.type === 'error' ? last.error.code : 'nothing'
  const reasoning = of('reasoning')
  return {
    text: of('text'),
    ...(reasoning !== '' && { reasoning }),
    ...(used[0] && { usage: used[0] }),
    end,
  }
}

it('every recorded stream is in the table', () => {
  expect(recordedNames().toSorted()).toEqual(Object.keys(said).toSorted())
})

describe.each(Object.entries(said))('%s', (name, expected) => {
  it('is understood', async () => {
    const gateway = testGateway(upstream)
    const { events } = await collect(gateway, ask(`recorded-${name}`))
    expect(summary(events)).toEqual(expected)
    await gateway.close()
  })

  it('says the same however its bytes are split', async () => {
    const bytes = recordedStream(name)
    const whole = await eventsOf([bytes])
    const cuts = fc.array(fc.nat(bytes.length), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(cuts, async (some) => {
        const points = [0, ...some.toSorted((a, b) => a - b), bytes.length]
        const pieces = points.slice(1).map((end, index) => bytes.subarray(points[index], end))
        expect(await eventsOf(pieces)).toEqual(whole)
      }),
    )
    const single = [...bytes].map((byte) => Uint8Array.of(byte))
    expect(await eventsOf(single)).toEqual(whole)
  })
})
