import { onTestFinished } from 'vitest'
import {
  startUpstream,
  type Upstream,
  type UpstreamOptions,
} from '../../test/fakes/upstream/upstream.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { Secret } from '../secret.js'
import { createGateway } from './gateway.js'
import type { GatewayOptions } from './options.js'
import type { ChatRequest, Gateway, GatewayError, GatewayEvent } from './types.js'

/** A key that must never turn up anywhere. */
export const testKey = 'sk-testkey-0123456789abcdef'

/** A gateway with generous timers and quick retries, in front of the fake. */
export function testGateway(
  upstream: Pick<Upstream, 'url'> | undefined,
  options: Partial<Omit<GatewayOptions, 'timeouts'>> & {
    timeouts?: Partial<GatewayOptions['timeouts']>
  } = {},
): Gateway {
  return createGateway({
    url: upstream?.url,
    key: new Secret(testKey),
    log: recordingLog(),
    retryBaseMs: 1,
    offlineWordMs: 0,
    ...options,
    timeouts: {
      connectMs: 2_000,
      catalogueMs: 5_000,
      firstTokenMs: 10_000,
      tokenIdleMs: 10_000,
      totalMs: 30_000,
      ...options.timeouts,
    },
  })
}

/** The fake, until the test ends. */
export async function ownUpstream(options?: UpstreamOptions): Promise<Upstream> {
  const upstream = await startUpstream(options)
  onTestFinished(() => upstream.close())
  return upstream
}

/** A `testGateway` until the test ends. */
export const ownGateway: typeof testGateway = (...args) => {
  const gateway = testGateway(...args)
  onTestFinished(() => gateway.close())
  return gateway
}

export const ask = (model: string, text = 'Hi', more: Partial<ChatRequest> = {}): ChatRequest => ({
  model,
  messages: [{ role: 'user', content: text }],
  callId: 'turn-1',
  ...more,
})

export interface Collected {
  events: GatewayEvent[]
  text: string
  reasoning: string
  last: GatewayEvent | undefined
  error: GatewayError | undefined
}

/** Reads a completion to its end and checks what holds for all: one terminal event, and it is the last. */
export async function collect(
  gateway: Gateway,
  request: ChatRequest,
  options: { signal?: AbortSignal; onEvent?: (event: GatewayEvent) => void } = {},
): Promise<Collected> {
  const events: GatewayEvent[] = []
  const signal = options.signal ?? new AbortController().signal
  for await (const event of gateway.chat(request, signal)) {
    events.push(event)
    options.onEvent?.(event)
  }
  const terminal = events.filter((event) => event.type === 'done' || event.type === 'error')
  const last = events.at(-1)
  if (terminal.length !== 1 || terminal[0] !== last) {
    throw new Error(`not exactly one terminal event, last: ${JSON.stringify(events)}`)
  }
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('')
  const reasoning = events.map((one) => (one.type === 'reasoning' ? one.text : '')).join('')
  return { events, text, reasoning, last, error: last?.type === 'error' ? last.error : undefined }
}
