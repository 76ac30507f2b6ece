import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  open,
  type RawRequest,
  send,
  startDaemon,
  type TestDaemon,
} from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { at, invite, openStream } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let elsewhere: TestDaemon

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ database, upstream, daemon } = stage)
  elsewhere = await stage.startAnother()
  return stage.close
})

const statusOf = async (who: TestDaemon, raw: RawRequest = {}): Promise<number> =>
  (await send(who, '/api/sessions', raw)).status

describe('a token that is over', () => {
  test('is refused at once on every replica, and its streams are cut where they are', async () => {
    // No sweep comes to their help.
    const time = { sweepMs: 60_000, leaseMs: 130_000 }
    const here = await startDaemon({ database, upstream, time })
    const other = await startDaemon({ database, upstream, time })
    const judy = await invite(here, 'judy')
    const there = at(other, judy.token)
    const { id } = await judy.client.createSession({})
    const bystander = await invite(daemon, 'karl')
    const streams = await Promise.all([
      openStream(there, '/api/events'),
      openStream(judy, '/api/events'),
      openStream(there, `/api/sessions/${id}/chat/stream`, {
        method: 'POST',
        headers: { accept: 'text/event-stream' },
        body: { message: 'Hi', model: 'gate+judy' },
      }),
    ])
    const call = await upstream.waitFor('gate+judy')
    call.release('shown')
    const edit = expect(
      open(there, '/api/chat/completions/stream', {
        method: 'POST',
        body: { model: 'gate+judy-edit', messages: [{ role: 'user', content: 'Hi' }] },
      }),
    ).rejects.toThrow()
    const editCall = await upstream.waitFor('gate+judy-edit')
    const others = await Promise.all([
      openStream(at(other, bystander.token), '/api/events'),
      openStream(other, '/api/events'),
    ])
    await daemon.client.revokeToken(judy.made.id)
    // From the answer on, not later.
    expect(await Promise.all([statusOf(judy), statusOf(there)])).toEqual([401, 401])
    await edit
    expect(await editCall.ended).toBe('aborted')
    await eventually(() => expect(streams.map(({ ended }) => ended)).toEqual([true, true, true]))
    expect(others.map(({ ended }) => ended)).toEqual([false, false])
    // The answer belongs to the daemon: it goes on, and waits for the next token of that name.
    call.finish()
    const next = await invite(daemon, 'judy')
    await eventually(async () => {
      const [, answer] = await next.client.listMessages(id)
      expect(answer).toMatchObject({
        status: 'complete',
        content: expect.stringContaining('shown'),
      })
    })
    expect(await daemon.client.revokeToken(judy.made.id)).toBeUndefined()
    await expect(daemon.client.revokeToken('ffffffffffff')).rejects.toMatchObject({
      code: 'not_found',
    })
    for (const { response } of others) response.destroy()
  })

  test('ends what is no stream and takes long: an export, an import, a completion as one object', async () => {
    const owen = await invite(daemon, 'owen')
    const { id } = await owen.client.createSession({})
    await database.pool.query(
      `INSERT INTO messages (session_id, role, content)
       SELECT $1, 'user', repeat(md5(n::text), 30_000) FROM generate_series(1, 20) AS n`,
      [id],
    )
    const unread = await open(owen, '/api/export', {})
    const sender = httpRequest({
      socketPath: daemon.socketPath,
      path: '/api/import',
      method: 'POST',
      headers: {
        authorization: `Bearer ${owen.token}`,
        'content-type': 'application/x-ndjson',
        // It answers when it begins to read.
        expect: '100-continue',
      },
    })
    const sent = once(sender, 'error')
    sender.flushHeaders()
    await once(sender, 'continue')
    const completions = ['/api/chat/completions', '/v1/chat/completions'].map(async (path, n) => {
      const messages = [{ role: 'user', content: 'Hi' }]
      const cut = send(owen, path, { method: 'POST', body: { model: `gate+owen${n}`, messages } })
      await expect(cut).rejects.toThrow()
    })
    const calls = await Promise.all([0, 1].map((n) => upstream.waitFor(`gate+owen${n}`)))
    await daemon.client.revokeToken(owen.made.id)
    for (const call of calls) expect(await call.ended).toBe('aborted')
    await Promise.all(completions)
    await sent
    await expect(unread.toArray()).rejects.toThrow()
    expect(unread.complete).toBe(false)
  })

  test('is found by the sweep when nobody tells', async () => {
    const lena = await invite(daemon, 'lena')
    const events = await openStream(at(elsewhere, lena.token), '/api/events')
    await database.pool.query('ALTER TABLE tokens DISABLE TRIGGER trg_tokens_tell')
    try {
      await daemon.client.revokeToken(lena.made.id)
      await eventually(() => expect(events.ended).toBe(true))
    } finally {
      await database.pool.query('ALTER TABLE tokens ENABLE TRIGGER trg_tokens_tell')
    }
  })

  test('by its time is refused as well, and its streams are cut', async () => {
    const mia = await invite(daemon, 'mia', { expires_in: 2 })
    const events = await openStream(mia, '/api/events')
    expect(await statusOf(mia)).toBe(200)
    await eventually(() => expect(events.ended).toBe(true))
    expect(await statusOf(at(elsewhere, mia.token))).toBe(401)
    const tokens = await daemon.client.listTokens()
    expect(tokens.find(({ id }) => id === mia.made.id)).toMatchObject({
      state: 'expired',
      revoked_at: null,
    })
  })

  test('cannot be told from one that never was', async () => {
    const nina = await invite(daemon, 'nina')
    await daemon.client.revokeToken(nina.made.id)
    const answers = await Promise.all(
      [nina.token, `c2a_ffffffffffff_${'0'.repeat(64)}`, 'wrong'].map((token) =>
        send(daemon, '/api/sessions', { token }),
      ),
    )
    const told = answers.map(({ status, text }) => {
      const { request_id: _, ...problem } = JSON.parse(text)
      return { status, problem }
    })
    expect(told[1]).toEqual(told[0])
    expect(told[2]).toEqual(told[0])
  })
})
