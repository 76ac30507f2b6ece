import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.js'
import { makeLongSession } from '../../test/support/long-session.js'
import { noLimit } from '../../test/support/no-limit.js'
import { measureHistory, messageCost, readHistory } from './history.js'
import { settleTurn } from './turn-settle.js'
import { startTurn } from './turn-start.js'

/** Asks, and ends the turn with this text. */
async function turn(pool: Pool, sessionId: string, question: string, answer: string) {
  const started = await startTurn(pool, {
    ...{ owner: 'local', sessionId, content: question, instance: 'i', leaseMs: 60_000 },
    boot: '00000000-0000-0000-0000-000000000001',
    choose: () => ({ model: 'm', plan: null, roleId: null, sessionModel: null, title: 'T' }),
    limit: noLimit,
    guard: () => undefined,
  })
  if (!('started' in started)) throw new Error('attached')
  const { id, answerMessageId } = started.started
  const events =
    answer === '' ? [] : [{ n: 2, event: 'delta', data: answer, message_id: answerMessageId }]
  await settleTurn(pool, {
    ...{ turnId: id, fence: { epoch: 1 }, events },
    end: { status: answer === '' ? 'failed' : 'complete' },
  })
}

test('the history is measured as it would be read', async () => {
  const { pool } = await createTestDatabase()
  const id = await makeLongSession(pool, { count: 3, chars: 10 })
  await turn(pool, id, 'one', 'ünï👩‍🚀')
  await turn(pool, id, 'lost', '')
  await turn(pool, id, 'lost, too', '')
  await turn(pool, id, 'two', 'second')
  await turn(pool, id, 'lost at the end', '')
  const history = await readHistory(pool, id)
  expect(history.slice(3).map(({ content }) => content)).toEqual([
    'one',
    'ünï👩‍🚀',
    'two',
    'second',
  ])
  const bytes = history.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
  const whole = bytes + history.length * messageCost
  expect(await measureHistory(pool, id, { most: Infinity })).toBe(whole)
  const before = 5
  expect(await readHistory(pool, id, before)).toHaveLength(4)
  expect(await measureHistory(pool, id, { before, most: Infinity })).toBe(33 + 4 * messageCost)
})

test('a long history is measured in parts, and no further than needed', async () => {
  const { pool } = await createTestDatabase()
  const id = await makeLongSession(pool, { count: 25_000, chars: 36 })
  const most = (rows: number): number => rows * 100
  expect(await measureHistory(pool, id, { most: Infinity })).toBe(most(25_000))
  expect(await measureHistory(pool, id, { most: most(5) })).toBe(most(10_000))
  expect(await measureHistory(pool, id, { most: most(10_000) })).toBe(most(20_000))
  // A count that ends with a part.
  expect(await measureHistory(pool, id, { before: 10_001, most: Infinity })).toBe(most(10_000))
})
