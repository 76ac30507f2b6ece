import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { answer, failure } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { loadConfig } from '../config.js'
import { ask, collect, testGateway } from './test-support.js'
import type { Gateway, GatewayEvent } from './types.js'

/*
 * The clocks as they are in production. The sockets of the fake are real, only the timers are not;
 * chat.test.ts lets them run out in earnest, with shorter times.
 */

const { time } = loadConfig({ personal: false }, { C2A_HOME: '/nowhere' })
const minute = 60_000

let upstream: Upstream
let gateway: Gateway
let log: ReturnType<typeof recordingLog>
beforeAll(async () => {
  upstream = await startUpstream()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  log = recordingLog()
  gateway = testGateway(upstream, {
    log,
    timeouts: {
      connectMs: time.connectTimeoutMs,
      firstTokenMs: time.firstTokenTimeoutMs,
      tokenIdleMs: time.tokenIdleTimeoutMs,
      totalMs: time.totalTimeoutMs,
    },
  })
})
afterEach(async () => {
  await gateway.close()
  vi.useRealTimers()
})
afterAll(() => upstream.close())

const busy = (seconds: number) => failure(429, 'slow down', {}, { 'retry-after': String(seconds) })

/** Asks in the background; `saw` resolves when so much text was read. */
function start(model: string) {
  let text = ''
  let onText = (): void => undefined
  const onEvent = (event: GatewayEvent): void => {
    if (event.type === 'text') text += event.text
    onText()
  }
  return {
    answer: collect(gateway, ask(model), { onEvent }),
    saw: (wanted: string) =>
      new Promise<void>((resolve) => {
        onText = () => text.endsWith(wanted) && resolve()
        onText()
      }),
  }
}

it.each(['hang', 'hang-head'])('%s: five minutes to the first token', async (model) => {
  const { answer } = start(`${model}+clock`)
  const call = await upstream.waitFor(`${model}+clock`)
  await vi.advanceTimersByTimeAsync(5 * minute - 1_000)
  expect(call.outcome).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1_000)
  expect((await answer).error).toMatchObject({ code: 'first_token_timeout', retryable: false })
  expect(await call.ended).toBe('aborted')
  expect(upstream.hits(`${model}+clock`)).toBe(1)
})

it('two and a half minutes between two tokens, however long the answer', async () => {
  const { answer, saw } = start('gate+idle')
  const call = await upstream.waitFor('gate+idle')
  for (const word of ['One ', 'two ', 'three ']) {
    call.release(word)
    await saw(word)
    await vi.advanceTimersByTimeAsync(2.5 * minute - 1_000)
    expect(call.outcome).toBeUndefined()
  }
  await vi.advanceTimersByTimeAsync(1_000)
  const { error, text } = await answer
  expect([text, error?.code]).toEqual(['One two three ', 'idle_timeout'])
})

it('half an hour for all of it, even while text comes', async () => {
  const { answer, saw } = start('gate+total')
  const call = await upstream.waitFor('gate+total')
  for (let minutes = 0; minutes < 30; minutes += 2) {
    expect(call.outcome).toBeUndefined()
    call.release(`${minutes} `)
    await saw(`${minutes} `)
    await vi.advanceTimersByTimeAsync(2 * minute)
  }
  const { error, last } = await answer
  expect(error?.code).toBe('total_timeout')
  expect(last).toMatchObject({ partial: true })
})

it("waits as long as the server's Retry-After", async () => {
  const steps = ({ earlier }: { earlier: number }) => (earlier > 0 ? answer('at last') : [busy(9)])
  upstream.configure({ scripts: { busy: { steps } } })
  const asked = start('busy')
  // It says so, and begins to wait.
  while (log.lines.length === 0) await new Promise(setImmediate)
  await vi.advanceTimersByTimeAsync(8_900)
  expect(upstream.hits('busy')).toBe(1)
  await vi.advanceTimersByTimeAsync(100)
  expect((await asked.answer).text).toBe('at last')
})

it('does not wait for more than ten seconds', async () => {
  upstream.configure({ scripts: { 'long-busy': { steps: () => [busy(11)] } } })
  expect((await start('long-busy').answer).error).toMatchObject({
    code: 'rate_limited',
    retryAfterMs: 11_000,
  })
  expect(upstream.hits('long-busy')).toBe(1)
})

it('a list of models is kept for a minute', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lists = (): number => upstream.requests.filter(({ path }) => path === '/v1/models').length
  await gateway.models()
  vi.advanceTimersByTime(59_000)
  await gateway.models()
  expect(lists()).toBe(1)
  vi.advanceTimersByTime(2_000)
  await gateway.models()
  expect(lists()).toBe(2)
})
