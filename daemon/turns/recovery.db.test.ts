import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lorem } from '../../test/fakes/upstream/script-table.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { abandonTurn } from '../../test/support/abandoned-turn.js'
import { ask, collect, send, startDaemon, startGated, textOf } from '../../test/support/daemon.js'
import { administer, createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { settleTurn } from '../store/turn-settle.js'

let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const fast = { leaseMs: 400, sweepMs: 60 }

describe('a daemon that died', () => {
  test('its turns are interrupted before the same instance listens again; the text is kept', async () => {
    const database = await createTestDatabase()
    const turn = await abandonTurn(database, { instance: 'mine', leaseMs: 60_000 })
    const daemon = await startDaemon({ database, upstream, instance: 'mine' })
    expect(await daemon.client.getTurn(turn.id)).toMatchObject({ status: 'interrupted' })
    const messages = await daemon.client.listMessages(turn.sessionId)
    expect(messages).toMatchObject([{ content: 'Hi' }, { content: 'half', status: 'interrupted' }])
    // Nobody knows when it really ended.
    expect(messages[1]).not.toHaveProperty('elapsed_ms')
    const events = await collect(await daemon.client.attach(turn.id, undefined))
    expect(events.map(({ event }) => event)).toEqual(['turn.started', 'delta', 'turn.interrupted'])
    expect(events.at(-1)!.data).toMatchObject({ status: 'interrupted', messages: [{ length: 4 }] })
  })

  test('its turns end for a follower when another replica finds the lease expired', async () => {
    const database = await createTestDatabase()
    const turn = await abandonTurn(database, { instance: 'dead', leaseMs: 1 })
    const daemon = await startDaemon({ database, upstream, instance: 'other', time: fast })
    const began = performance.now()
    const events = await collect(await daemon.client.attach(turn.id, undefined))
    expect(events.at(-1)!.event).toBe('turn.interrupted')
    // Not before a whole lease time of unbroken connection, and not much later.
    expect(performance.now() - began).toBeLessThan(3_000)
    expect((await daemon.client.getSession(turn.sessionId)).live_turn_id).toBeNull()
  })

  test('a lease is not judged by who has just connected, neither by attach nor by a post', async () => {
    const database = await createTestDatabase()
    const turn = await abandonTurn(database, { instance: 'slow', leaseMs: 1 })
    const daemon = await startDaemon({ database, upstream, instance: 'other' })
    const stream = await daemon.client.attach(turn.id, undefined)
    expect(textOf((await stream.next()).value!)).toBe('half')
    const { status } = await send(daemon, `/api/sessions/${turn.sessionId}/chat/stream`, {
      method: 'POST',
      body: { message: 'And?', model: 'ok' },
    })
    expect(status).toBe(409)
    expect(await daemon.client.getTurn(turn.id)).toMatchObject({ status: 'streaming' })
    await stream.return(undefined)
  })

  test('a lease that nobody took is renewed by its owner, who goes on', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream, time: fast })
    const { stream, call } = await startGated(daemon, upstream, 'renew')
    await database.pool.query(`UPDATE turns SET lease_until = now() - interval '1 hour'`)
    await eventually(async () => {
      const { rows } = await database.pool.query('SELECT lease_until > now() AS ok FROM turns')
      expect(rows).toEqual([{ ok: true }])
    })
    call.release('on')
    call.finish()
    expect((await collect(stream)).at(-1)!.event).toBe('turn.done')
  })

  test('a turn that could not be recorded is not kept alive by its own daemon', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream, time: fast })
    const { session, stream, call } = await startGated(daemon, upstream, 'unrecorded')
    // Whatever refuses this turn's rows for good.
    await database.pool.query(
      `ALTER TABLE turn_events ADD CONSTRAINT no_poison CHECK (data <> 'poison')`,
    )
    call.release('poison')
    expect(await call.ended).toBe('aborted')
    expect((await collect(stream)).at(-1)!.event).toBe('turn.interrupted')
    expect((await daemon.client.getSession(session.id)).live_turn_id).toBeNull()
  })

  test('one turn that cannot be ended does not keep the others', async () => {
    const database = await createTestDatabase()
    const [first, second] = [
      await abandonTurn(database, { instance: 'dead', leaseMs: 1 }),
      await abandonTurn(database, { instance: 'dead', leaseMs: 1 }),
    ]
    await database.pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
      CREATE TRIGGER refuse BEFORE UPDATE ON messages FOR EACH ROW
        WHEN (OLD.turn_id = '${first.id}') EXECUTE FUNCTION refuse()`)
    const daemon = await startDaemon({ database, upstream, time: fast })
    const events = await collect(await daemon.client.attach(second.id, undefined))
    expect(events.at(-1)!.event).toBe('turn.interrupted')
    // Nor its own daemon from starting again.
    const again = await startDaemon({ database, upstream, instance: 'dead' })
    expect((await again.client.getTurn(first.id)).status).toBe('streaming')
  })
})

describe('a turn that was taken over', () => {
  test('its old owner stops itself and writes nothing more', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream })
    const { session, stream, call } = await startGated(daemon, upstream, 'zombie')
    call.release('before')
    for await (const batch of stream) if (textOf(batch) !== '') break
    const { live_turn_id: turnId } = await daemon.client.getSession(session.id)
    await settleTurn(database.pool, {
      turnId: turnId!,
      fence: { take: 'any' },
      end: { status: 'interrupted' },
    })
    call.release('after')
    expect(await call.ended).toBe('aborted')
    const told = await collect(await daemon.client.attach(turnId!, undefined))
    expect(textOf(told)).toBe('before')
    expect(told.at(-1)!.event).toBe('turn.interrupted')
    await eventually(() => expect(daemon.turns.liveCount).toBe(0))
  })
})

describe('drain', () => {
  test('lets a turn finish, refuses new ones and is not ready', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream })
    const { stream, call, session } = await startGated(daemon, upstream, 'drain')
    const drained = daemon.drain(10_000)
    const { status, text } = await send(daemon, `/api/sessions/${session.id}/chat/stream`, {
      method: 'POST',
      body: { message: 'Hi', model: 'ok' },
    })
    expect([status, JSON.parse(text).code]).toEqual([503, 'shutting_down'])
    expect((await send(daemon, '/api/ready', { token: null })).status).toBe(503)
    call.release('done')
    call.finish()
    await drained
    expect((await collect(stream)).at(-1)!.event).toBe('turn.done')
  })

  test('marks what does not finish in time as interrupted, text kept, upstream closed', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream })
    const { stream, call, session } = await startGated(daemon, upstream, 'cut')
    call.release('half')
    for await (const batch of stream) if (textOf(batch) !== '') break
    await daemon.drain(30)
    expect(await call.ended).toBe('aborted')
    expect(await daemon.client.listMessages(session.id)).toMatchObject([
      {},
      { content: 'half', status: 'interrupted' },
    ])
    expect(daemon.turns.liveCount).toBe(0)
  })
})

test('a turn that was interrupted before it began is an HTTP error for who did not ask for events', async () => {
  const database = await createTestDatabase()
  const daemon = await startDaemon({ database, upstream })
  const { id } = await daemon.client.createSession({})
  const answer = send(daemon, `/api/sessions/${id}/chat/stream`, {
    method: 'POST',
    body: { message: 'Hi', model: 'gate+unbegun' },
  })
  await upstream.waitFor('gate+unbegun')
  await daemon.drain(0)
  const { status, text } = await answer
  expect([status, JSON.parse(text).code]).toEqual([503, 'shutting_down'])
})

describe('a database that goes away', () => {
  const killAll = ({ connection }: TestDatabase): Promise<void> =>
    administer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${connection.database}'`,
    )

  test('its backends are killed again and again: no text is lost or doubled, for any reader', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream, time: { databasePatienceMs: 20_000 } })
    const follower = await startDaemon({ database, upstream })
    const followed = await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const { stream, session } = await startSlow(daemon, index)
        const { live_turn_id } = await daemon.client.getSession(session)
        return { stream, session, far: await follower.client.attach(live_turn_id!, undefined) }
      }),
    )
    const kills = setInterval(() => void killAll(database).catch(() => undefined), 150)
    const answers = await Promise.all(
      followed.map(async ({ stream, far, session }) => ({
        events: await Promise.all([collect(stream), collect(far)]),
        session,
      })),
    ).finally(() => clearInterval(kills))
    for (const { events, session } of answers) {
      const [own, far] = events
      expect(textOf(own)).toBe(lorem(40))
      expect(own.at(-1)!.event).toBe('turn.done')
      expect(far).toEqual(own)
      await eventually(async () => {
        const messages = await daemon.client.listMessages(session)
        expect(messages[1]!.content).toBe(lorem(40))
      })
    }
  })

  test('a session that many wait for does not hold up what other turns write', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream })
    const far = await startDaemon({ database, upstream })
    const { stream, session, call } = await startGated(daemon, upstream, 'beside')
    const { live_turn_id } = await daemon.client.getSession(session.id)
    const follower = far.client.attach(live_turn_id!, undefined).then(collect)
    const contended = await daemon.client.createSession({})
    const holder = await database.pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [contended.id])
    const posts = Array.from({ length: 12 }, () =>
      send(daemon, `/api/sessions/${contended.id}/chat/stream`, {
        method: 'POST',
        body: { message: 'Hi', model: 'ok' },
      }),
    )
    await eventually(async () => {
      const { rows } = await database.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      expect(rows).toHaveLength(10)
    })
    call.release('through')
    await eventually(async () => {
      const [, answer] = await far.client.listMessages(session.id)
      expect(answer!.content).toBe('through')
    })
    await holder.query('COMMIT')
    holder.release()
    const statuses = (await Promise.all(posts)).map(({ status }) => status)
    // One after the other, where one ends before the next begins.
    expect(statuses).toContain(200)
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true)
    call.finish()
    expect(await follower).toEqual(await collect(stream))
  })

  async function startSlow(daemon: Awaited<ReturnType<typeof startDaemon>>, index: number) {
    const session = await daemon.client.createSession({})
    const stream = await daemon.client.chat(
      session.id,
      { message: 'Go', model: `slow-40+${index}` },
      { idempotencyKey: randomUUID() },
    )
    return { session: session.id, stream }
  }

  test('the daemon stays, answers 503 for as long, and then works again', async () => {
    const database = await createTestDatabase()
    const daemon = await startDaemon({ database, upstream })
    await ask(daemon, { model: 'ok' })
    const name = database.connection.database
    await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await killAll(database)
    await administer(`ALTER DATABASE ${name} RENAME TO ${name}_away`)
    const { status, text } = await send(daemon, '/api/sessions')
    expect([status, JSON.parse(text).code]).toEqual([503, 'db_unavailable'])
    expect((await send(daemon, '/api/ready', { token: null })).status).toBe(503)
    expect((await send(daemon, '/api/health', { token: null })).status).toBe(200)
    await administer(`ALTER DATABASE ${name}_away RENAME TO ${name}`)
    await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
    expect((await ask(daemon, { model: 'ok' })).text).toBe('Hello, world.')
  })
})
