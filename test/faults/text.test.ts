import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { titleOf } from '../../daemon/turns/title.js'
import { maxMessageBytes } from '../../shared/limits.js'
import {
  answer,
  failure,
  finish,
  object,
  raw,
  reasoning,
  type Step,
  text,
} from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { ask, send, startDaemon, type TestDaemon } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { createHistory, expectHolds } from './support/check.js'
import { inParallel } from './support/in-parallel.js'
import { times } from './support/many.js'
import { createRandom } from './support/random.js'
import { gated, hostileStrings } from './support/strings.js'

/*
 * Any text, from a user or from a model, is stored as the text gate says and never lost; nothing of
 * it is a failure of the daemon.
 */

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
/** What the model `say+N` says. */
const said = new Map<string, Step[]>()
const { seed } = createRandom()
const note = `seed ${seed}`

beforeAll(async () => {
  database = await createTestDatabase()
  const say = {
    steps: ({ body }: { body: Record<string, unknown> }) => said.get(String(body['model'])) ?? [],
  }
  upstream = await startUpstream({ scripts: { say } })
  // Nothing may wait for a lease or a sweep.
  daemon = await startDaemon({ database, upstream, time: { leaseMs: 120_000, sweepMs: 60_000 } })
})
afterAll(async () => {
  expect(daemon.errors).toEqual([])
  await expectHolds(createHistory(), { database }, note)
  await daemon.stop()
  await upstream.close()
  await database.drop()
})

/** Asks a model that says this, in a new session. */
async function hear(model: string, steps: Step[], body: object = {}) {
  said.set(model, steps)
  const { sessionId, events, text: shown, last } = await ask(daemon, { model, ...body })
  const [question, reply] = await daemon.client.listMessages(sessionId)
  if (question === undefined || reply === undefined) throw new Error('the turn was not stored')
  return { sessionId, question, reply, events, shown, last }
}

const batchSize = 200

async function writeBatch(index: number): Promise<void> {
  const what = `${note}, batch ${index}`
  const strings = hostileStrings(batchSize, seed + index)
  const message = `m${strings.slice(0, 80).join('|')}`
  const instructions = `i${strings.slice(80, 110).join('|')}`
  const [name = '', title = ''] = strings.slice(110, 112)
  // The pieces of a reply stand side by side: halves may meet, and are whole then.
  const thoughts = strings.slice(112, 140)
  const words = ['w', ...strings.slice(140)]

  await expectName(name, index, what)
  const role = await daemon.client.createRole({ name: `r${index}`, instructions })
  const { question, reply, shown, sessionId, last } = await hear(
    `say+${index}`,
    [...thoughts.map(reasoning), ...words.map(text), finish()],
    { message, role_id: role.id },
  )
  expect(role.instructions, what).toBe(gated(instructions))
  expect(question.content, what).toBe(gated(message))
  expect(reply.content, what).toBe(gated(words.join('')))
  expect(shown, what).toBe(reply.content)
  expect(reply.reasoning ?? '', what).toBe(gated(thoughts.join('')))
  expect(last.event, what).toBe('turn.done')
  const { body } = await upstream.waitFor(`say+${index}`)
  expect(body['messages'], what).toEqual([
    { role: 'system', content: gated(instructions) },
    { role: 'user', content: gated(message) },
  ])
  await expectTitle(title, sessionId, gated(message), what)
}

/** A name may be taken or refused, and is told back as it is stored. */
async function expectName(name: string, index: number, what: string): Promise<void> {
  const body = { name: `${name}${index}`, instructions: 'x' }
  const { status, text: json } = await send(daemon, '/api/roles', { method: 'POST', body })
  expect(status, what).toBe(201)
  expect(JSON.parse(json).name, what).toBe(gated(body.name).trim())
}

async function expectTitle(
  title: string,
  id: string,
  message: string,
  what: string,
): Promise<void> {
  const made = titleOf(message)
  expect((await daemon.client.getSession(id)).title, what).toBe(made)
  const wanted = gated(title).trim()
  const { status } = await send(daemon, `/api/sessions/${id}`, { method: 'PATCH', body: { title } })
  expect(status, what).toBe(wanted === '' || wanted.length > 200 ? 400 : 200)
  const expected = status === 200 ? wanted : made
  expect((await daemon.client.getSession(id)).title, what).toBe(expected)
}

test('whatever strings there are: message, title, role, reply and reasoning', async () => {
  const batches = times(20_000, 1_000_000) / batchSize
  await inParallel(Array.from({ length: batches }), 4, (_, index) => writeBatch(index))
})

test('a message of nothing but white space is refused, a NUL alone is a message', async () => {
  const { id } = await daemon.client.createSession({})
  const post = (message: string) =>
    send(daemon, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      body: { message, model: 'ok' },
    })
  expect((await post(' \n\t\u00a0\u3000')).status).toBe(400)
  expect((await post('\0')).status).toBe(200)
  expect((await daemon.client.listMessages(id))[0]?.content).toBe('\ufffd')
})

describe('4 MiB', () => {
  // A NUL has one byte, and as it is stored three.
  const kinds = [
    ['ASCII', 'x', 1],
    ['emoji', '😀', 4],
    ['NUL', '\0', 3],
    ['lone surrogates', '\ud800x', 4],
  ] as const

  test.each(kinds)('of %s are a message, and one byte more is not', async (_name, unit, size) => {
    const whole = unit.repeat(Math.floor(maxMessageBytes / size))
    const filled = whole + 'x'.repeat(maxMessageBytes - Buffer.byteLength(gated(whole)))
    expect(Buffer.byteLength(gated(filled))).toBe(maxMessageBytes)
    const { sessionId } = await ask(daemon, { message: filled, model: 'ok' })
    const [question] = await daemon.client.listMessages(sessionId)
    expect(question?.content === gated(filled)).toBe(true)
    const refused = await send(daemon, `/api/sessions/${sessionId}/chat/stream`, {
      method: 'POST',
      body: { message: `${filled}x`, model: 'ok' },
    })
    expect(refused.status).toBe(413)
    expect(JSON.parse(refused.text)).toMatchObject({
      code: 'payload_too_large',
      detail: `the message has ${maxMessageBytes + 1} bytes; at most ${maxMessageBytes} (4 MiB) are taken`,
    })
    expect(await daemon.client.listMessages(sessionId)).toHaveLength(2)
  })

  test('are a reply, in one delta', async () => {
    const whole = '😀\0'.repeat(maxMessageBytes / 8)
    const { reply, shown } = await hear('say+large', answer(whole))
    expect(shown === gated(whole)).toBe(true)
    expect(reply.content === shown).toBe(true)
  })
})

test('a frame that is cut at any byte says the same', async () => {
  const content = 'é€😀👩‍🚀\u{10ffff}'
  const frame = Buffer.from(
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`,
  )
  const cuts = Array.from({ length: frame.length - 1 }, (_, n) => n + 1)
  const pieces = cuts.flatMap((at) => [raw(frame.subarray(0, at)), raw(frame.subarray(at))])
  const { reply, shown } = await hear('say+cut', [...pieces, finish()])
  expect(shown).toBe(content.repeat(cuts.length))
  expect(reply.content).toBe(shown)
})

test('a surrogate pair that is cut between two deltas is whole, in text and in reasoning', async () => {
  const halves = ['\ud83d', '\ude00', ' \ud83d', '\ud83d\ude00', '\ud83d']
  const steps = [...halves.map(reasoning), ...halves.map(text), finish()]
  const { reply } = await hear('say+halves', steps)
  expect(reply.content).toBe('😀 \ufffd😀\ufffd')
  expect(reply.reasoning).toBe('😀 \ufffd😀\ufffd')
})

describe("what the gateway says beside the answer can't hold up a turn", () => {
  const bad = 'bad \0 and \ud800'
  const hello = text('Hello')
  const error = { message: bad, type: bad, param: bad, code: bad }

  test.each<[name: string, steps: Step[], status: string, kept: string]>([
    ['an error', [object({ error })], 'failed', ''],
    ['an error in the middle', [hello, object({ error })], 'failed', 'Hello'],
    [
      'an error of another shape',
      [hello, object({ object: 'error', message: bad })],
      'failed',
      'Hello',
    ],
    ['no JSON', [hello, raw(`data: \0 ${bad}\n\n`)], 'failed', 'Hello'],
    ['a refusal', [failure(400, bad, { type: bad, code: bad })], 'failed', ''],
    [
      "the model's name",
      [object({ model: bad, choices: [{ delta: { content: 'Hello' }, finish_reason: 'stop' }] })],
      'complete',
      'Hello',
    ],
    ['the finish', [hello, finish(bad)], 'complete', 'Hello'],
    [
      'the usage',
      [
        hello,
        finish(),
        object({ choices: [], usage: { prompt_tokens: 1e300, completion_tokens: -1.5 } }),
      ],
      'complete',
      'Hello',
    ],
  ])('%s', async (name, steps, status, kept) => {
    const { sessionId, reply, last } = await hear(`say+${name}`, steps)
    expect(last.data).toMatchObject({ status })
    expect(reply).toMatchObject({ status, content: kept })
    expect((await daemon.client.getSession(sessionId)).live_turn_id).toBeNull()
    const again = await ask(daemon, { model: 'ok' }, { sessionId })
    expect(again.text).toBe('Hello, world.')
  })

  test('the names of the catalogue', async () => {
    const odd = await startUpstream({ models: [bad] })
    const other = await startDaemon({ database, upstream: odd })
    const { id } = await other.client.createSession({})
    const { status } = await send(other, `/api/sessions/${id}/chat/stream`, {
      method: 'POST',
      body: { message: 'Hi' },
      headers: { 'idempotency-key': randomUUID() },
    })
    // It is no model that this server knows.
    expect(status).toBe(404)
    expect(other.errors).toEqual([])
    await odd.close()
  })
})
