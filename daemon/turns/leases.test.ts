import { Pool } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { recordingLog } from '../gateway/test-support.js'
import { createSessionStore } from '../store/sessions.js'
import { createTurnStore } from '../store/turns.js'
import { createLeases } from './leases.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Leases over a database that a test can slow down and break; tells when others were judged. */
function watched() {
  // Never connects: every method that is called is replaced.
  const pool = new Pool()
  const began = performance.now()
  const judged: number[] = []
  const database = { delayMs: 0, away: false }
  const leases = createLeases({
    pool,
    sessions: { ...createSessionStore(pool), removeEphemeral: async () => undefined },
    turns: {
      ...createTurnStore(pool),
      async renew() {
        if (database.delayMs > 0) {
          await new Promise((resolve) => setTimeout(resolve, database.delayMs))
        }
        if (database.away) throw new Error('away')
        return new Set<string>()
      },
      async abandoned() {
        judged.push(performance.now() - began)
        return []
      },
      foldEvents: async () => undefined,
    },
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
  return { leases, run, database }
}

test('leases are judged after a whole lease time of connection, then at every sweep', async () => {
  const { run, leases } = watched()
  expect(await run(14_000)).toEqual([])
  expect(await run(12_000)).toEqual([15_000, 20_000, 25_000])
  leases.stop()
  expect(await run(60_000)).toEqual([])
})

test('a database that was away starts the time anew', async () => {
  const { run, database } = watched()
  await run(26_000)
  database.away = true
  expect(await run(5_000)).toEqual([])
  database.away = false
  expect(await run(18_000)).toEqual([])
  expect(await run(5_000)).toEqual([50_000])
})

test('so does one that stood still, without any error: its owners could not renew either', async () => {
  const { run, database } = watched()
  await run(26_000)
  database.delayMs = 14_000
  await run(4_500)
  database.delayMs = 0
  // The renewal that began at 30 s ends at 44 s.
  expect(await run(28_000)).toEqual([])
  expect(await run(2_000)).toEqual([60_000])
})
