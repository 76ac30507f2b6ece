import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { createHistory, expectHolds } from '../../test/faults/support/check.js'
import { abandonTurn } from '../../test/support/abandoned-turn.js'
import { collect, send, startDaemon, startGated, textOf } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'

let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

/** Locks a row as somebody with psql may, who then goes for a coffee. Returns what lets go of it. */
async function hold({ pool }: TestDatabase, table: 'sessions' | 'turns', id: string) {
  const client = await pool.connect()
  let held = true
  const release = async (): Promise<void> => {
    if (!held) return
    held = false
    await client.query('ROLLBACK')
    client.release()
  }
  onTestFinished(release)
  await client.query('BEGIN')
  await client.query(`SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [id])
  return release
}

const waitForLocks = async ({ pool }: TestDatabase, most: number): Promise<void> => {
  await eventually(async () => {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    expect(rows.length).toBeGreaterThanOrEqual(most)
  })
}

test('a turn that something else holds stops no other, and goes on when it is free', async () => {
  const database = await createTestDatabase()
  const daemon = await startDaemon({ database, upstream, time: { leaseMs: 900, sweepMs: 150 } })
  const held = await startGated(daemon, upstream, 'held')
  const other = await startGated(daemon, upstream, 'other')
  const turnOf = async (id: string) => (await daemon.client.getSession(id)).live_turn_id!
  const heldId = await turnOf(held.session.id)
  const otherId = await turnOf(other.session.id)
  const far = await startDaemon({ database, upstream })
  const follower = collect(await far.client.attach(heldId, undefined))
  const release = await hold(database, 'turns', heldId)

  const began = performance.now()
  const lease = async (id: string) => {
    const { rows } = await database.pool.query<{ left: number }>(
      `SELECT extract(epoch FROM lease_until - now())::float8 * 1000 AS left FROM turns WHERE id = $1`,
      [id],
    )
    return rows[0]!.left
  }
  const words = Array.from({ length: 10 }, (_, index) => `${index} `)
  for (const word of words) {
    held.call.release(word)
    other.call.release(word)
    await eventually(async () => {
      const [, answer] = await daemon.client.listMessages(other.session.id)
      expect(answer!.content).toMatch(new RegExp(`${word}$`))
    })
  }
  // One that is waited for would cost each of them a second and more.
  expect(performance.now() - began).toBeLessThan(5_000)
  // Its own daemon knows that it is alive, however long it could not say so.
  await eventually(async () => expect(await lease(heldId)).toBeLessThan(-1_500))
  expect(await lease(otherId)).toBeGreaterThan(0)
  expect((await daemon.client.getTurn(heldId)).status).toBe('streaming')

  await release()
  held.call.finish()
  other.call.finish()
  for (const { stream } of [held, other]) {
    const events = await collect(stream)
    expect(textOf(events)).toBe(words.join(''))
    expect(events.at(-1)!.event).toBe('turn.done')
  }
  expect(textOf(await follower)).toBe(words.join(''))
  await expectHolds(createHistory(), { database })
})

test('a dead turn that something else holds does not keep others from being ended', async () => {
  const database = await createTestDatabase()
  const first = await abandonTurn(database, { instance: 'dead', leaseMs: 1 })
  const release = await hold(database, 'sessions', first.sessionId)
  const daemon = await startDaemon({ database, upstream, time: { leaseMs: 400, sweepMs: 60 } })
  // So that the first one has been tried, whether it is waited for or not.
  const before = await abandonTurn(database, { instance: 'dead', leaseMs: 1 })
  await eventually(async () => {
    expect((await daemon.client.getTurn(before.id)).status).toBe('interrupted')
  })
  const began = performance.now()
  const second = await abandonTurn(database, { instance: 'dead', leaseMs: 1 })
  await eventually(async () => {
    expect((await daemon.client.getTurn(second.id)).status).toBe('interrupted')
  })
  expect(performance.now() - began).toBeLessThan(5_000)
  expect((await daemon.client.getTurn(first.id)).status).toBe('streaming')
  await release()
  await eventually(async () => {
    expect((await daemon.client.getTurn(first.id)).status).toBe('interrupted')
  })
})

test('a session that many wait for holds up neither the end of another turn nor who reads it', async () => {
  const database = await createTestDatabase()
  const daemon = await startDaemon({ database, upstream })
  const { stream, call } = await startGated(daemon, upstream, 'beside')
  const contended = await daemon.client.createSession({})
  const release = await hold(database, 'sessions', contended.id)
  const deleting = Array.from({ length: 30 }, () =>
    send(daemon, `/api/sessions/${contended.id}`, { method: 'DELETE' }),
  )
  await waitForLocks(database, 10)
  const began = performance.now()
  call.release('through')
  call.finish()
  expect((await collect(stream)).at(-1)!.event).toBe('turn.done')
  expect(performance.now() - began).toBeLessThan(1_500)
  const [refused] = await Promise.all(deleting.slice(0, 1))
  expect(refused!.status).toBe(503)
  expect(JSON.parse(refused!.text)).toMatchObject({
    code: 'db_unavailable',
    detail: 'something else holds what this would change',
  })
  await release()
  await Promise.all(deleting)
})
