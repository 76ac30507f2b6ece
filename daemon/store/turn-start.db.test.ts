import { randomBytes, randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.js'
import { noLimit } from '../../test/support/no-limit.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { createDatabaseWatch } from './database-watch.js'
import { createEventWriter } from './event-writer.js'
import { readHistory } from './history.js'
import { createMessageStore } from './messages.js'
import { createPool } from './pool.js'
import { createRoleStore } from './roles.js'
import { createSessionStore } from './sessions.js'
import { settleTurn } from './turn-settle.js'
import { type StartedTurn, type StartInput, startTurn } from './turn-start.js'
import { createTurnStore } from './turns.js'

const silent = {
  onCommit: () => undefined,
  patienceMs: 0,
  watch: createDatabaseWatch(),
  log: recordingLog(),
}

function input(sessionId: string, more: Partial<StartInput> = {}): StartInput {
  return {
    owner: 'local',
    sessionId,
    content: 'Hi',
    instance: 'here',
    boot: randomUUID(),
    leaseMs: 60_000,
    choose: () => ({ model: 'm', plan: null, roleId: null, sessionModel: null, title: 'T' }),
    limit: noLimit,
    guard: () => undefined,
    ...more,
  }
}

async function start(pool: Pool, more: Partial<StartInput> = {}): Promise<StartedTurn> {
  const session = await createSessionStore(pool).create('local', {})
  const result = await startTurn(pool, input(session.id, more))
  if (!('started' in result)) throw new Error('attached')
  return result.started
}

const eventsOf = async (pool: Pool, turnId: string) =>
  (
    await pool.query('SELECT n, event, data FROM turn_events WHERE turn_id = $1 ORDER BY n', [
      turnId,
    ])
  ).rows

describe('starting', () => {
  test('of twenty at once one wins, and the others are told which', async () => {
    const { pool } = await createTestDatabase()
    const session = await createSessionStore(pool).create('local', {})
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => startTurn(pool, input(session.id))),
    )
    const started = results.flatMap((one) =>
      one.status === 'fulfilled' && 'started' in one.value ? [one.value.started] : [],
    )
    expect(started).toHaveLength(1)
    for (const one of results) {
      if (one.status === 'fulfilled') continue
      expect(one.reason).toMatchObject({ code: 'session_busy', turnId: started[0]!.id })
    }
    expect((await createMessageStore(pool).list(session.id)).rows).toHaveLength(2)
  })

  test('with one key at once makes one turn, and the others attach to it', async () => {
    const { pool } = await createTestDatabase()
    const session = await createSessionStore(pool).create('local', {})
    const idempotency = { key: 'k', hash: randomBytes(32) }
    const results = await Promise.all(
      Array.from({ length: 10 }, () => startTurn(pool, input(session.id, { idempotency }))),
    )
    const ids = results.map((one) => ('started' in one ? one.started.id : one.attached))
    expect(new Set(ids).size).toBe(1)
    expect(results.filter((one) => 'started' in one)).toHaveLength(1)
  })

  test('the key holds after the end, is refused for another request, and is its owner’s', async () => {
    const { pool } = await createTestDatabase()
    const hash = randomBytes(32)
    const turn = await start(pool, { idempotency: { key: 'k', hash } })
    await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, end: { status: 'complete' } })
    const again = input(turn.sessionId, { idempotency: { key: 'k', hash } })
    expect(await startTurn(pool, again)).toEqual({ attached: turn.id })
    const other = { key: 'k', hash: randomBytes(32) }
    await expect(
      startTurn(pool, input(turn.sessionId, { idempotency: other })),
    ).rejects.toMatchObject({ code: 'idempotency_key_reused' })
    const bobs = await createSessionStore(pool).create('bob', {})
    expect(
      await startTurn(pool, input(bobs.id, { owner: 'bob', idempotency: other })),
    ).toMatchObject({ started: { owner: 'bob' } })
    // It goes with its message.
    await createSessionStore(pool).remove('local', turn.sessionId)
    const fresh = await createSessionStore(pool).create('local', {})
    expect(await startTurn(pool, input(fresh.id, { idempotency: other }))).toHaveProperty('started')
  })

  test('in a session of somebody else, or none, is not found', async () => {
    const { pool } = await createTestDatabase()
    const session = await createSessionStore(pool).create('ann', {})
    for (const id of [session.id, randomUUID()]) {
      await expect(startTurn(pool, input(id))).rejects.toMatchObject({ code: 'not_found' })
    }
  })

  test('while its role is being deleted gives the role or a 404, never an error', async () => {
    const { pool } = await createTestDatabase()
    const roles = createRoleStore(pool)
    const sessions = createSessionStore(pool)
    for (let round = 0; round < 15; round++) {
      const { id: roleId } = await roles.create({ name: `R${round}`, instructions: 'r' })
      const session = await sessions.create('local', { role_id: roleId })
      const choose: StartInput['choose'] = (locked) => ({
        model: 'm',
        plan: null,
        roleId: locked.role_id,
        sessionModel: null,
        title: 'T',
      })
      const [started, removed] = await Promise.allSettled([
        startTurn(pool, input(session.id, { choose })),
        roles.remove(roleId),
      ])
      expect(removed).toEqual({ status: 'fulfilled', value: true })
      if (started.status === 'rejected') expect(started.reason.code).toBe('not_found')
    }
  })

  test('a refusal of the guard leaves nothing behind', async () => {
    const { pool } = await createTestDatabase()
    const guard = (): void => {
      throw new Error('too long')
    }
    await expect(start(pool, { guard })).rejects.toThrow('too long')
    for (const table of ['turns', 'turn_events', 'messages']) {
      expect((await pool.query(`SELECT FROM ${table}`)).rows).toEqual([])
    }
  })
})

describe('writing and settling', () => {
  const delta = (turn: StartedTurn, n: number, data: string) => ({
    n,
    event: 'delta',
    data,
    message_id: turn.answerMessageId,
  })

  test('one terminal event, and it is last: content is what the events say', async () => {
    const { pool } = await createTestDatabase()
    const turn = await start(pool)
    const writer = createEventWriter(pool, silent)
    const append = (n: number, data: string) =>
      writer.append({ turnId: turn.id, epoch: 1, events: [delta(turn, n, data)] })
    expect(await append(2, 'Hello')).toBe(true)
    expect(await append(3, ' 👩‍🚀')).toBe(true)
    const end = { turnId: turn.id, fence: { epoch: 1 }, end: { status: 'complete' as const } }
    const settled = await Promise.all([settleTurn(pool, end), settleTurn(pool, end)])
    expect(settled.sort()).toEqual([false, true])
    expect(await append(9, 'late')).toBe(false)
    const events = await eventsOf(pool, turn.id)
    expect(events.map(({ n, event }) => [n, event])).toEqual([
      [1, 'turn.started'],
      [2, 'delta'],
      [3, 'delta'],
      [4, 'turn.done'],
    ])
    expect(JSON.parse(events[3].data).messages).toMatchObject([{ length: 11, seq: 2 }])
    const [, answer] = (await createMessageStore(pool).list(turn.sessionId)).rows
    expect(answer).toMatchObject({ content: 'Hello 👩‍🚀', status: 'complete' })
  })

  test('who was taken over can neither write nor settle', async () => {
    const { pool } = await createTestDatabase()
    const turn = await start(pool, { leaseMs: -1 })
    const take = { turnId: turn.id, fence: { take: 'expired' as const } }
    expect(await settleTurn(pool, { ...take, end: { status: 'interrupted' } })).toBe(true)
    expect(await settleTurn(pool, { ...take, end: { status: 'interrupted' } })).toBe(false)
    const writer = createEventWriter(pool, silent)
    const events = [delta(turn, 3, 'zombie')]
    expect(await writer.append({ turnId: turn.id, epoch: 1, events })).toBe(false)
    expect(await writer.append({ turnId: turn.id, epoch: 2, events })).toBe(false)
    const end = { status: 'complete' as const }
    expect(await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, end })).toBe(false)
    expect(await eventsOf(pool, turn.id)).toHaveLength(2)
  })

  test('a lease that still runs is not taken', async () => {
    const { pool } = await createTestDatabase()
    const turn = await start(pool)
    const taken = await settleTurn(pool, {
      turnId: turn.id,
      fence: { take: 'expired' },
      end: { status: 'interrupted' },
    })
    expect(taken).toBe(false)
  })

  test('many turns share commits while their leases are renewed, and none waits for another', async () => {
    const { pool, connection } = await createTestDatabase()
    // The writer's only connection, which renewals share.
    const own = createPool({ ...connection, max: 1 }, recordingLog())
    const boot = randomUUID()
    const turns = await Promise.all(Array.from({ length: 40 }, () => start(pool, { boot })))
    const commits: number[] = []
    const writer = createEventWriter(own, {
      ...silent,
      onCommit: (written) => void commits.push(written.length),
    })
    const store = createTurnStore(own)
    let writing = true
    const renewing = (async () => {
      // In an order that is not the writer's.
      const ids = turns
        .map(({ id }) => id)
        .sort()
        .reverse()
      while (writing) expect((await store.renew(boot, ids, 60_000)).going.size).toBe(40)
    })()
    await Promise.all(
      turns.map(async (turn) => {
        for (let n = 2; n < 27; n++) {
          const events = [delta(turn, n, `${n} `)]
          expect(await writer.append({ turnId: turn.id, epoch: 1, events })).toBe(true)
        }
      }),
    )
    writing = false
    await renewing
    await own.end()
    expect(Math.max(...commits)).toBeGreaterThan(10)
    for (const turn of turns) expect(await eventsOf(pool, turn.id)).toHaveLength(26)
  })

  test('a batch that the database cancelled or that lost a deadlock is written again', async () => {
    const { pool } = await createTestDatabase()
    const [a, b] = [await start(pool), await start(pool)]
    const writer = createEventWriter(pool, { ...silent, patienceMs: 10_000 })
    const holder = await pool.connect()
    // As a connection of ours leaves it that was given up: its row may yet be committed.
    await holder.query('BEGIN')
    await holder.query(
      `INSERT INTO turn_events (turn_id, n, event, data) VALUES ($1, 2, 'delta', 'x')`,
      [a.id],
    )
    const written = [a, b].map((turn) =>
      writer.append({ turnId: turn.id, epoch: 1, events: [delta(turn, 2, 'x')] }),
    )
    for (;;) {
      const { rows } = await pool.query(
        `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      if (rows.length > 0) break
    }
    await holder.query('COMMIT')
    holder.release()
    expect(await Promise.all(written)).toEqual([true, true])
  })

  test('a deleted session takes its turn along, in the middle of a write', async () => {
    const { pool } = await createTestDatabase()
    const sessions = createSessionStore(pool)
    const writer = createEventWriter(pool, { ...silent, patienceMs: 10_000 })
    for (let round = 0; round < 10; round++) {
      const turn = await start(pool)
      const [, ...written] = await Promise.all([
        sessions.remove('local', turn.sessionId),
        ...[2, 3, 4].map((n) =>
          writer.append({ turnId: turn.id, epoch: 1, events: [delta(turn, n, 'x')] }),
        ),
      ])
      expect(written.at(-1)).toBeTypeOf('boolean')
      const end = { status: 'complete' as const }
      expect(await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, end })).toBe(false)
      expect(await eventsOf(pool, turn.id)).toEqual([])
    }
  })
})

test('the length of an answer is what JavaScript counts', async () => {
  const { pool } = await createTestDatabase()
  const turn = await start(pool)
  const texts = ['plain', 'ünï', '👩‍🚀', '漢字漢字', '\u{10000}\u{10ffff}', '\uffff']
  const events = texts.map((data, index) => ({
    ...{ n: index + 2, event: 'delta', data },
    message_id: turn.answerMessageId,
  }))
  const end = { status: 'complete' as const }
  await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, events, end })
  const last = (await eventsOf(pool, turn.id)).at(-1)
  expect(JSON.parse(last.data).messages[0].length).toBe(texts.join('').length)
})

test('an answer of hostile size for the search index is settled all the same', async () => {
  const { pool } = await createTestDatabase()
  const turn = await start(pool)
  const writer = createEventWriter(pool, silent)
  const events = Array.from({ length: 520 }, (_, index) => ({
    n: index + 2,
    event: 'delta',
    data: `${String.fromCodePoint(0x20000 + index).repeat(511)} `,
    message_id: turn.answerMessageId,
  }))
  expect(await writer.append({ turnId: turn.id, epoch: 1, events })).toBe(true)
  const end = { status: 'complete' as const }
  expect(await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, end })).toBe(true)
})

test('events are read in batches that a reader can hold, and always one at least', async () => {
  const { pool } = await createTestDatabase()
  const turn = await start(pool)
  const sizes = [300_000, ...Array.from({ length: 60 }, () => 16_000), ...Array(400).fill(1)]
  await pool.query(
    `INSERT INTO turn_events (turn_id, n, event, data)
     SELECT $1, n + 1, 'delta', repeat('x', size) FROM unnest($2::int[]) WITH ORDINALITY AS s (size, n)`,
    [turn.id, sizes],
  )
  const store = createTurnStore(pool)
  const read: number[] = []
  for (;;) {
    const batch = await store.eventsAfter(turn.id, read.length)
    const { events } = batch!
    if (events.length === 0) break
    const bytes = events.slice(0, -1).reduce((sum, { data }) => sum + data.length, 0)
    expect(bytes).toBeLessThan(64 * 1024)
    expect(events.length).toBeLessThanOrEqual(256)
    read.push(...events.map(({ n }) => n))
  }
  expect(read).toEqual(Array.from({ length: sizes.length + 1 }, (_, index) => index + 1))
  expect(await store.eventsAfter(randomUUID(), 0)).toBeUndefined()
})

test('events are folded away a day after the end, the text stays', async () => {
  const { pool } = await createTestDatabase()
  const [old, fresh, live] = [await start(pool), await start(pool), await start(pool)]
  for (const { id } of [old, fresh]) {
    await settleTurn(pool, { turnId: id, fence: { epoch: 1 }, end: { status: 'stopped' } })
  }
  await pool.query(`UPDATE turns SET finished_at = now() - interval '25 hours' WHERE id = $1`, [
    old.id,
  ])
  const store = createTurnStore(pool)
  await store.foldEvents()
  expect(await eventsOf(pool, old.id)).toEqual([])
  expect(await eventsOf(pool, fresh.id)).toHaveLength(2)
  expect(await eventsOf(pool, live.id)).toHaveLength(1)
  expect(await store.get('local', old.id)).toMatchObject({ status: 'stopped', last_event: 0 })
  expect(await store.get('bob', old.id)).toBeUndefined()
})

test('the history leaves out a turn without any text, with its question', async () => {
  const { pool } = await createTestDatabase()
  const turn = await start(pool)
  const end = { status: 'failed' as const }
  await settleTurn(pool, { turnId: turn.id, fence: { epoch: 1 }, end })
  expect(await readHistory(pool, turn.sessionId)).toEqual([])
  await pool.query(
    `INSERT INTO messages (session_id, role, content) VALUES ($1, 'user', 'By hand')`,
    [turn.sessionId],
  )
  expect(await readHistory(pool, turn.sessionId)).toEqual([{ role: 'user', content: 'By hand' }])
})
