import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { fileOf, messageRow, sessionRow, textRow, turnRow } from '../../test/support/backup-file.js'
import {
  collect,
  send,
  startDaemon,
  startGated,
  type TestDaemon,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { invite } from '../../test/support/people.js'
import { importRaw } from '../../test/support/raw-import.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  database = await createTestDatabase()
  upstream = await startUpstream()
  daemon = await startDaemon({ database, upstream })
})
afterAll(async () => {
  await daemon.stop()
  await upstream.close()
  await database.drop()
})

describe('a file cannot pay for an answer that is running', () => {
  /** A turn that costs 9 tokens and 9 tokens, with whatever a file says of it meanwhile. */
  async function spentOn(rows: (turn: { id: string; question: string }) => { type: string }[]) {
    const bob = await invite(daemon, `bob-${randomUUID().slice(0, 8)}`)
    const { session, stream, call } = await startGated(bob, upstream, randomUUID())
    const { rows: live } = await database.pool.query<{ id: string; question: string }>(
      'SELECT id, user_message_id AS question FROM turns WHERE session_id = $1',
      [session.id],
    )
    const [turn] = live
    if (turn === undefined) throw new Error('no turn')
    const answer = await importRaw(bob, fileOf(sessionRow({ id: session.id }), ...rows(turn)))
    call.release('Done.')
    call.finish()
    const events = await collect(stream)
    const { rows: booked } = await database.pool.query(
      'SELECT cost_usd::float AS cost FROM spend WHERE turn_id = $1',
      [turn.id],
    )
    return { answer, last: events.at(-1)?.event, booked }
  }

  test('by its price', async () => {
    const spend = { at: '2024-01-01T00:00:00Z', cost_usd: '0', cost_estimated: false }
    const { last, booked } = await spentOn(({ id, question }) => [
      turnRow({ id, user_message_id: question, spend }),
    ])
    expect(last).toBe('turn.done')
    // The fake tells no price: none is booked, and what the file says of it is not either.
    expect(booked).toEqual([])
  })

  test.each([-1_000, 0])('by a message of it that has cost %d', async (cost_usd) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, cost_usd }
    const { answer, last, booked } = await spentOn(({ id }) => [
      messageRow({ seq: 900, role: 'assistant', turn_id: id, usage }),
    ])
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(last).toBe('turn.done')
    expect(booked).toEqual([])
  })
})

describe('what is stored can be read', () => {
  test.each([
    ['words', { prompt_tokens: 'abc', completion_tokens: 1, total_tokens: 1 }],
    ['nothing', {}],
    ['a sum that is no number', { prompt_tokens: 1e308, completion_tokens: 1, total_tokens: 1 }],
    [
      'words for a price',
      { prompt_tokens: 1, completion_tokens: 1, total_tokens: 1, cost_usd: '$' },
    ],
  ])('usage is numbers, not %s', async (_what, usage) => {
    const question = messageRow()
    for (const rows of [
      [turnRow({ user_message_id: question.id, usage }), question],
      [question, messageRow({ seq: 2, role: 'assistant', usage })],
    ]) {
      const { status, body } = await importRaw(daemon, fileOf(sessionRow(), ...rows))
      expect({ status, detail: body.detail }).toMatchObject({
        status: 400,
        detail: expect.stringContaining('usage'),
      })
    }
  })

  test('a message is not larger than an answer may be, however small the file', async () => {
    const message = messageRow()
    const text = ' '.repeat(15 * 1024 * 1024)
    const part = 'content' as const
    const texts = Array.from({ length: 18 }, () => textRow({ message_id: message.id, part, text }))
    const session = sessionRow()
    const file = gzipSync(fileOf(session, message, ...texts))
    expect(file.length).toBeLessThan(1_000_000)
    const { status, body } = await importRaw(daemon, file)
    expect({ status, detail: body.detail }).toMatchObject({
      status: 400,
      detail: expect.stringContaining('256 MiB'),
    })
    expect((await send(daemon, `/api/sessions/${session.id}`)).status).toBe(404)
  }, 60_000)
})
