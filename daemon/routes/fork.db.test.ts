import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../../shared/contract/message.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { collect, send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { invite } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ database, upstream, daemon } = stage)
  return stage.close
})

/** A session of these questions, each with an answer. */
async function talk(...questions: string[]): Promise<string> {
  const { id } = await daemon.client.createSession({ model: 'script' })
  for (const message of questions) await post(id, message)
  return id
}

async function post(id: string, message: string, model?: string) {
  const options = { idempotencyKey: randomUUID() }
  return collect(await daemon.client.chat(id, { message, ...(model && { model }) }, options))
}

const shown = (messages: readonly Message[]) =>
  messages.map(({ role, content, status, seq }) => `${seq} ${role} ${status} ${content}`)
const waitForLocks = () =>
  eventually(async () => {
    const { rows } = await database.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    expect(rows).not.toEqual([])
  })
const list = (id: string) => daemon.client.listMessages(id)

describe('a fork', () => {
  test('has the settings and the messages, under ids of its own', async () => {
    const role = await daemon.client.createRole({ name: 'Forker', instructions: 'Be brief.' })
    const id = await talk('one', 'two')
    await daemon.client.patchSession(id, {
      title: 'Counting',
      role_id: role.id,
      params: { seed: 7 },
      plan: { planning_model: 'a', answering_model: 'b' },
    })
    const source = await daemon.client.getSession(id)
    const fork = await daemon.client.forkSession(id)
    const { model, role_id, plan, params } = source
    expect(fork).toMatchObject({ model, role_id, plan, params, title: 'Counting (fork)' })
    const [before, after] = [await list(id), await list(fork.id)]
    expect(shown(after)).toEqual(shown(before))
    expect(after.map(({ created_at }) => created_at)).toEqual(before.map((m) => m.created_at))
    const ids = [...before, ...after].flatMap((m) => [m.id, m.turn_id])
    expect(new Set(ids).size).toBe(8 + 4)
    expect((await daemon.client.forkSession(fork.id)).title).toBe('Counting (fork)')
  })

  test('goes its own way, with what was said before as context', async () => {
    const id = await talk('one')
    const fork = await daemon.client.forkSession(id)
    await post(fork.id, 'here')
    await post(id, 'there')
    const of = async (session: string) => (await list(session)).map(({ content }) => content)
    expect(await of(fork.id)).toEqual(['one', 'one', 'here', 'here'])
    expect(await of(id)).toEqual(['one', 'one', 'there', 'there'])
    const asked = upstream.requests.filter(({ model }) => model === 'script').at(-2)?.body[
      'messages'
    ]
    expect(asked).toMatchObject(['one', 'one', 'here'].map((content) => ({ content })))
  })

  test('its last answer can be given again', async () => {
    const fork = await daemon.client.forkSession(await talk('one'))
    const options = { idempotencyKey: randomUUID() }
    const events = await collect(await daemon.client.retry(fork.id, {}, options))
    expect(events.at(-1)?.event).toBe('turn.done')
    expect((await list(fork.id)).map(({ variants }) => variants)).toEqual([undefined, 1])
  })

  test('ends at the message that is named, or before it', async () => {
    const id = await talk('one', 'two', 'three')
    const messages = await list(id)
    const upTo = await daemon.client.forkSession(id, { message_id: messages[3]!.id })
    expect(shown(await list(upTo.id))).toEqual(shown(messages.slice(0, 4)))
    const edited = await daemon.client.forkSession(id, {
      message_id: messages[2]!.id,
      before: true,
    })
    expect(shown(await list(edited.id))).toEqual(shown(messages.slice(0, 2)))
    await post(edited.id, 'two, but otherwise')
    expect((await list(edited.id)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    const empty = await daemon.client.forkSession(id, { message_id: messages[0]!.id, before: true })
    expect(await list(empty.id)).toEqual([])
  })

  test('leaves behind older answers, what is answering now, and what was spent', async () => {
    const id = await talk('one')
    await collect(await daemon.client.retry(id, {}, { idempotencyKey: randomUUID() }))
    await post(id, 'broken', 'cut-mid')
    const gated = await daemon.client.chat(
      id,
      { message: 'two', model: 'gate+fork' },
      { idempotencyKey: randomUUID() },
    )
    const call = await upstream.waitFor('gate+fork')
    const fork = await daemon.client.forkSession(id)
    expect(fork.live_turn_id).toBeNull()
    const copied = await list(fork.id)
    const kept = (await list(id)).filter(
      ({ content, status }) => content !== 'two' && status !== 'streaming',
    )
    expect(shown(copied)).toEqual(shown(kept))
    expect(copied.every(({ variants }) => variants === undefined)).toBe(true)
    expect((await daemon.client.getSession(fork.id)).usage).toBeUndefined()
    call.finish()
    await collect(gated)
    // It is free at once.
    expect((await post(fork.id, 'three')).at(-1)?.event).toBe('turn.done')
  })

  test('is told to open clients', async () => {
    const id = await talk('one', 'two')
    const end = new AbortController()
    const hints = await daemon.client.events(end.signal)
    const heard: string[] = []
    let forkId: string | undefined
    for await (const some of hints) {
      forkId ??= (await daemon.client.forkSession(id)).id
      for (const { event, data } of some) if (event === 'session.changed') heard.push(data.id)
      if (heard.includes(forkId)) break
    }
    end.abort()
    expect(heard).toEqual([forkId])
  })
})

describe('a fork meets a deletion that is under way', () => {
  /** Forks while the statements are done and not yet committed. */
  async function forkAgainst(id: string, ...statements: [sql: string, value: string][]) {
    const deleting = await database.pool.connect()
    try {
      await deleting.query('BEGIN')
      for (const [sql, value] of statements) await deleting.query(sql, [value])
      const fork = daemon.client.forkSession(id).catch((error: unknown) => error)
      await waitForLocks()
      await deleting.query('COMMIT')
      return await fork
    } finally {
      deleting.release()
    }
  }

  test('of its role: it is made without one', async () => {
    const { id: roleId } = await daemon.client.createRole({ name: 'Gone', instructions: 'Be.' })
    const id = await talk('one')
    await daemon.client.patchSession(id, { role_id: roleId })
    await post(id, 'two')
    const fork = await forkAgainst(
      id,
      ['UPDATE sessions SET role_id = NULL WHERE role_id = $1', roleId],
      ['DELETE FROM roles WHERE id = $1', roleId],
    )
    expect(fork).toMatchObject({ title: 'one (fork)', role_id: null })
  })

  test('of its source: there is nothing to fork', async () => {
    const id = await talk('one')
    const fork = await forkAgainst(id, ['DELETE FROM sessions WHERE id = $1', id])
    expect(fork).toMatchObject({ code: 'not_found' })
  })
})

test('however many forks take long, others can post', async () => {
  const [id, other] = [await talk('one'), await talk('two')]
  const holder = await database.pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [id])
    const forks = Array.from({ length: 12 }, () => daemon.client.forkSession(id))
    await waitForLocks()
    expect((await post(other, 'three')).at(-1)?.event).toBe('turn.done')
    await holder.query('ROLLBACK')
    const titles = (await Promise.all(forks)).map(({ title }) => title)
    expect(titles).toEqual(Array(12).fill('one (fork)'))
  } finally {
    holder.release()
  }
})

test("another's session, and messages of another session, are not found", async () => {
  const [id, other] = [await talk('one'), await talk('two')]
  const [foreign] = await list(other)
  const refused = { code: 'not_found' }
  await expect(daemon.client.forkSession(randomUUID())).rejects.toMatchObject(refused)
  const wrong = { message_id: foreign!.id }
  await expect(daemon.client.forkSession(id, wrong)).rejects.toMatchObject(refused)
  const ann = await invite(daemon, 'ann-who-forks')
  await expect(ann.client.forkSession(id)).rejects.toMatchObject(refused)
  const [own] = await list(id)
  await expect(ann.client.forkSession(id, { message_id: own!.id })).rejects.toMatchObject(refused)
  expect(await ann.client.listSessions()).toEqual([])
  const alone = await send(daemon, `/api/sessions/${id}/fork`, {
    method: 'POST',
    body: JSON.stringify({ before: true }),
    headers: { 'content-type': 'application/json' },
  })
  expect(alone.status).toBe(400)
})
