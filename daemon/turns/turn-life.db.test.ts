import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TurnEvent, TurnOutcome } from '../../shared/contract/event.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  ask,
  collect,
  namesOf,
  open,
  send,
  startGated,
  type TestDaemon,
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
    expect(namesOf(events)).toEqual(['turn.started', 'delta', 'usage', 'turn.done'])
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
