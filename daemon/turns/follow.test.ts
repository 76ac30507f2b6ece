import { expect, onTestFinished, test } from 'vitest'
import { createBell } from '../store/bell.js'
import type { StoredEvent } from '../store/turns.js'
import { followTurn } from './follow.js'

const turn = { id: 'turn', sessionId: 'session', after: 0 }

const delta = (n: number): StoredEvent => ({ n, event: 'delta', data: `${n} `, message_id: null })
const done: StoredEvent = { n: 9, event: 'turn.done', data: '{}', message_id: null }

/** A follower of a table that the test fills, and how often it was read. */
function follow(options: { pollMs?: number } = {}) {
  const table: StoredEvent[] = []
  let reads = 0
  const bell = createBell({
    listener: {
      onConnect: () => undefined,
      onNotification: () => undefined,
      isConnected: () => false,
      close: async () => undefined,
    },
    isOwn: () => true,
    pollMs: options.pollMs ?? 600_000,
  })
  const leaving = new AbortController()
  onTestFinished(() => {
    leaving.abort()
    bell.close()
  })
  const turns = {
    async eventsAfter(_id: string, after: number) {
      reads += 1
      return { status: 'streaming' as const, events: table.filter(({ n }) => n > after) }
    },
  }
  const events = followTurn({ turns, bell, patienceMs: 0 }, turn, leaving.signal)
  return {
    table,
    bell,
    reads: () => reads,
    async next(): Promise<number[]> {
      const { value } = await events.next()
      return (value ?? []).map(({ n }: StoredEvent) => n)
    },
    tell(...told: StoredEvent[]): void {
      table.push(...told)
      bell.tell(turn.id, told)
    },
  }
}

test('a follower who is up to date reads no rows', async () => {
  const { table, next, tell, reads } = follow()
  table.push(delta(1))
  expect(await next()).toEqual([1])
  for (let n = 2; n < 50; n++) {
    const waiting = next()
    tell(delta(n))
    expect(await waiting).toEqual([n])
  }
  // One, and one to find out that there was no more.
  expect(reads()).toBeLessThanOrEqual(2)
})

test('what is told while a follower is busy is not lost, nor told twice', async () => {
  const { table, next, tell } = follow()
  table.push(delta(1))
  expect(await next()).toEqual([1])
  tell(delta(2), delta(3))
  tell(delta(4))
  expect(await next()).toEqual([2, 3])
  tell(delta(5))
  expect(await next()).toEqual([4])
  expect(await next()).toEqual([5])
})

test('an end that nobody told, right after something told, is found', async () => {
  const { table, next, tell, bell } = follow()
  table.push(delta(1))
  expect(await next()).toEqual([1])
  const waiting = next()
  tell(delta(2))
  table.push(done)
  bell.ring([turn.id])
  const seen = await waiting
  if (seen.at(-1) !== done.n) seen.push(...(await next()))
  expect(seen).toEqual([2, done.n])
  expect(await next()).toEqual([])
})

test('what another process committed is found when the bell rings for everybody', async () => {
  const { table, next, tell } = follow({ pollMs: 50 })
  table.push(delta(1))
  expect(await next()).toEqual([1])
  tell(delta(2))
  expect(await next()).toEqual([2])
  table.push(done)
  expect(await next()).toEqual([done.n])
})
