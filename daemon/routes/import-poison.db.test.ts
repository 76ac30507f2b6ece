import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { fileOf, messageRow, sessionRow, turnRow } from '../../test/support/backup-file.js'
import { collect, startGated, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { invite } from '../../test/support/people.js'
import { importRaw } from '../../test/support/raw-import.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage()
  ;({ database, upstream, daemon } = stage)
  return stage.close
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

  const problem = {
    ...{ type: 'urn:c2a:late', title: 'Late', status: 504, code: 'late', detail: 'late' },
    error: 'late',
  }
  test.each([
    ['nothing in it', {}],
    ['a list for a sentence', { ...problem, detail: ['late'] }],
    ['a status that is none', { ...problem, status: 7 }],
    ['a code that is none', { ...problem, code: 'Late\u001b[31m' }],
    ['a hint that is an object', { ...problem, hint: {} }],
  ])('a problem is one, not with %s', async (_what, wrong) => {
    const question = messageRow()
    const turn = { user_message_id: question.id, status: 'failed' }
    const { status, body } = await importRaw(
      daemon,
      fileOf(sessionRow(), turnRow({ ...turn, problem: wrong }), question),
    )
    expect({ status, detail: body.detail }).toMatchObject({
      status: 400,
      detail: expect.stringMatching(/^line 3: problem/),
    })
    const fine = fileOf(sessionRow(), turnRow({ ...turn, problem }), question)
    expect(await importRaw(daemon, fine)).toMatchObject({ status: 200 })
  })

  test.each([
    ['an answer that stands for itself', [0]],
    ['answers that stand for each other', [1, 0]],
    ['a ring of them', [1, 2, 3, 0]],
  ])('no rings: %s', async (_what, to) => {
    const ids = to.map(() => randomUUID())
    const rows = to.map((target, at) =>
      messageRow({ id: ids[at] ?? '', seq: at + 1, role: 'assistant', variant_of: ids[target] }),
    )
    const { status, body } = await importRaw(daemon, fileOf(sessionRow(), ...rows))
    expect({ status, detail: body.detail }).toEqual({
      status: 400,
      detail: `line ${to.length + 2}: variant_of leads back to where it begins`,
    })
  })

  test('no rings of turns that answer again, nor of sessions that are forks of each other', async () => {
    const question = messageRow()
    const ids = [randomUUID(), randomUUID()] as const
    const turns = ids.map((id, at) =>
      turnRow({ id, user_message_id: question.id, retry_of: ids[1 - at] }),
    )
    const ring = await importRaw(daemon, fileOf(sessionRow(), ...turns, question))
    expect(ring.body.detail).toBe('line 4: retry_of leads back to where it begins')
    const id = randomUUID()
    const own = await importRaw(daemon, fileOf(sessionRow({ id, forked_from: id })))
    expect(own.body.detail).toBe('line 2: forked_from leads back to where it begins')
  })
})
