import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ListQuery } from '../../shared/contract/common.js'
import { createTestDatabase } from '../../test/support/database.js'
import { makeLongSession } from '../../test/support/long-session.js'
import { createMessageStore } from './messages.js'
import { encodeCursor, type Page, type PageOptions } from './page.js'
import { createRoleStore } from './roles.js'
import { createSessionStore } from './sessions.js'

async function stores() {
  const { pool } = await createTestDatabase()
  return {
    pool,
    sessions: createSessionStore(pool),
    messages: createMessageStore(pool),
    roles: createRoleStore(pool),
  }
}

/** Every page of a list, by its cursors. */
async function pages<Row>(list: (options: PageOptions) => Promise<Page<Row>>, limit: number) {
  const all: Row[][] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit, cursor })
    all.push(page.rows)
    cursor = page.next
  } while (cursor !== undefined)
  return all
}

const forged = [
  'x',
  encodeCursor([]),
  encodeCursor(['a']),
  encodeCursor([1.5]),
  encodeCursor([1e300]),
  encodeCursor(['2024-13-45', 'not-an-id']),
  encodeCursor(['2024-01-01T00:00:00.000000', 'not-an-id']),
  encodeCursor(['yesterday', randomUUID()]),
  encodeCursor([1, 2]),
  encodeCursor(['a\0']),
  encodeCursor(['a', 'b', 'c']),
  Buffer.from('{"length":2}').toString('base64url'),
  Buffer.from('null').toString('base64url'),
]

describe('sessions', () => {
  test('are listed by the latest change, in pages without gap or repetition', async () => {
    const { sessions, pool } = await stores()
    const made: string[] = []
    for (let index = 0; index < 7; index++) {
      made.push((await sessions.create('local', { title: `S${index}` })).id)
    }
    await sessions.update('local', made[2]!, { title: 'Changed' })
    const [first, ...rest] = (await sessions.list('local')).rows.map(({ id }) => id)
    expect(first).toBe(made[2])
    expect(rest).toEqual(made.filter((id) => id !== first).reverse())
    const paged = await pages((options) => sessions.list('local', options), 3)
    expect(paged.map((page) => page.length)).toEqual([3, 3, 1])
    expect(paged.flat().map(({ id }) => id)).toEqual([first, ...rest])
    // All of one moment, and moments within one millisecond.
    for (const moment of [
      `'2024-01-01'`,
      `'2024-01-01'::timestamptz + random() * interval '1 ms'`,
    ]) {
      await pool.query('ALTER TABLE sessions DISABLE TRIGGER USER')
      await pool.query(`UPDATE sessions SET updated_at = ${moment}`)
      const whole = (await sessions.list('local')).rows
      expect(
        await pages((options) => sessions.list('local', options), 2).then((p) => p.flat()),
      ).toEqual(whole)
    }
  })

  test('belong to their owner: for anybody else they are not there', async () => {
    const { sessions } = await stores()
    const { id } = await sessions.create('ann', {})
    expect(await sessions.get('ann', id)).toMatchObject({ id })
    expect(await sessions.get('bob', id)).toBeUndefined()
    expect(await sessions.update('bob', id, { title: 'x' })).toBeUndefined()
    expect(await sessions.remove('bob', id)).toBe(false)
    expect((await sessions.list('bob')).rows).toEqual([])
    expect((await sessions.list('ann')).rows).toHaveLength(1)
  })

  test('that are ephemeral are not listed, and go after ten minutes of quiet', async () => {
    const { sessions, pool } = await stores()
    const [kept, old] = [
      await sessions.create('local', { ephemeral: true }),
      await sessions.create('local', { ephemeral: true }),
    ]
    expect((await sessions.list('local')).rows).toEqual([])
    expect(await sessions.get('local', kept.id)).toBeDefined()
    await pool.query('ALTER TABLE sessions DISABLE TRIGGER USER')
    await pool.query(`UPDATE sessions SET updated_at = now() - interval '1 hour' WHERE id = $1`, [
      old.id,
    ])
    await sessions.removeEphemeral()
    expect(await sessions.get('local', kept.id)).toBeDefined()
    expect(await sessions.get('local', old.id)).toBeUndefined()
  })

  test('remember what is named, leave what is not, and forget what is null', async () => {
    const { sessions, roles } = await stores()
    const plan = { planning_model: 'a', answering_model: 'b' }
    const role = await roles.create({ name: 'R', instructions: 'r' })
    const { id } = await sessions.create('local', { model: 'm', plan, role_id: role.id })
    expect(await sessions.update('local', id, { title: 'T' })).toMatchObject({
      title: 'T',
      model: 'm',
      plan,
      role_id: role.id,
    })
    expect(
      await sessions.update('local', id, { model: null, plan: null, role_id: null }),
    ).toMatchObject({ title: 'T', model: null, plan: null, role_id: null })
    await expect(sessions.update('local', id, { role_id: randomUUID() })).rejects.toMatchObject({
      code: 'not_found',
    })
    await sessions.update('local', id, { role_id: role.id })
    await roles.remove(role.id)
    expect(await sessions.get('local', id)).toMatchObject({ role_id: null })
  })

  test.each(forged)('refuse the forged cursor %j', async (cursor) => {
    const { sessions, messages, roles } = await stores()
    const { id } = await sessions.create('local', {})
    await expect(sessions.list('local', { cursor })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await expect(messages.list(id, { cursor })).rejects.toMatchObject({ code: 'invalid_request' })
    const byName = roles.list({ cursor })
    // Any name without NUL is a place in the list of roles.
    if (cursor === encodeCursor(['a'])) await byName
    else await expect(byName).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('roles', () => {
  test('are listed by lower(name), then name, in the C collation', async () => {
    const { roles } = await stores()
    const sorted = ['10', '9', 'A b', 'B', 'b', 'b-c', 'bc', 'É', 'é']
    for (const name of ['é', 'b', 'bc', '9', 'B', 'b-c', 'A b', 'É', '10']) {
      await roles.create({ name, instructions: 'x' })
    }
    expect((await roles.list()).rows.map(({ name }) => name)).toEqual(sorted)
    const paged = await pages((options) => roles.list(options), 2)
    expect(paged.flat().map(({ name }) => name)).toEqual(sorted)
  })

  test('with the longest names can be paged by cursors that the API takes', async () => {
    const { roles } = await stores()
    for (const last of ['1', '2']) {
      await roles.create({ name: `${'漢'.repeat(99)}${last}`, instructions: 'x' })
    }
    const { next } = await roles.list({ limit: 1 })
    expect(ListQuery.parse({ cursor: next })).toEqual({ cursor: next })
    expect((await roles.list({ cursor: next })).rows).toHaveLength(1)
  })

  test('have unique names and keep their revisions, also after they are gone', async () => {
    const { roles, pool } = await stores()
    const role = await roles.create({ name: 'A', instructions: 'one' })
    const taken = { code: 'role_exists', message: expect.stringContaining('"A"') }
    await expect(roles.create({ name: 'A', instructions: 'x' })).rejects.toMatchObject(taken)
    const other = await roles.create({ name: 'a', instructions: 'x' })
    await expect(roles.update(other.id, { name: 'A' })).rejects.toMatchObject(taken)
    expect(await roles.update(role.id, { instructions: 'two' })).toMatchObject({ revision: 2 })
    expect(await roles.update(role.id, { instructions: 'two' })).toMatchObject({ revision: 2 })
    expect(await roles.update(role.id, { name: 'B' })).toMatchObject({
      revision: 3,
      instructions: 'two',
    })
    expect(await roles.update(randomUUID(), { name: 'C' })).toBeUndefined()
    expect(await roles.remove(role.id)).toBe(true)
    expect(await roles.remove(role.id)).toBe(false)
    const { rows } = await pool.query(
      'SELECT revision, name, instructions FROM role_revisions WHERE role_id = $1 ORDER BY 1',
      [role.id],
    )
    expect(rows).toEqual([
      { revision: 1, name: 'A', instructions: 'one' },
      { revision: 2, name: 'A', instructions: 'two' },
      { revision: 3, name: 'B', instructions: 'two' },
    ])
  })
})

describe('messages', () => {
  test('ascend by their number, whatever their times; pages go back from the newest', async () => {
    const { sessions, messages, pool } = await stores()
    const { id } = await sessions.create('local', {})
    await pool.query(
      `INSERT INTO messages (session_id, role, content, created_at)
       SELECT $1, 'user', n, '2024-01-01'::timestamptz - (n / 3) * interval '1 day'
       FROM generate_series(1, 10) AS n`,
      [id],
    )
    const contents = (page: { content: string }[]) => page.map(({ content }) => Number(content))
    expect(contents((await messages.list(id)).rows)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const paged = await pages((options) => messages.list(id, options), 4)
    expect(paged.map(contents)).toEqual([
      [7, 8, 9, 10],
      [3, 4, 5, 6],
      [1, 2],
    ])
  })

  test.each([100, undefined])(
    'with limit %j a page ends early where they are large',
    async (limit) => {
      const { sessions, messages, pool } = await stores()
      const { id } = await sessions.create('local', {})
      const mebibytes = [...Array<number>(10).fill(4), 20, 1]
      await pool.query(
        `INSERT INTO messages (session_id, role, content)
       SELECT $1, 'user', repeat('x', size << 20) FROM unnest($2::int[]) AS size`,
        [id, mebibytes],
      )
      const paged = await pages((options) => messages.list(id, { ...options, limit }), 1)
      expect(paged.map((page) => page.map(({ seq }) => seq))).toEqual([
        [11, 12],
        [9, 10],
        [7, 8],
        [5, 6],
        [3, 4],
        [1, 2],
      ])
    },
  )

  test('of a huge session come in pages, without a limit too', async () => {
    const { messages, pool } = await stores()
    const id = await makeLongSession(pool, { count: 40_000, chars: 0 })
    const paged = await pages(({ cursor }) => messages.list(id, { cursor }), 0)
    expect(paged.map((page) => page.length)).toEqual([32_768, 7_232])
    expect(paged.map((page) => page[0]?.seq)).toEqual([7_233, 1])
  })

  test('a long session costs no look at the events of each message', async () => {
    const { sessions, messages, pool } = await stores()
    const { id } = await sessions.create('local', {})
    await pool.query(
      `WITH t AS (
         INSERT INTO turns (session_id, user_message_id, model, instance, boot, lease_until, status, finished_at)
         SELECT $1, gen_random_uuid(), 'm', 'i', gen_random_uuid(), now(), 'complete', now()
         FROM generate_series(1, 300) RETURNING id),
       e AS (
         INSERT INTO turn_events (turn_id, n, event, data)
         SELECT t.id, n, 'delta', 'x' FROM t, generate_series(1, 200) AS n)
       INSERT INTO messages (session_id, role, content, turn_id)
       SELECT $1, 'assistant', 'x', id FROM t`,
      [id],
    )
    // Instead of a stopwatch: how often the index of the events was used.
    const scans = async (): Promise<number> => {
      const client = await pool.connect()
      await client.query('SELECT pg_stat_force_next_flush()')
      const { rows } = await client.query(
        `SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'turn_events_pkey'`,
      )
      client.release()
      return rows[0].idx_scan
    }
    const before = await scans()
    expect((await messages.list(id)).rows).toHaveLength(300)
    expect((await scans()) - before).toBeLessThan(10)
  })
})
