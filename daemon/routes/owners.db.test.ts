import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  ask,
  collect,
  open,
  send,
  type TestDaemon,
  textOf,
  turnOf,
} from '../../test/support/daemon.js'
import { eventually } from '../../test/support/eventually.js'
import { at, invite, type Person } from '../../test/support/people.js'
import { startStage } from '../../test/support/stage.js'

let upstream: Upstream
let daemon: TestDaemon
/** Another replica. */
let elsewhere: TestDaemon
let ann: Person
let bob: Person

beforeAll(async () => {
  const stage = await startStage({ upstream: { litellm: true } })
  ;({ upstream, daemon } = stage)
  elsewhere = await stage.startAnother()
  ann = await invite(daemon, 'ann')
  bob = await invite(daemon, 'bob')
  return stage.close
})

/** A session with an answer of a moment ago and one that is running. */
async function annsWorld(tag: string) {
  const first = await ask(ann, { model: 'ok', message: 'a secret of Ann' }, { key: `key-${tag}` })
  const sessionId = first.sessionId
  const model = `gate+${tag}`
  const stream = await ann.client.chat(
    sessionId,
    { message: 'another secret', model },
    { idempotencyKey: `live-${tag}` },
  )
  const call = await upstream.waitFor(model)
  const session = await ann.client.getSession(sessionId)
  const messages = await ann.client.listMessages(sessionId)
  const liveTurn = session.live_turn_id ?? ''
  return { sessionId, stream, call, doneTurn: turnOf(first.events), liveTurn, messages }
}

const bodies: Record<string, unknown> = {
  'PATCH /api/sessions/{id}': { title: 'Mine now' },
  'POST /api/sessions/{id}/chat/stream': { message: 'Hi', model: 'ok' },
  'POST /api/sessions/{id}/retry': { model: 'ok' },
}

/** What somebody is told about an id, without what differs each time. */
async function told(who: TestDaemon, operation: string, id: string, headers = {}) {
  const [method = '', path = ''] = operation.split(' ')
  const body = bodies[operation]
  const response = await open(who, path.replace('{id}', id), {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  if (response.statusCode === 200) {
    response.destroy()
    return { status: 200 }
  }
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const { request_id: _, ...problem } = text === '' ? {} : JSON.parse(text)
  return { status: response.statusCode, problem, type: response.headers['content-type'] }
}

test("another's ids are like ids that nobody has, at every endpoint that takes one", async () => {
  const world = await annsWorld('ids')
  const document = JSON.parse((await send(daemon, '/api/openapi.json')).text)
  const operations = Object.entries(document.paths as Record<string, object>).flatMap(
    ([path, methods]) =>
      path.includes('{id}') && !/^\/api\/(roles|tokens)\//.test(path)
        ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
        : [],
  )
  expect(operations.length).toBeGreaterThan(9)
  const ids = [
    world.sessionId,
    world.doneTurn,
    world.liveTurn,
    ...world.messages.map(({ id }) => id),
  ]
  for (const replica of [daemon, elsewhere]) {
    // The user of the token file has no other rights over what is somebody else's.
    for (const token of [bob.token, replica.token]) {
      const stranger = at(replica, token)
      for (const operation of operations) {
        const unknown = await told(stranger, operation, randomUUID())
        expect(unknown.status).toBe(404)
        for (const id of ids) {
          const answer = await told(stranger, operation, id)
          expect({ operation, ...answer }).toEqual({ operation, ...unknown })
        }
      }
    }
  }
  // And nothing of it did anything.
  expect(await ann.client.getSession(world.sessionId)).toMatchObject({
    live_turn_id: world.liveTurn,
    title: 'a secret of Ann',
  })
  world.call.release('the rest')
  world.call.finish()
  const events = await collect(world.stream)
  expect(events.at(-1)?.event).toBe('turn.done')
  expect(textOf(events)).toContain('the rest')
  expect(await ann.client.listMessages(world.sessionId)).toHaveLength(4)
})

test("lists, cursors and retries name nothing of another's", async () => {
  const world = await annsWorld('lists')
  const own = await ask(bob, { model: 'ok', message: 'mine' })
  const sessions = await bob.client.listSessions()
  expect(sessions.map(({ id }) => id)).toEqual([own.sessionId])
  expect((await daemon.client.listSessions()).map(({ id }) => id)).not.toContain(world.sessionId)
  expect((await ann.client.listSessions()).map(({ id }) => id)).not.toContain(own.sessionId)

  // A cursor that names Ann's turn is one that names no turn.
  for (const turn of [world.doneTurn, world.liveTurn, randomUUID()]) {
    const stream = await send(bob, `/api/sessions/${own.sessionId}/stream?after=${turn}:1`)
    expect(stream.status).toBe(200)
    expect(stream.text).toContain(turnOf(own.events))
    expect(stream.text).not.toContain(world.sessionId)
  }
  const retry = (turnId: string) =>
    send(bob, `/api/sessions/${own.sessionId}/retry`, {
      method: 'POST',
      body: { model: 'ok', turn_id: turnId },
    })
  const [hers, nobodys] = [await retry(world.doneTurn), await retry(randomUUID())]
  expect([hers.status, nobodys.status]).toEqual([404, 404])
  expect(JSON.parse(hers.text).detail).toBe(JSON.parse(nobodys.text).detail)
  world.call.finish()
  await collect(world.stream)
})

test('one key of two people is two turns', async () => {
  const hers = await ask(ann, { model: 'ok', message: 'Hi' }, { key: 'the same key' })
  const his = await ask(bob, { model: 'ok', message: 'Hi' }, { key: 'the same key' })
  expect(turnOf(his.events)).not.toBe(turnOf(hers.events))
  const again = await ask(
    bob,
    { model: 'ok', message: 'Hi' },
    { key: 'the same key', sessionId: his.sessionId },
  )
  expect(turnOf(again.events)).toBe(turnOf(his.events))
})

describe('hints', () => {
  test("of what is another's reach nobody else, on any replica", async () => {
    const heard = new Map<string, string>()
    const listeners = [daemon, elsewhere].flatMap((replica, index) =>
      [bob, ann].map((who) => ({ key: `${who.made.name}${index}`, who: at(replica, who.token) })),
    )
    for (const { key, who } of listeners) {
      const response = await open(who, '/api/events', {})
      heard.set(key, '')
      response.setEncoding('utf8')
      response.on('data', (text: string) => heard.set(key, heard.get(key) + text))
      response.on('error', () => undefined)
    }
    await eventually(() => {
      for (const text of heard.values()) expect(text).toContain('event: ready')
    })
    const world = await annsWorld('hints')
    await ann.client.patchSession(world.sessionId, { title: 'Another' })
    await ann.client.stopSession(world.sessionId)
    await collect(world.stream)
    await ann.client.deleteSession(world.sessionId)
    // Told after all of that.
    const own = await bob.client.createSession({})
    await eventually(() => {
      for (const replica of [0, 1]) {
        expect(heard.get(`bob${replica}`)).toContain(own.id)
        expect(heard.get(`ann${replica}`)).toContain('session.deleted')
      }
    })
    for (const replica of [0, 1]) {
      expect(heard.get(`ann${replica}`)).toContain(world.liveTurn)
      expect(heard.get(`ann${replica}`)).not.toContain(own.id)
      for (const id of [world.sessionId, world.liveTurn, world.doneTurn]) {
        expect(heard.get(`bob${replica}`)).not.toContain(id)
      }
      expect(heard.get(`bob${replica}`)).not.toContain('turn.changed')
    }
  })
})

test('roles are everybody’s', async () => {
  const role = await daemon.client.createRole({ name: 'Poet', instructions: 'Rhyme.' })
  for (const who of [ann, bob]) {
    expect(await who.client.listRoles()).toEqual([role])
    expect(await ask(who, { model: 'ok', role: 'Poet' })).toMatchObject({ text: 'Hello, world.' })
  }
})
