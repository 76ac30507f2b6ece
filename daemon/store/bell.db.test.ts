import type { Pool } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { recordingLog } from '../../test/support/recording-log.js'
import { openPools } from '../database.js'
import { type Bell, createBell } from './bell.js'
import { createListener, type Listener, type Notification } from './listener.js'

const never = new AbortController().signal
const nowhere = { host: '/nonexistent', port: 5432, user: 'x', database: 'x' }

/** A bell as a daemon has it, with its pool; polling is as good as off. */
function bellOf(database: Pick<TestDatabase, 'connection'>, pollMs = 600_000) {
  const log = recordingLog()
  const { pool, isOwn, close } = openPools({ ...database.connection }, log)
  const listener = createListener({ connection: { ...database.connection }, log })
  const bell = createBell({ listener, isOwn, pollMs })
  onTestFinished(async () => {
    bell.close()
    await listener.close()
    await close()
  })
  return { bell, pool, log }
}

const listeners = async (pool: Pool): Promise<number> => {
  const { rows } = await pool.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'c2a bell'
       AND query LIKE 'LISTEN%' AND state = 'idle'`,
  )
  return rows.length
}

const listening = (pool: Pool, count = 1) =>
  eventually(async () => expect(await listeners(pool)).toBe(count))

const notify = (pool: Pool, channel = 'c2a_turn') =>
  pool.query(`SELECT pg_notify($1, '')`, [channel])

/** Until the bell hears, and its own ring for that, which wakes everybody, is over. */
async function settled(bell: Bell, pool: Pool): Promise<void> {
  await listening(pool)
  const rung = new Promise<void>((resolve) => {
    bell.onStop(() => void bell.next('a', never).then(resolve))
  })
  await notify(pool, 'c2a_stop')
  await rung
}

/** A listener that hears what a test says. */
function listenerOf() {
  let hear = (_: Notification): void => undefined
  const listener: Listener = {
    isConnected: () => true,
    onNotification(heard) {
      hear = heard
    },
    onConnect: () => undefined,
    close: async () => undefined,
  }
  return { listener, commit: () => hear({ channel: 'c2a_turn', payload: '', processId: 1 }) }
}

describe('a follower', () => {
  test('is woken by a ring for its turn, not by one for another', async () => {
    const { bell } = bellOf(await createTestDatabase())
    let woken = 0
    void bell.next('a', never).then(() => woken++)
    bell.ring(['b'])
    await Promise.resolve()
    expect(woken).toBe(0)
    const next = bell.next('a', never)
    bell.ring(['a'])
    await next
    expect(woken).toBe(1)
  })

  test('is woken by another pool’s commit, and by a stop from anywhere', async () => {
    const database = await createTestDatabase()
    const { bell } = bellOf(database)
    await settled(bell, database.pool)
    const woken = bell.next('a', never)
    await notify(database.pool)
    await woken
    let stops = 0
    bell.onStop(() => stops++)
    const next = bell.next('a', never)
    await notify(database.pool, 'c2a_stop')
    await next
    expect(stops).toBe(1)
  })

  test('is not woken twice by its own daemon’s commit', async () => {
    const database = await createTestDatabase()
    const { bell, pool } = bellOf(database)
    await settled(bell, database.pool)
    let woken = 0
    void bell.next('a', never).then(() => woken++)
    await notify(pool)
    // Notifications come in order: when the stranger's is there, ours was.
    const stranger = new Promise<void>((resolve) => bell.onStop(resolve))
    expect(woken).toBe(0)
    await notify(database.pool, 'c2a_stop')
    await stranger
  })

  test('is woken at once, then now and then by many commits, and once more after the last', async () => {
    const { listener, commit } = listenerOf()
    const bell = createBell({ listener, isOwn: () => false, pollMs: 600_000 })
    onTestFinished(bell.close)
    const first = bell.next('a', never)
    commit()
    await first
    let woken = 0
    const count = (): void => {
      void bell.next('a', never).then(() => {
        woken += 1
        count()
      })
    }
    count()
    const since = performance.now()
    for (let commits = 0; commits < 500; commits++) {
      commit()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const seen = woken
    expect(seen).toBeLessThanOrEqual((performance.now() - since) / 20 + 1)
    commit()
    await eventually(() => expect(woken).toBe(seen + 1))
    const ended = bell.next('a', never)
    bell.close()
    await ended
  })

  test('that gives up leaves at once', async () => {
    const { bell } = bellOf(await createTestDatabase())
    const leave = new AbortController()
    const next = bell.next('a', leave.signal)
    leave.abort()
    await next
    await bell.next('a', leave.signal)
  })
})

describe('the listener', () => {
  test('comes back after its connection was killed, and looks at once', async () => {
    const database = await createTestDatabase()
    const { bell } = bellOf(database)
    await listening(database.pool)
    for (let round = 0; round < 2; round++) {
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'c2a bell'
           AND datname = current_database()`,
      )
      await listening(database.pool, 0)
      const next = bell.next('a', never)
      await listening(database.pool, 1)
      await next
    }
  })

  test('notices a line that went dead without a word', async () => {
    const database = await createTestDatabase()
    const log = recordingLog()
    const connection = { ...database.connection, query_timeout: 100 }
    const listener = createListener({ connection, log, probeMs: 20 })
    onTestFinished(() => listener.close())
    await listening(database.pool)
    const {
      rows: [backend],
    } = await database.pool.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'c2a bell' AND datname = current_database()`,
    )
    const again = new Promise<void>((resolve) => listener.onConnect(resolve))
    process.kill(backend.pid, 'SIGSTOP')
    onTestFinished(() => {
      process.kill(backend.pid, 'SIGCONT')
    })
    await again
    expect(listener.isConnected()).toBe(true)
  })

  test('tries one connection at a time while the database is away', async () => {
    const log = recordingLog()
    const listener = createListener({ connection: nowhere, log, retryMs: 10 })
    onTestFinished(() => listener.close())
    await eventually(() => expect(log.lines.length).toBeGreaterThan(8))
    // Two tries for each failure would be thousands by now.
    expect(log.lines.length).toBeLessThan(40)
  })

  test('leaves no connection, however early it is closed', async () => {
    const database = await createTestDatabase()
    const log = recordingLog()
    await createListener({ connection: { ...database.connection }, log }).close()
    expect(await listeners(database.pool)).toBe(0)
  })

  test('is replaced by polling while it is away', async () => {
    const listener = createListener({ connection: nowhere, log: recordingLog() })
    const bell = createBell({ listener, isOwn: () => false, pollMs: 100 })
    onTestFinished(async () => {
      bell.close()
      await listener.close()
    })
    await bell.next('a', never)
    await bell.next('a', never)
  })
})
