import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TurnEvent, TurnOutcome } from '../../shared/contract/event.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  ask,
  collect,
  open,
  send,
  startGated,
  type TestDaemon,
  textOf,
} from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
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

const names = (events: readonly { event: string }[]): string[] =>
  events.map(({ event }) => event).filter((name, index, all) => name !== all[index - 1])

describe('a whole turn', () => {
  test('tells how long it took, the same to who was there and to who reads it later', async () => {
    const { sessionId, last } = await ask(daemon, { message: 'Hi', model: 'ok' })
    const { turn_id, elapsed_ms } = last.data as TurnOutcome
    const { created_at, finished_at, ...turn } = await daemon.client.getTurn(turn_id)
    const took = Date.parse(finished_at ?? '') - Date.parse(created_at)
    expect(elapsed_ms).toBeGreaterThanOrEqual(took - 1)
    expect(elapsed_ms).toBeLessThanOrEqual(took + 1)
    expect(turn.elapsed_ms).toBe(elapsed_ms)
    const [question, answer] = await daemon.client.listMessages(sessionId)
    expect(question).not.toHaveProperty('elapsed_ms')
    expect(answer?.elapsed_ms).toBe(elapsed_ms)
    // What comes from elsewhere may have any times.
    await database.pool.query(`UPDATE turns SET created_at = '0001-01-01Z' WHERE id = $1`, [
      turn_id,
    ])
    const [, old] = await daemon.client.listMessages(sessionId)
    expect(old?.elapsed_ms).toBeGreaterThan(2 ** 40)
  })

  test('in plan mode the answer has the time of both', async () => {
    const plan = { planning_model: 'ok', answering_model: 'ok' }
    const { sessionId, last } = await ask(daemon, { message: 'Hi', plan })
    const [, planned, answer] = await daemon.client.listMessages(sessionId)
    expect(planned).not.toHaveProperty('elapsed_ms')
    expect(answer?.elapsed_ms).toBe((last.data as TurnOutcome).elapsed_ms)
  })

  test('tells who answers, the text, the usage and how it ended', async () => {
    const { sessionId, events, text, last } = await ask(daemon, { message: 'Hi', model: 'ok' })
    expect(names(events)).toEqual(['turn.started', 'delta', 'usage', 'turn.done'])
    expect(text).toBe('Hello, world.')
    const [started] = events
    expect(started).toMatchObject({ data: { session_id: sessionId, model: 'ok' } })
    const usage = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 }
    expect(last).toMatchObject({
      event: 'turn.done',
      data: {
        session_id: sessionId,
        status: 'complete',
        usage,
        messages: [
          {
            seq: 2,
            kind: 'chat',
            status: 'complete',
            model: 'ok',
            finish_reason: 'stop',
            length: 13,
          },
        ],
      },
    })
    const messages = await daemon.client.listMessages(sessionId)
    expect(messages).toMatchObject([
      { role: 'user', content: 'Hi', status: 'complete', seq: 1 },
      {
        role: 'assistant',
        content: 'Hello, world.',
        status: 'complete',
        seq: 2,
        usage,
        model: 'ok',
      },
    ])
    expect(messages[0]!.timestamp).toBe(messages[0]!.created_at)
  })

  test('every frame has an id without a gap, the stream ends in [DONE], and the response ends', async () => {
    const { id } = await daemon.client.createSession({})
    const { status, headers, text } = await send(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      body: { message: 'Hi', model: 'reasoning' },
    })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(headers['cache-control']).toContain('no-transform')
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    const frames = text.split('\n\n')
    expect(frames.pop()).toBe('')
    expect(frames.pop()).toBe('data: [DONE]')
    const turnId = /^id: (.*):1$/m.exec(frames[0]!)?.[1]
    for (const [index, frame] of frames.entries()) {
      const lines = frame.split('\n')
      const data = lines.pop()!
      expect(lines).toContain(`id: ${turnId}:${index + 1}`)
      expect(data).toMatch(/^data: \{/)
      const named = lines.some((line) => line.startsWith('event: '))
      expect('choices' in JSON.parse(data.slice(6))).toBe(!named)
      expect(lines).toHaveLength(named ? 2 : 1)
    }
    expect(frames.at(-1)).toMatch(/^event: turn\.done\n/)
    expect(JSON.parse(frames.find((one) => !one.startsWith('event'))!.split('data: ')[1]!)).toEqual(
      {
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: { content: '42' } }],
      },
    )
  })

  test('when [DONE] is out the answer is committed and the session is free', async () => {
    const { id } = await daemon.client.createSession({ model: 'ok' })
    for (let round = 1; round <= 5; round++) {
      const response = await open(daemon, `/api/sessions/${id}/chat/stream`, {
        method: 'POST',
        body: { message: `round ${round}` },
      })
      for await (const chunk of response) if (String(chunk).includes('[DONE]')) break
      const session = await daemon.client.getSession(id)
      expect(session.live_turn_id).toBeNull()
      const messages = await daemon.client.listMessages(id)
      expect(messages.at(-1)).toMatchObject({ status: 'complete', seq: round * 2 })
    }
  })

  test('a client that leaves does not stop the turn', async () => {
    const { id } = await daemon.client.createSession({})
    const leave = new AbortController()
    const response = await open(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      body: { message: 'Hi', model: 'gate+leave' },
      signal: leave.signal,
    })
    response.on('error', () => undefined)
    const call = await upstream.waitFor('gate+leave')
    leave.abort()
    call.release('still here')
    call.finish()
    expect(await call.ended).toBe('finished')
    await eventually(async () => {
      const messages = await daemon.client.listMessages(id)
      expect(messages[1]).toMatchObject({ status: 'complete', content: 'still here' })
    })
  })

  test('a client that left before its turn began costs nothing', async () => {
    const { id } = await daemon.client.createSession({})
    const leave = new AbortController()
    const gone = open(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      body: { message: 'Hi', model: 'gate+early' },
      signal: leave.signal,
    })
    // The request is out, its turn is not committed yet.
    setImmediate(() => leave.abort())
    await expect(gone).rejects.toThrow()
    await eventually(async () => {
      const { live_turn_id } = await daemon.client.getSession(id)
      // Whether the daemon saw the request at all is up to the race.
      if (live_turn_id !== null) (await upstream.waitFor('gate+early')).finish()
      expect(daemon.turns.liveCount).toBe(0)
    })
  })

  test('two turns at once in a session: the second is told which one is running', async () => {
    const { session, stream, call } = await startGated(daemon, upstream, 'busy')
    const { live_turn_id } = await daemon.client.getSession(session.id)
    const refused = await send(daemon, `/api/sessions/${session.id}/chat/stream`, {
      method: 'POST',
      body: { message: 'And?', model: 'ok' },
    })
    expect(refused.status).toBe(409)
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'session_busy', turn_id: live_turn_id })
    call.finish()
    await collect(stream)
  })
})

test('what a model thought is kept, and not part of what it is asked next', async () => {
  const { sessionId } = await ask(daemon, { message: 'Why?', model: 'reasoning' })
  const [, answer] = await daemon.client.listMessages(sessionId)
  expect(answer).toMatchObject({ content: '42', reasoning: 'Let me think.' })
  const { text } = await ask(daemon, { message: 'And?', model: 'echo-body' }, { sessionId })
  expect(JSON.parse(text).messages).toEqual([
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: '42' },
    { role: 'user', content: 'And?' },
  ])
})

describe('failures', () => {
  test('an answer that breaks in the middle keeps its text and says why', async () => {
    const { sessionId, text, last } = await ask(daemon, { model: 'error-frame' })
    expect(text).toBe('Hello')
    expect(last).toMatchObject({
      event: 'turn.failed',
      data: {
        status: 'failed',
        messages: [{ status: 'failed', length: 5 }],
        problem: { code: 'upstream_error', detail: expect.stringContaining('boom in the middle') },
      },
    })
    const [question, answer] = await daemon.client.listMessages(sessionId)
    expect(answer).toMatchObject({
      content: 'Hello',
      status: 'failed',
      error_code: 'upstream_error',
    })
    // In the very words of the stream, for who reads it later.
    expect(answer?.problem).toEqual('problem' in last.data && last.data.problem)
    expect(question).not.toHaveProperty('problem')
  })

  test('a turn that fails at once is an HTTP error for who did not ask for events', async () => {
    const { id } = await daemon.client.createSession({})
    const { status, headers, text } = await send(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      body: { message: 'Hi', model: 'no-such-model' },
    })
    expect(status).toBe(404)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(text)).toMatchObject({
      code: 'model_not_found',
      request_id: headers['x-request-id'],
    })
  })

  test('and a stream for who did, that starts before the gateway has answered', async () => {
    const { id } = await daemon.client.createSession({})
    const model = 'gate+head'
    const response = await open(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      headers: { accept: 'text/event-stream' },
      body: { message: 'Hi', model },
    })
    const reader = response[Symbol.asyncIterator]()
    expect(String((await reader.next()).value)).toMatch(/^event: turn\.started\n/)
    const call = await upstream.waitFor(model)
    call.finish()
    await reader.return?.()
    const { last } = await ask(daemon, { model: 'no-such-model' })
    expect(last).toMatchObject({
      event: 'turn.failed',
      data: { problem: { code: 'model_not_found', status: 404 } },
    })
  })

  test('an empty answer is a failure', async () => {
    const { last } = await ask(daemon, { model: 'empty' })
    expect(last).toMatchObject({
      event: 'turn.failed',
      data: { problem: { code: 'empty_answer' } },
    })
  })
})

describe('stop', () => {
  test('keeps the partial answer, closes the upstream socket, and may be repeated', async () => {
    const { session, stream, call } = await startGated(daemon, upstream, 'stop')
    call.release('half an ')
    const { value: first } = await stream.next()
    const { data } = first!.find((one: TurnEvent) => one.event === 'turn.started') as {
      data: { turn_id: string }
    }
    await eventually(async () =>
      expect((await daemon.client.listMessages(session.id))[1]!.content).toBe('half an '),
    )
    const stopped = { turn_id: data.turn_id, status: 'stopped' }
    expect(await daemon.client.stopSession(session.id)).toEqual(stopped)
    expect(await call.ended).toBe('aborted')
    expect(await daemon.client.stopSession(session.id)).toEqual(stopped)
    const rest = await collect(stream)
    expect(rest.at(-1)).toMatchObject({ event: 'turn.stopped', data: { status: 'stopped' } })
    expect((await daemon.client.listMessages(session.id))[1]).toMatchObject({
      status: 'stopped',
      content: 'half an ',
    })
  })

  test('works from another replica', async () => {
    const { session, stream, call } = await startGated(daemon, upstream, 'stop-far')
    const asked = performance.now()
    expect(await other.client.stopSession(session.id)).toMatchObject({ status: 'stopped' })
    expect(performance.now() - asked).toBeLessThan(1_000)
    expect(await call.ended).toBe('aborted')
    expect((await collect(stream)).at(-1)!.event).toBe('turn.stopped')
  })

  test('of a session where nothing runs says so', async () => {
    const { id } = await daemon.client.createSession({})
    expect(await daemon.client.stopSession(id)).toEqual({ turn_id: null, status: null })
    const { status } = await send(daemon, `/api/sessions/${randomUUID()}/stop`, { method: 'POST' })
    expect(status).toBe(404)
  })
})

describe('deleting a session while it streams', () => {
  test.each(['the same replica', 'another replica'])('by %s', async (who) => {
    const tag = who.replaceAll(' ', '-')
    const { session, stream, call } = await startGated(daemon, upstream, tag)
    const { live_turn_id } = await daemon.client.getSession(session.id)
    const follower = await other.client.attach(live_turn_id!, undefined)
    const by = who === 'another replica' ? other : daemon
    const asked = performance.now()
    await by.client.deleteSession(session.id)
    expect(await call.ended).toBe('aborted')
    expect(performance.now() - asked).toBeLessThan(1_000)
    for (const one of [stream, follower]) {
      expect((await collect(one)).at(-1)).toMatchObject({
        event: 'turn.stopped',
        data: { session_id: session.id, problem: { code: 'session_deleted' } },
      })
    }
    const { status } = await send(daemon, `/api/sessions/${session.id}`)
    expect(status).toBe(404)
    await eventually(() => expect(daemon.turns.liveCount).toBe(0))
  })
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
    expect(names(told)).toEqual([
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
