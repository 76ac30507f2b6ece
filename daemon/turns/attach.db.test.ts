import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  ask,
  collect,
  namesOf,
  send,
  startGated,
  type TestDaemon,
  textOf,
} from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
/** A second replica on the same database. */
let other: TestDaemon

beforeAll(async () => {
  const stage = await startStage()
  ;({ database, upstream, daemon } = stage)
  other = await stage.startAnother()
  return stage.close
})

describe('attach and resume', () => {
  test('at every event of a live and then finished turn gives the rest of the unbroken stream', async () => {
    const { stream, call, session } = await startGated(daemon, upstream, 'resume')
    const { live_turn_id } = await daemon.client.getSession(session.id)
    const live = other.client.attach(live_turn_id!, undefined).then(collect)
    const whole: Awaited<ReturnType<typeof collect>> = []
    for (let piece = 0; piece < 12; piece++) {
      call.release(`piece ${piece} 👩‍🚀 `)
      // A row for each piece: wait until the one before is out.
      for (;;) {
        const { value } = await stream.next()
        whole.push(...value!)
        if (textOf(value!) !== '') break
      }
    }
    call.finish()
    whole.push(...(await collect(stream)))
    expect(await live).toEqual(whole)
    expect(whole.length).toBeGreaterThan(13)
    for (const [index, { id }] of whole.entries()) {
      const by = index % 2 === 0 ? daemon : other
      const rest = await collect(await by.client.attach(live_turn_id!, id))
      expect(rest).toEqual(whole.slice(index + 1))
    }
  })

  const stream = (path: string, headers = {}) => send(daemon, path, { headers })

  test('by session: a full id follows that turn, a number the latest, and the header wins', async () => {
    const { sessionId, events: first } = await ask(daemon, { model: 'ok+one' })
    const { events: second } = await ask(daemon, { model: 'ok+two' }, { sessionId })
    const firstId = first[0]!.id!
    const path = `/api/sessions/${sessionId}/stream`
    expect((await stream(path)).text).toContain(second.at(-1)!.id)
    const named = (await stream(`${path}?after=${firstId}`)).text
    expect(named).toContain(`id: ${first.at(-1)!.id}`)
    expect(named).not.toContain(`id: ${firstId}\n`)
    expect((await stream(`${path}?after=1`)).text).toContain(second.at(-1)!.id)
    const reconnected = await stream(`${path}?after=${firstId}`, {
      'last-event-id': second.at(-2)!.id,
    })
    expect(reconnected.text.match(/^id: .*$/gm)).toEqual([`id: ${second.at(-1)!.id}`])
    const unknown = await stream(`${path}?after=${randomUUID()}:3`)
    expect(unknown.text).toContain(`id: ${second[0]!.id}`)
  })

  test('after the last event there is only [DONE]', async () => {
    const { events, last } = await ask(daemon, { model: 'ok' })
    const turnId = events[0]!.id!.split(':')[0]
    expect((await stream(`/api/turns/${turnId}/stream?after=${last.id}`)).text).toBe(
      'data: [DONE]\n\n',
    )
  })

  test.each(['x', '-1', '1.5', `${'-'.repeat(36)}:1`, ':3', '%00'])(
    'refuses ?after=%s',
    async (after) => {
      const { id } = await daemon.client.createSession({})
      const { status, text } = await stream(`/api/sessions/${id}/stream?after=${after}`)
      expect(status).toBe(400)
      expect(JSON.parse(text).code).toBe('invalid_request')
    },
  )

  test('refuses an event of another turn, and a forged header', async () => {
    const { events } = await ask(daemon, { model: 'ok' })
    const turnId = events[0]!.id!.split(':')[0]
    const foreign = await stream(`/api/turns/${turnId}/stream?after=${randomUUID()}:1`)
    expect(foreign.status).toBe(400)
    const forged = await stream(`/api/turns/${turnId}/stream`, { 'last-event-id': 'x'.repeat(99) })
    expect(forged.status).toBe(400)
  })

  test('a session without a turn answers 204, an unknown one 404', async () => {
    const { id } = await daemon.client.createSession({})
    expect((await stream(`/api/sessions/${id}/stream`)).status).toBe(204)
    expect((await stream(`/api/sessions/${randomUUID()}/stream`)).status).toBe(404)
    expect((await stream(`/api/turns/${randomUUID()}/stream`)).status).toBe(404)
  })

  test('a failed turn is replayed, not refused, and can be resumed without asking for events', async () => {
    const plain = { accept: '*/*' }
    const failed = await ask(daemon, { model: 'no-such-model' })
    const replayed = await stream(`/api/sessions/${failed.sessionId}/stream`, plain)
    expect(replayed.status).toBe(200)
    expect(replayed.text).toContain('event: turn.failed\n')
    const broken = await ask(daemon, { model: 'error-frame' })
    const lastText = broken.events.findLast(({ event }) => event === 'delta')!.id!
    const resumed = await stream(
      `/api/sessions/${broken.sessionId}/stream?after=${lastText}`,
      plain,
    )
    expect(resumed.status).toBe(200)
    expect(resumed.text).toMatch(/^event: turn\.failed\n/)
  })

  test('a day later the text comes from the message, and an old cursor has expired', async () => {
    const { sessionId, events, text } = await ask(daemon, {
      plan: { planning_model: 'big-delta', answering_model: 'reasoning' },
    })
    const turnId = events[0]!.id!.split(':')[0]!
    await database.pool.query('DELETE FROM turn_events WHERE turn_id = $1', [turnId])
    const told = await collect(await daemon.client.attach(turnId, undefined))
    expect(textOf(told)).toBe(text)
    expect(namesOf(told)).toEqual([
      'turn.started',
      'phase',
      'delta',
      'phase',
      'reasoning',
      'delta',
      'turn.done',
    ])
    expect(told[0]!.data).toEqual(events[0]!.data)
    expect(told.at(-1)!.data).toEqual(events.at(-1)!.data)
    const pieces = told.filter(({ event }) => event === 'delta')
    expect(Math.max(...pieces.map((piece) => textOf([piece]).length))).toBeLessThanOrEqual(16_384)
    const old = await stream(`/api/turns/${turnId}/stream?after=5`)
    expect(old.status).toBe(410)
    expect(JSON.parse(old.text).code).toBe('cursor_expired')
    const bySession = await stream(`/api/sessions/${sessionId}/stream`)
    expect(bySession.text).toContain('turn.done')
  })

  test('a streaming message has its committed text and where to attach', async () => {
    const { session, stream: events, call } = await startGated(daemon, upstream, 'partial')
    call.release('so far')
    for await (const batch of events) if (textOf(batch) !== '') break
    const [, answer] = await daemon.client.listMessages(session.id)
    expect(answer).toMatchObject({ status: 'streaming', content: 'so far' })
    const [turnId] = answer!.last_event_id!.split(':')
    call.release(', and on')
    call.finish()
    const rest = await collect(await daemon.client.attach(turnId!, answer!.last_event_id))
    expect(textOf(rest)).toBe(', and on')
  })
})

describe('idempotency', () => {
  test('the same request again replays the turn, also after the end, and asks once', async () => {
    const key = randomUUID()
    const body = { message: 'Hi', model: 'ok+idem' }
    const first = await ask(daemon, body, { key })
    const again = await ask(other, body, { key, sessionId: first.sessionId })
    expect(again.events).toEqual(first.events)
    expect(upstream.hits('ok+idem')).toBe(1)
  })

  test('attaches to the running turn instead of refusing the session as busy', async () => {
    const key = randomUUID()
    const { id } = await daemon.client.createSession({})
    const body = { message: 'Hi', model: 'gate+idem' }
    const streams = await Promise.all(
      [daemon, other, daemon, other].map(({ client }) =>
        client.chat(id, body, { idempotencyKey: key }),
      ),
    )
    const call = await upstream.waitFor('gate+idem')
    call.release('once')
    call.finish()
    const [one, ...rest] = await Promise.all(streams.map(collect))
    expect(textOf(one!)).toBe('once')
    for (const events of rest) expect(events).toEqual(one)
    expect(upstream.hits('gate+idem')).toBe(1)
  })

  test('another body or another session with the same key is refused', async () => {
    const key = randomUUID()
    const { sessionId } = await ask(daemon, { message: 'Hi', model: 'ok' }, { key })
    const post = (id: string, message: string) =>
      send(daemon, `/api/sessions/${id}/chat/stream`, {
        method: 'POST',
        headers: { 'idempotency-key': key },
        body: { message, model: 'ok' },
      })
    const { id } = await daemon.client.createSession({})
    for (const refused of [await post(sessionId, 'Other'), await post(id, 'Hi')]) {
      expect(refused.status).toBe(422)
      expect(JSON.parse(refused.text).code).toBe('idempotency_key_reused')
    }
  })

  test('a repeated post attaches although its role is gone by now', async () => {
    const role = await daemon.client.createRole({ name: 'Passing', instructions: 'Be brief.' })
    const key = randomUUID()
    const body = { message: 'Hi', model: 'ok', role: 'Passing' }
    const first = await ask(daemon, body, { key })
    await daemon.client.deleteRole(role.id)
    const again = await ask(daemon, body, { key, sessionId: first.sessionId })
    expect(again.text).toBe(first.text)
  })
})
