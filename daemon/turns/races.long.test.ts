import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../shared/client/client.js'
import { askAndFollow } from '../../shared/client/follow.js'
import type { TurnEvent } from '../../shared/contract/event.js'
import { lorem } from '../../test/fakes/upstream/script-table.js'
import { done, finish, text } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { createHistory, expectHolds } from '../../test/faults/support/check.js'
import { startFaultProxy } from '../../test/faults/support/fault-proxy.js'
import {
  collect,
  open,
  send,
  startDaemon,
  startGated,
  type TestDaemon,
  textOf,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let other: TestDaemon

beforeAll(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream({ scripts: { big } })
  daemon = await startDaemon({ database, upstream, time: { heartbeatMs: 20 } })
  other = await startDaemon({ database, upstream })
})
afterAll(async () => {
  await Promise.all([daemon.stop(), other.stop()])
  await expectHolds(createHistory(), { database })
  await upstream.close()
  await database.drop()
})

const big = {
  steps: function* () {
    for (let part = 0; part < 80; part++) yield text('x'.repeat(100_000))
    yield finish()
    yield done()
  },
}

test('a client whose connections are cut anywhere asks once and gets every event once', async () => {
  const whole = 1_800
  for (let at = 1; at < whole; at += 90) {
    const model = `lorem-6+cut${at}`
    const proxy = await startFaultProxy({
      to: { path: daemon.socketPath },
      // The first is cut at this byte, the others later and later.
      faults: (index) => ({ down: { limitBytes: at + 400 * index } }),
    })
    const { id } = await daemon.client.createSession({})
    const events: TurnEvent[] = []
    const outcome = await askAndFollow({
      connect: async () => createClient({ target: { url: proxy.url }, token: daemon.token }),
      sessionId: id,
      body: { message: 'Go', model },
      idempotencyKey: randomUUID(),
      signal: new AbortController().signal,
      reconnectMs: 10_000,
      onEvents: (batch) => void events.push(...batch),
    })
    expect(outcome.status).toBe('complete')
    expect(textOf(events)).toBe(lorem(6))
    expect(events.map((event) => event.id)).toEqual([...new Set(events.map((event) => event.id))])
    expect(upstream.hits(model)).toBe(1)
  }
})

describe('at any moment of a turn', () => {
  const pauses = Array.from({ length: 16 }, (_, index) => index * 12)
  const begin = async (tag: string, index: number) => {
    const session = await daemon.client.createSession({})
    const model = index % 3 === 0 ? `slow-6+${tag}${index}` : `lorem-400+${tag}${index}`
    const stream = await daemon.client.chat(
      session.id,
      { message: 'Go', model },
      { idempotencyKey: randomUUID() },
    )
    return { session, reading: collect(stream), model }
  }
  const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  test('it can be stopped, by two at once', async () => {
    await Promise.all(
      pauses.map(async (pause, index) => {
        const { session, reading } = await begin('stop', index)
        await later(pause)
        const stopped = await Promise.all([
          daemon.client.stopSession(session.id),
          other.client.stopSession(session.id),
        ])
        const events = await reading
        const [, answer] = await daemon.client.listMessages(session.id)
        expect(textOf(events)).toBe(answer!.content)
        expect(['stopped', 'complete']).toContain(answer!.status)
        expect(stopped.map(({ status }) => status)).toEqual([answer!.status, answer!.status])
      }),
    )
  })

  test('its session can be deleted, and stays so', async () => {
    await Promise.all(
      pauses.map(async (pause, index) => {
        const { session, reading, model } = await begin('delete', index)
        const follower = await other.client
          .attach(
            (await daemon.client.getSession(session.id)).live_turn_id ?? randomUUID(),
            undefined,
          )
          .then(collect, () => undefined)
        await later(pause)
        await (index % 2 === 0 ? daemon : other).client.deleteSession(session.id)
        for (const events of [await reading, await follower]) {
          if (events === undefined) continue
          expect(['turn.done', 'turn.stopped']).toContain(events.at(-1)!.event)
        }
        expect((await send(daemon, `/api/sessions/${session.id}`)).status).toBe(404)
        await (await upstream.waitFor(model)).ended
      }),
    )
    await eventually(() => expect(daemon.turns.liveCount).toBe(0))
  })
})

describe('a stream', () => {
  test('says that it is alive while nothing comes', async () => {
    const { session, stream, call } = await startGated(daemon, upstream, 'quiet')
    const response = await open(daemon, `/api/sessions/${session.id}/stream`, {
      headers: { accept: 'text/event-stream' },
    })
    let body = ''
    for await (const chunk of response) {
      body += String(chunk)
      if (body.split(': hb\n\n').length > 3) call.finish()
    }
    expect(body).toMatch(/\n\n: hb\n\n: hb\n\n/)
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
    await collect(stream)
  })

  test('that nobody reads slows nobody, and can be read later', async () => {
    const { id } = await daemon.client.createSession({})
    const stalled = await open(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      body: { message: 'Go', model: 'big' },
    })
    // Not read: what fits into the buffers on the way is far less than the answer.
    const { live_turn_id } = await daemon.client.getSession(id)
    const reader = await other.client.attach(live_turn_id!, undefined)
    const healthy = await collect(reader)
    expect(textOf(healthy)).toHaveLength(8_000_000)
    let body = ''
    for await (const chunk of stalled) body += String(chunk)
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
    expect(body.match(/^id: /gm)).toHaveLength(healthy.length)
  })
})
