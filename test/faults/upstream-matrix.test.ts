import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isTerminal } from '../../shared/contract/event.js'
import { hang, raw } from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { ask, startDaemon, type TestDaemon, textOf } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { createHistory, expectHolds } from './support/check.js'
import { startFaultProxy } from './support/fault-proxy.js'
import { inParallel } from './support/in-parallel.js'
import { createPace } from './support/pace.js'
import {
  casesOf,
  type Expected,
  frames,
  kinds,
  seed,
  silenceMs,
  texts,
} from './support/upstream-faults.js'

/*
 * Nine kinds of faults (a truncation in two ways) at every frame of a reply. Each must end its turn
 * in time, once, and with all the text that came before it.
 */

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
/** Where silence is a fault, and soon. */
let impatient: TestDaemon
const history = createHistory()
const cases = new Map(kinds.map((kind) => [kind, casesOf(kind)]))

beforeAll(async () => {
  const scripts = [...cases.values()].flat().map(({ model, script }) => [model, script] as const)
  database = await createTestDatabase()
  upstream = await startUpstream({ scripts: Object.fromEntries(scripts) })
  daemon = await startDaemon({ database, upstream })
  const time = { firstTokenTimeoutMs: silenceMs, tokenIdleTimeoutMs: silenceMs }
  impatient = await startDaemon({ database, upstream, time })
})
afterAll(async () => {
  await expectHolds(history, { database })
  await Promise.all([daemon.stop(), impatient.stop()])
  await upstream.close()
  await database.drop()
})

/** From the fault, or from the timer that found it, to the terminal event, ms: the promise. */
const soonMs = 1_000
const pace = createPace()
/** On a busy machine each statement and each frame takes as long as a plain request: of so many it is made. */
const soonHere = (): number => soonMs + 10 * pace.plainMs

interface Seen extends Expected {
  /** What the list says of the answer. */
  stored: string
  ends: number
}

async function expectTurn(
  { client }: TestDaemon,
  model: string,
  expected: Expected,
  onText: (text: string) => void = () => undefined,
): Promise<{ name: string; seen: Seen; wanted: Seen; endedAt: number; sessionId: string }> {
  const session = await pace.note(() => client.createSession({}))
  const key = randomUUID()
  const stream = await client.chat(session.id, { message: 'Go', model }, { idempotencyKey: key })
  let text = ''
  let ends = 0
  let turnId = ''
  for await (const batch of history.read(stream, { key })) {
    text += textOf(batch)
    ends += batch.filter(({ event }) => isTerminal(event)).length
    for (const event of batch) if (event.event === 'turn.started') turnId = event.data.turn_id
    onText(text)
  }
  const endedAt = performance.now()
  const [, answer] = await client.listMessages(session.id)
  const { status, problem } = await pace.note(() => client.getTurn(turnId))
  await Promise.all(upstream.requests.map((request) => request.model === model && request.closed))
  return {
    name: model,
    sessionId: session.id,
    endedAt,
    wanted: { ...expected, stored: `${expected.status}: ${expected.text}`, ends: 1 },
    seen: {
      status: status === 'complete' ? status : 'failed',
      ...(problem && { code: problem.code }),
      text,
      stored: `${answer?.status}: ${answer?.content}`,
      hits: upstream.hits(model),
      ends,
    },
  }
}

type Outcome = Awaited<ReturnType<typeof expectTurn>>

function expectAll(outcomes: readonly Outcome[]): void {
  expect(outcomes).toHaveLength(frames.length)
  const by = (which: 'seen' | 'wanted') =>
    Object.fromEntries(outcomes.map((outcome) => [outcome.name, outcome[which]]))
  expect(by('seen'), `seed ${seed}`).toEqual(by('wanted'))
}

test.each(kinds)('%s, at every frame', async (kind) => {
  const asked = kind === 'hang' || kind === 'slow' ? impatient : daemon
  // Who waits for a timer costs nothing, but what comes early must not wait for its turn behind it.
  const width = kind === 'hang' || kind === 'slow' ? frames.length : 8
  const late: { model: string; took: number }[] = []
  const outcomes = await inParallel(cases.get(kind) ?? [], width, async (one) => {
    let released = !one.gated
    const outcome = await expectTurn(asked, one.model, one.expected, (text) => {
      if (released || text !== one.expected.text) return
      released = true
      void upstream.waitFor(one.model).then((call) => call.finish())
    })
    const took = outcome.endedAt - one.faultAt() - one.waitMs
    if (took > soonMs) late.push({ model: one.model, took })
    return outcome
  })
  expectAll(outcomes)
  const soon = soonHere()
  expect(
    late.filter(({ took }) => took > soon),
    `not in ${soon} ms`,
  ).toEqual([])
})

test('refused connections, at every frame', async () => {
  const proxy = await startFaultProxy({ to: { port: upstream.port } })
  const cutOff = await startDaemon({ database, upstream: proxy })
  const modelAt = (at: number): string => `refused@${at}`
  const scripts = frames.map((_, at) => {
    const steps = () => [...frames.slice(0, at).map(raw), hang]
    return [modelAt(at), { steps }] as const
  })
  upstream.configure({ scripts: Object.fromEntries(scripts) })

  let ready = 0
  let fault: Promise<number> | undefined
  const goDown = async (): Promise<number> => {
    const at = performance.now()
    await Promise.all(frames.map((_, at) => upstream.waitFor(modelAt(at))))
    await proxy.down()
    return at
  }
  const outcomes = await Promise.all(
    frames.map((_, at) => {
      const text = texts.slice(0, at).join('')
      const expected: Expected =
        at > texts.length
          ? { status: 'complete', text, hits: 1 }
          : // Without a head it is tried again, and then nobody listens.
            {
              status: 'failed',
              code: at === 0 ? 'gateway_unreachable' : 'stream_truncated',
              text,
              hits: 1,
            }
      let waiting = true
      return expectTurn(cutOff, modelAt(at), expected, (seen) => {
        if (!waiting || seen !== text) return
        waiting = false
        ready += 1
        if (ready === frames.length) fault = goDown()
      })
    }),
  )
  expectAll(outcomes)
  const faultAt = await fault
  const soon = soonHere()
  for (const { name, endedAt } of outcomes) {
    expect(endedAt - (faultAt ?? 0), name).toBeLessThan(soon)
  }

  // Nothing of a turn that nobody could answer stands in the way of the next one.
  const refused = await inParallel(outcomes, 8, ({ sessionId }) =>
    ask(cutOff, { model: 'ok+refused' }, { sessionId }),
  )
  for (const { last, text } of refused) {
    expect(last).toMatchObject({ data: { problem: { code: 'gateway_unreachable' } } })
    expect(text).toBe('')
  }
  expect(upstream.hits('ok+refused')).toBe(0)
  await proxy.up()
  const [first] = outcomes
  const again = await ask(cutOff, { model: 'ok' }, { sessionId: first?.sessionId ?? '' })
  expect(again.text).toBe('Hello, world.')
})
