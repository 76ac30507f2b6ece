import { Pool } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { recordingLog } from '../../test/support/recording-log.js'
import { createDatabaseWatch } from '../store/database-watch.js'
import { createSessionStore } from '../store/sessions.js'
import { createTurnStore } from '../store/turns.js'
import { createLeases } from './leases.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Leases over a database that a test can slow down and break; tells when others were judged. */
function watched() {
  // Never connects: every method that is called is replaced.
  const pool = new Pool()
  const began = performance.now()
  const since = (): number => performance.now() - began
  const judged: number[] = []
  const asked: number[] = []
  const leftEnded: number[] = []
  const database = {
    delayMs: 0,
    away: false,
    /** When the earliest lease of another daemon expires, ms from the beginning. */
    expiresAt: Number.POSITIVE_INFINITY,
    /** What ends turns never comes to an end. */
    locked: false,
  }
  const left = { isEmpty: true }
  const leases = createLeases({
    pool,
    sessions: { ...createSessionStore(pool), removeEphemeral: async () => undefined },
    turns: {
      ...createTurnStore(pool),
      async renew() {
        asked.push(since())
        if (database.delayMs > 0) {
          await new Promise((resolve) => setTimeout(resolve, database.delayMs))
        }
        if (database.away) throw new Error('away')
        return { going: new Set<string>(), held: false }
      },
      async abandoned() {
        judged.push(since())
        if (database.locked) await new Promise(() => undefined)
        return []
      },
      async nextExpiry() {
        const ms = database.expiresAt - since()
        return ms >= 0 && ms < Number.POSITIVE_INFINITY ? ms : undefined
      },
      foldEvents: async () => undefined,
    },
    left: {
      get isEmpty() {
        return left.isEmpty
      },
      has: () => false,
      add: () => undefined,
      async end() {
        if (!left.isEmpty) leftEnded.push(since())
        left.isEmpty = true
      },
    },
    watch: createDatabaseWatch(),
    log: recordingLog(),
    instance: 'i',
    boot: 'b',
    leaseMs: 15_000,
    sweepMs: 5_000,
    ring: () => undefined,
  })
  leases.start({ liveIds: () => [], keep: () => undefined })
  const run = async (ms: number): Promise<number[]> => {
    const from = judged.length
    await vi.advanceTimersByTimeAsync(ms)
    return judged.slice(from)
  }
  return { leases, run, database, left, asked, leftEnded }
}

test('leases are judged after a whole lease time of connection, then at every sweep', async () => {
  const { run, leases } = watched()
  expect(await run(14_000)).toEqual([])
  expect(await run(12_000)).toEqual([15_000, 20_000, 25_000])
  leases.stop()
  expect(await run(60_000)).toEqual([])
})

test('a database that was away starts the time anew, which is over at once when it is over', async () => {
  const { run, database, asked } = watched()
  await run(26_000)
  database.away = true
  expect(await run(5_100)).toEqual([])
  // Often asked while it is away, so that its return is seen within half a second.
  expect(asked.slice(-3)).toEqual([30_000, 30_500, 31_000])
  database.away = false
  expect(await run(15_000)).toEqual([])
  // It was back at 31.5 s: neither a sweep late at the beginning nor one at the end.
  expect(await run(500)).toEqual([46_500])
  expect(await run(5_000)).toEqual([51_500])
})

test('so does one that stood still, without any error: its owners could not renew either', async () => {
  const { run, database } = watched()
  await run(26_000)
  database.delayMs = 14_000
  await run(4_500)
  database.delayMs = 0
  // The renewal that began at 30 s ends at 44 s.
  expect(await run(28_000)).toEqual([])
  expect(await run(1_000)).toEqual([59_000])
})

test('a lease that ends between two sweeps is judged when it ends', async () => {
  const { run, database } = watched()
  await run(20_000)
  // Renewed just before its owner was killed.
  database.expiresAt = 35_700
  expect(await run(16_000)).toEqual([25_000, 30_000, 35_000, 35_700])
})

test('turns of our own that were left end as soon as the database answers', async () => {
  const { run, database, left, leftEnded } = watched()
  await run(21_000)
  database.away = true
  await run(5_000)
  left.isEmpty = false
  database.away = false
  await run(500)
  expect(leftEnded).toEqual([26_500])
})

test('what a lock holds up does not hold up renewals', async () => {
  const { run, database, asked } = watched()
  await run(14_000)
  database.locked = true
  await run(12_000)
  expect(asked.slice(-3)).toEqual([15_000, 20_000, 25_000])
})
