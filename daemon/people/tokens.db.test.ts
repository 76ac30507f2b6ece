import { beforeAll, describe, expect, test } from 'vitest'
import { ask, send, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { invite } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'
import { hashSecret } from './token-text.js'

let database: TestDatabase
let daemon: TestDaemon
let elsewhere: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ database, daemon } = stage)
  elsewhere = await stage.startAnother()
  return stage.close
})

const secretOf = (token: string): string => token.split('_').at(-1) ?? ''

describe('a token', () => {
  test('is shown when it is made, and never again', async () => {
    const made = await send(daemon, '/api/tokens', {
      method: 'POST',
      body: { name: ' Carol ', expires_in: 3_600 },
    })
    expect(made.status).toBe(201)
    expect(made.headers['cache-control']).toBe('no-store')
    const { token, known, ...rest } = JSON.parse(made.text)
    expect(known).toBe(false)
    expect(rest).toMatchObject({ name: 'carol', scope: 'chat', state: 'valid', last_used_at: null })
    expect(Date.parse(rest.expires_at) - Date.parse(rest.created_at)).toBe(3_600_000)
    const list = (await send(daemon, '/api/tokens')).text
    expect(JSON.parse(list)).toContainEqual(rest)
    expect(list).not.toContain(secretOf(token))
    expect(JSON.parse(list)[0]).not.toHaveProperty('hash')
  })

  test.each([
    [{}, 'name: is missing'],
    [{ name: '' }, 'name: must be 1 to 64 letters'],
    [{ name: '-rf' }, 'name: must be 1 to 64 letters'],
    [{ name: 'a b' }, 'name: must be 1 to 64 letters'],
    [{ name: 'a\u001b[31m' }, 'name: must be 1 to 64 letters'],
    [{ name: 'x'.repeat(65) }, 'name: must be 1 to 64 letters'],
    [{ name: 'Local' }, 'name: local is the user of the token file'],
    [{ name: 'a', scope: 'root' }, 'scope: must be read or chat or admin'],
    [{ name: 'a', expires_in: 0 }, 'expires_in: must be at least 1'],
    [{ name: 'a', owner: 'local' }, 'owner'],
  ])('is not made for %j', async (body, words) => {
    const answer = await send(daemon, '/api/tokens', { method: 'POST', body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text).detail).toContain(words)
  })

  test('of any alphabet is fine', async () => {
    expect((await invite(daemon, 'Ünal.Ölçer')).made.name).toBe('ünal.ölçer')
    expect((await invite(daemon, 'マリ')).made.name).toBe('マリ')
  })

  test('leaves nothing but its hash in the database, and nothing in the log', async () => {
    const dave = await invite(daemon, 'dave', { scope: 'admin' })
    await ask(dave, { model: 'ok' })
    await send(dave, '/api/nothing')
    await send(daemon, '/api/login', {
      method: 'POST',
      token: null,
      body: { username: 'dave', password: dave.token },
    })
    const { rows: columns } = await database.pool.query<{ column: string; table: string }>(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public'`,
    )
    expect(columns.length).toBeGreaterThan(50)
    const secret = secretOf(dave.token)
    const hex = Buffer.from(secret).toString('hex')
    for (const { table, column } of columns) {
      const { rows } = await database.pool.query(
        `SELECT 1 FROM "${table}" WHERE "${column}"::text ~* $1`,
        [`${secret}|${hex}|${dave.token}`],
      )
      expect({ table, column, found: rows.length }).toEqual({ table, column, found: 0 })
    }
    const { rows } = await database.pool.query('SELECT hash FROM tokens WHERE id = $1', [
      dave.made.id,
    ])
    expect(rows[0].hash).toEqual(hashSecret(secret))
    expect(daemon.logged.join('\n')).not.toContain(secret)
    // What a log may be given is not logged either: a hash is of no use to anybody.
    expect(daemon.logged.join('\n')).not.toContain(rows[0].hash.toString('hex'))
  })

  test('is a password for the original web client, as long as it is valid', async () => {
    const erin = await invite(daemon, 'erin')
    const login = (password: string) =>
      send(elsewhere, '/api/login', {
        method: 'POST',
        token: null,
        body: { username: 'Erin', password },
      })
    const answer = await login(erin.token)
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { token: erin.token, user: { username: 'Erin' } },
    ])
    await daemon.client.revokeToken(erin.made.id)
    expect((await login(erin.token)).status).toBe(401)
  })

  test('has its last use noted, but not at every request', async () => {
    const frank = await invite(daemon, 'frank')
    const usedAt = async () => {
      const tokens = await daemon.client.listTokens()
      return tokens.find(({ id }) => id === frank.made.id)?.last_used_at
    }
    const set = (ago: string) =>
      database.pool.query('UPDATE tokens SET last_used_at = now() - $2::interval WHERE id = $1', [
        frank.made.id,
        ago,
      ])
    expect(await usedAt()).toBeNull()
    await frank.client.listSessions()
    await eventually(async () => expect(await usedAt()).not.toBeNull())
    await set('50 s')
    const before = await usedAt()
    for (let turn = 0; turn < 5; turn++) await frank.client.listSessions()
    expect(await usedAt()).toBe(before)
    await set('61 s')
    const old = await usedAt()
    await frank.client.listSessions()
    await eventually(async () => expect(await usedAt()).not.toBe(old))
  })
})

describe('a name', () => {
  test('that gets a new token gets its sessions back, whatever became of the old one', async () => {
    const first = await invite(daemon, 'Grace', { scope: 'admin' })
    const { sessionId } = await ask(first, { model: 'ok' })
    await daemon.client.revokeToken(first.made.id)
    await expect(first.client.listSessions()).rejects.toMatchObject({ code: 'unauthorized' })
    const second = await invite(elsewhere, ' GRACE')
    expect((await second.client.listSessions()).map(({ id }) => id)).toEqual([sessionId])
    expect(second.made.owner).toBe(first.made.owner)
    // The name is only how it is found: what is owned does not name it.
    expect(second.made.owner).not.toContain('grace')
    const reader = await invite(daemon, 'grace', { scope: 'read' })
    expect(await reader.client.getSession(sessionId)).toMatchObject({ id: sessionId })
    await expect(reader.client.deleteSession(sessionId)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  test('that looks alike is another person', async () => {
    const one = await invite(daemon, 'heidi')
    for (const name of ['heidi2', 'heid', 'h.eidi', 'hеidi']) {
      expect((await invite(daemon, name)).made.owner).not.toBe(one.made.owner)
    }
  })

  test('has one owner, however many first tokens are made at once', async () => {
    // Nobody is quick enough to see no other by luck.
    await database.pool.query(
      `CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END';
       CREATE TRIGGER zz_take_time BEFORE INSERT ON tokens FOR EACH ROW EXECUTE FUNCTION take_time()`,
    )
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? daemon : elsewhere).client.createToken({ name: 'ivan' }),
      ),
    )
    await database.pool.query('DROP FUNCTION take_time CASCADE')
    expect(new Set(made.map(({ owner }) => owner)).size).toBe(1)
    expect(new Set(made.map(({ token }) => token)).size).toBe(8)
  })
})
