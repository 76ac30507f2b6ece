import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Hint } from '../../shared/contract/hint.js'
import { createSseReader, type SseEvent } from '../../shared/sse.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { ask, open, startDaemon, startGated, type TestDaemon } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { createGatewayWatch } from '../events/gateway-watch.js'
import { createHints } from '../events/hints.js'
import { createListener } from '../store/listener.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  upstream = await startUpstream({ litellm: true, models: ['ok', 'gate'] })
})
afterAll(() => upstream.close())
beforeEach(async () => {
  database = await createTestDatabase()
  daemon = await startDaemon({ database, upstream, pollMs: 200 })
})

const sql = async (text: string, values: unknown[] = []) =>
  (await database.pool.query(text, values)).rows

interface Heard {
  /** All hints since then. */
  readonly hints: readonly SseEvent[]
  /** What was told of the gateway. */
  readonly gateway: readonly unknown[]
  readonly response: IncomingMessage
  /** Waits until a hint of this name, about this, has come. */
  hears(event: string, id?: string): Promise<void>
  /** Waits until the daemon hears its database. */
  hearsAgain(): Promise<void>
  /** All about this thing so far. */
  about(id: string): string[]
}

/** Listens over a real socket, and is there once the daemon hears its database, too. */
async function listen(to = daemon): Promise<Heard> {
  const response = await open(to, '/api/events', {})
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  const events: SseEvent[] = []
  const reader = createSseReader()
  response.on('data', (bytes: Buffer) => events.push(...reader.push(bytes)))
  response.on('error', () => undefined)
  onTestFinished(() => {
    response.destroy()
  })
  await eventually(() => expect(events[0]).toEqual({ event: 'ready', data: '{}' }))
  const hearsAgain = async (): Promise<void> => {
    const before = events.length
    await eventually(async () => {
      // Until then it is told to read everything anew.
      await sql(`SELECT pg_notify('c2a_change', '{"event":"role.changed","id":"${nobody}"}')`)
      expect(events.slice(before).some(({ data }) => data.includes(nobody))).toBe(true)
    })
  }
  await hearsAgain()
  // Without what it took to get here, of which more may be on its way.
  const from = events.length
  const isOfGateway = ({ event }: SseEvent) => event === 'gateway.changed'
  const mine = () =>
    events.slice(from).filter((hint) => !hint.data.includes(nobody) && !isOfGateway(hint))
  const about = (id: string): string[] =>
    mine().flatMap(({ event, data }) => (JSON.parse(data).id === id ? [event ?? ''] : []))
  return {
    get hints() {
      return mine()
    },
    get gateway() {
      return events.filter(isOfGateway).map(({ data }): unknown => JSON.parse(data))
    },
    response,
    hears: (event, id) =>
      eventually(() => {
        const names = id === undefined ? mine().map((hint) => hint.event) : about(id)
        expect(names).toContain(event)
      }),
    hearsAgain,
    about,
  }
}

const nobody = '00000000-0000-4000-8000-000000000000'

/** Whatever was told before has been heard when this has. */
async function all(...readers: readonly Heard[]): Promise<void> {
  const role = await daemon.client.createRole({ name: crypto.randomUUID(), instructions: 'x' })
  await Promise.all(readers.map((reader) => reader.hears('role.changed', role.id)))
}

describe('a client hears', () => {
  test('of a session that is made, renamed, talked in and deleted', async () => {
    const heard = await listen()
    const { id } = await daemon.client.createSession({})
    await heard.hears('session.changed', id)
    const steps = [
      () => daemon.client.patchSession(id, { title: 'New name' }),
      () => sql(`INSERT INTO messages (session_id, role, content) VALUES ($1, 'user', 'x')`, [id]),
    ]
    for (const step of steps) {
      const before = heard.about(id).length
      await step()
      await eventually(() => expect(heard.about(id).length).toBeGreaterThan(before))
    }
    await daemon.client.deleteSession(id)
    await heard.hears('session.deleted', id)
    expect(new Set(heard.about(id))).toEqual(new Set(['session.changed', 'session.deleted']))
    expect(heard.about(id).at(-1)).toBe('session.deleted')
  })

  test('of a turn that begins and ends, and not of the renewals of its lease', async () => {
    const heard = await listen()
    const { session, call } = await startGated(daemon, upstream, 'told')
    const { live_turn_id: turn } = await daemon.client.getSession(session.id)
    await heard.hears('turn.changed', turn ?? '')
    const hint = heard.hints.find(({ event }) => event === 'turn.changed')
    expect(JSON.parse(hint?.data ?? '')).toEqual({ id: turn, session_id: session.id })
    const renewed = async () => (await sql('SELECT lease_until FROM turns'))[0]?.lease_until
    const lease = await renewed()
    await eventually(async () => expect(await renewed()).not.toEqual(lease))
    await all(heard)
    expect(heard.about(turn ?? '')).toHaveLength(1)
    call.finish()
    await eventually(() => expect(heard.about(turn ?? '')).toHaveLength(2))
    await heard.hears('session.changed', session.id)
  })

  test('of a role that is made, changed and deleted, and of the sessions that it leaves', async () => {
    const heard = await listen()
    const { id } = await daemon.client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
    await heard.hears('role.changed', id)
    const session = await daemon.client.createSession({ role_id: id })
    await heard.hears('session.changed', session.id)
    await daemon.client.putRole(id, { name: 'Poets' })
    await eventually(() => expect(heard.about(id)).toHaveLength(2))
    await daemon.client.deleteRole(id)
    await heard.hears('role.deleted', id)
    await eventually(() => expect(heard.about(session.id)).toHaveLength(2))
  })

  test('of what others do with psql, once it is committed and not before', async () => {
    const heard = await listen()
    const client = await database.pool.connect()
    try {
      await client.query('BEGIN')
      const { rows } = await client.query('INSERT INTO sessions DEFAULT VALUES RETURNING id')
      await all(heard)
      expect(heard.about(rows[0].id)).toEqual([])
      await client.query('COMMIT')
      await heard.hears('session.changed', rows[0].id)
    } finally {
      client.release()
    }
  })

  test('nothing of what was rolled back', async () => {
    const heard = await listen()
    const client = await database.pool.connect()
    try {
      await client.query('BEGIN')
      await client.query('INSERT INTO sessions DEFAULT VALUES')
      await client.query(`INSERT INTO roles (name, instructions) VALUES ('x', 'y')`)
      await client.query('ROLLBACK')
    } finally {
      client.release()
    }
    await all(heard)
    expect(heard.hints).toHaveLength(1)
  })

  test('nothing of a session that nobody sees', async () => {
    const heard = await listen()
    const { id } = await daemon.client.createSession({ ephemeral: true })
    await ask(daemon, { model: 'ok' }, { sessionId: id })
    await daemon.client.deleteSession(id).catch(() => undefined)
    await all(heard)
    expect(heard.hints).toHaveLength(1)
  })

  test('nothing of what is another owner’s, and of every role', async () => {
    const heard = await listen()
    const [other] = await sql(`INSERT INTO sessions (owner) VALUES ('somebody') RETURNING id`)
    await sql(`UPDATE sessions SET title = 'x'`)
    await sql('DELETE FROM sessions')
    await all(heard)
    expect(heard.about(other?.id)).toEqual([])
    expect(heard.hints).toHaveLength(1)
  })

  test('the same from every replica, whichever made the change', async () => {
    const other = await startDaemon({ database, upstream })
    const readers = [await listen(), await listen(other)] as const
    const made = await Promise.all([
      daemon.client.createSession({ title: 'Here' }),
      other.client.createSession({ title: 'There' }),
    ])
    for (const { id } of made) {
      for (const reader of readers) await reader.hears('session.changed', id)
    }
    await all(...readers)
    for (const { id } of made) {
      for (const reader of readers) expect(reader.about(id)).toEqual(['session.changed'])
    }
  })
})

describe('the gateway', () => {
  test('that goes away and comes back is told to all, and how it stands to whoever comes', async () => {
    const gateway = await startUpstream({ litellm: true, models: ['ok'] })
    const told = await startDaemon({ database, upstream: gateway, lookMs: 30 })
    const { port } = gateway
    const [one, other] = [await listen(told), await listen(told)]
    await gateway.close()
    for (const reader of [one, other]) {
      await eventually(() => expect(reader.gateway.at(-1)).toEqual({ reachable: false }))
    }
    const late = await listen(told)
    await eventually(() => expect(late.gateway).toEqual([{ reachable: false }]))
    const again = await startUpstream({ litellm: true, models: ['ok'], port })
    onTestFinished(() => again.close())
    for (const reader of [one, other, late]) {
      await eventually(() => expect(reader.gateway.at(-1)).toEqual({ reachable: true }))
    }
    expect(late.gateway, 'changes only').toHaveLength(2)
  })

  test('is not asked for its models for that, and not at all while nobody listens', async () => {
    const gateway = await startUpstream({ litellm: true, models: ['ok'] })
    onTestFinished(() => gateway.close())
    const told = await startDaemon({ database, upstream: gateway, lookMs: 20 })
    const heard = await listen(told)
    const asked = () => gateway.requests.map(({ path }) => path)
    await eventually(() => expect(asked().length).toBeGreaterThan(3))
    expect(new Set(asked())).toEqual(new Set(['/health/liveliness']))
    expect(heard.gateway).toEqual([{ reachable: true }])
    heard.response.destroy()
    await eventually(async () => {
      const before = asked().length
      // Far longer than between two looks.
      for (let n = 0; n < 50; n++) await told.client.listSessions(1)
      expect(asked().length).toBe(before)
    })
  })
})

describe('a change of many rows', () => {
  test('by one statement is one reset', async () => {
    await sql('INSERT INTO sessions SELECT FROM generate_series(1, 101)')
    const heard = await listen()
    await sql(`UPDATE sessions SET title = 'x'`)
    await heard.hears('reset')
    await all(heard)
    expect(heard.hints).toHaveLength(2)
  })

  test('of few is told row by row', async () => {
    const heard = await listen()
    const rows = await sql('INSERT INTO sessions SELECT FROM generate_series(1, 100) RETURNING id')
    for (const { id } of rows) await heard.hears('session.changed', id)
    expect(heard.hints).toHaveLength(100)
  })

  test('does not fail because an owner has a long name', async () => {
    const heard = await listen()
    await sql('INSERT INTO sessions (owner) VALUES ($1)', ['x'.repeat(10_000)])
    await heard.hears('reset')
  })
})

describe('a gap', () => {
  test('is told when the listener is back', async () => {
    const heard = await listen()
    await sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'c2a bell' AND datname = current_database()`,
    )
    await heard.hears('reset')
    await heard.hearsAgain()
    const { id } = await daemon.client.createSession({})
    await heard.hears('session.changed', id)
  })

  test('that does not end is told again and again', async () => {
    const nowhere = { host: '/nonexistent', port: 5432, user: 'x', database: 'x' }
    const listener = createListener({ connection: nowhere, log: recordingLog() })
    const gateway = createGatewayWatch({ look: () => Promise.resolve(true), everyMs: 60_000 })
    const hints = createHints({ listener, pollMs: 20, gateway })
    onTestFinished(async () => {
      hints.close()
      await listener.close()
    })
    const batches = hints.follow('local', new AbortController().signal)
    const heard: Hint[] = []
    const resets = () => heard.filter(({ event }) => event === 'reset')
    while (resets().length < 3) heard.push(...((await batches.next()).value ?? []))
    expect(new Set(heard.map(({ event }) => event))).toEqual(new Set(['gateway.changed', 'reset']))
  })

  test('of a reader that did not keep up is a reset, and what comes then is told', async () => {
    const heard = await listen()
    heard.response.pause()
    let told = 0
    for (; told < 20_000; told += 100) {
      await sql(
        `SELECT tell_change('session.changed', gen_random_uuid(), 'local') FROM generate_series(1, 100)`,
      )
    }
    heard.response.resume()
    await heard.hears('reset')
    await all(heard)
    expect(heard.hints.length).toBeLessThan(told)
  })
})

describe('the stream', () => {
  test('keeps the line alive while nothing happens', async () => {
    const quiet = await startDaemon({ database, upstream, time: { heartbeatMs: 20 } })
    const response = await open(quiet, '/api/events', {})
    let text = ''
    response.on('data', (bytes: Buffer) => {
      text += bytes
    })
    response.on('error', () => undefined)
    await eventually(() =>
      expect(text).toMatch(/^event: ready\ndata: {}\n\n(?:.*\n)*?: hb\n\n: hb\n\n/),
    )
    response.destroy()
  })

  test('ends with its daemon, which does not wait for it, and who comes then is sent away', async () => {
    const heard = await listen()
    const end = once(heard.response, 'end')
    await daemon.drain()
    await end
    await expect(daemon.client.events(new AbortController().signal)).rejects.toMatchObject({
      code: 'shutting_down',
    })
  })

  test('that is left costs nothing any more', async () => {
    const leave = new AbortController()
    const stream = await daemon.client.events(leave.signal)
    expect((await stream.next()).value).toEqual([{ event: 'reset', data: {} }])
    leave.abort()
    expect((await stream.next()).done).toBe(true)
  })
})
