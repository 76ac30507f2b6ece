import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../shared/client/client.js'
import { askAndFollow, attachAndFollow } from '../../shared/client/follow.js'
import type { Script } from '../fakes/upstream/script-table.js'
import {
  done,
  finish,
  gate,
  pause,
  reasoning,
  role,
  type Step,
  text,
  usage,
} from '../fakes/upstream/steps.js'
import { collect, type TestDaemon, textOf, turnOf } from '../support/daemon.js'
import { quantile } from '../support/quantile.js'
import { createHistory, expectHolds, type Reader } from './support/check.js'
import { hear, wholeFrames } from './support/hear.js'
import { times } from './support/many.js'
import { createRandom, type Random } from './support/random.js'
import { overWires, startTrio, startWire, type Trio } from './support/trio.js'

const words = [
  'grüße ',
  '你好 ',
  '👩‍🚀',
  ' naïve\n',
  '🏳️‍🌈 "quoted" ',
  '\u2028',
  'e\u0301 ',
  '𝔘nicode. ',
]

/** Every piece is an event of its own, since the next one comes later. */
function* pieces(count: number): Iterable<Step> {
  yield role()
  yield reasoning('Hm 🤔 …')
  yield pause(4)
  for (let n = 0; n < count; n++) {
    yield text(words[n % words.length] ?? '')
    yield pause(4)
  }
}

function* ending(): Iterable<Step> {
  yield finish()
  yield usage(1, 9)
  yield done()
}

const scripts: Record<string, Script> = {
  short: { steps: () => [...pieces(2), ...ending()] },
  /** The end waits for the test. */
  held: { steps: () => [...pieces(words.length), gate, ...ending()] },
  long: { steps: () => [...pieces(60), ...ending()] },
}

const width = 8
/** For the head, and the lengths of the chunks. */
const spareBytes = 700
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

let trio: Trio
const history = createHistory()
const random = createRandom()

beforeAll(async () => {
  trio = await startTrio(scripts)
})
afterAll(async () => {
  await expectHolds(history, trio, `seed ${random.seed}`)
  await trio.dispose()
})

const anyDaemon = (choice: Random): TestDaemon => choice.oneOf(trio.daemons)

/** Reads a turn once for every byte of its stream, cut there and resumed at another daemon. */
async function cutEverywhere(turnId: string, until?: Buffer): Promise<void> {
  const path = `/api/turns/${turnId}/stream`
  const unbroken = await hear(anyDaemon(random), path, {}, until)
  const whole = wholeFrames(unbroken.body).bytes
  // A few too many are cuts after the end.
  const wireBytes = whole.length + spareBytes
  const cuts = Array.from({ length: wireBytes }, (_, at) => at)
  const hash = sha256(whole)
  let uncut = 0
  await overWires(cuts, width, async (at, wire) => {
    const cut = await hear(wire.to(anyDaemon(random), at), path, {}, until)
    const first = wholeFrames(cut.body)
    let joined = first.bytes
    if (first.bytes.length === whole.length) uncut++
    else {
      const headers = first.lastId === undefined ? {} : { 'last-event-id': first.lastId }
      const rest = await hear(anyDaemon(random), path, { headers, via: 'unix' }, until)
      joined = Buffer.concat([first.bytes, wholeFrames(rest.body).bytes])
    }
    // Told only where it fails: thousands of bytes to compare, thousands of times.
    if (sha256(joined) === hash) return
    expect(joined.toString(), `cut at byte ${at}, seed ${random.seed}`).toBe(whole.toString())
  })
  // Else the stream is longer than this looks.
  expect(uncut).toBeGreaterThan(0)
}

test('cut at any byte and resumed, a stream with a plan is the same to the byte, after its end', async () => {
  const { client } = anyDaemon(random)
  const { id } = await client.createSession({})
  const plan = { planning_model: 'short+plan', answering_model: 'short+answer' }
  const stream = await client.chat(id, { message: 'Go', plan }, { idempotencyKey: randomUUID() })
  const events = await collect(history.read(stream))
  await cutEverywhere(turnOf(events))
  expect(['short+plan', 'short+answer'].map(trio.upstream.hits)).toEqual([1, 1])
}, 300_000)

test('cut at any byte and resumed, a stream is the same to the byte, while it runs', async () => {
  const { client } = anyDaemon(random)
  const { id } = await client.createSession({})
  const key = randomUUID()
  const stream = await client.chat(id, { message: 'Go', model: 'held' }, { idempotencyKey: key })
  const call = await trio.upstream.waitFor('held')
  const said = words.join('')
  const reader = history.reader({ key })
  for await (const batch of stream) {
    reader.saw(batch)
    if (textOf(reader.events) === said) break
  }
  reader.ended()
  const turnId = turnOf(reader.events)
  await cutEverywhere(turnId, textFrame(reader.events.at(-1)?.id, words.at(-1)))
  call.finish()
  expect(textOf(await collect(history.read(await client.attach(turnId, undefined))))).toBe(said)
  expect(trio.upstream.hits('held')).toBe(1)
}, 300_000)

/** As it is on the wire. */
function textFrame(id: string | undefined, content: string | undefined): Buffer {
  const chunk = { object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] }
  return Buffer.from(`id: ${id}\ndata: ${JSON.stringify(chunk)}\n\n`)
}

test('readers that are cut at random, each time at another daemon, see what an unbroken one sees', async () => {
  const cutsWanted = times(2_000, 100_000)
  let connections = 0
  let readers = 0

  /** Follows a turn to its end with the real client, over as many connections as it takes. */
  const follow = async (
    reader: Reader,
    how: { turnId: string } | { sessionId: string; model: string; key: string },
  ): Promise<void> => {
    const choice = createRandom(random.between(0, 2 ** 31))
    const wire = await startWire()
    const options = {
      reconnectMs: 20_000,
      async connect() {
        const daemon = wire.to(anyDaemon(choice), choice.between(0, 3_000))
        connections++
        const target = { url: `http://127.0.0.1:${daemon.port}` }
        return createClient({ target, token: daemon.token })
      },
      onEvents: reader.saw,
    }
    readers++
    try {
      await reader.until(
        'turnId' in how
          ? attachAndFollow({ ...options, turnId: how.turnId })
          : askAndFollow({
              ...options,
              sessionId: how.sessionId,
              body: { message: 'Go', model: how.model },
              idempotencyKey: how.key,
            }),
      )
    } finally {
      await wire.close()
    }
  }

  let round = 0
  while (connections - readers < cutsWanted) {
    round++
    const turns = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const model = `long+${round}.${index}`
        const key = randomUUID()
        const { id: sessionId } = await anyDaemon(random).client.createSession({})
        const askers = [1, 2].map(() => history.reader({ key }))
        await Promise.all(askers.map((reader) => follow(reader, { sessionId, model, key })))
        return { model, askers }
      }),
    )
    await Promise.all(
      turns.map(async ({ model, askers }) => {
        const turnId = turnOf(askers[0]?.events ?? [])
        const later = [1, 2].map(() => history.reader())
        await Promise.all(later.map((reader) => follow(reader, { turnId })))
        const unbroken = await collect(await anyDaemon(random).client.attach(turnId, undefined))
        for (const { events } of [...askers, ...later]) {
          expect(sha256(textOf(events))).toBe(sha256(textOf(unbroken)))
          expect(events.map(({ id }) => id)).toEqual(unbroken.map(({ id }) => id))
        }
        expect(trio.upstream.hits(model)).toBe(1)
      }),
    )
  }
  process.stderr.write(`resume: ${connections - readers} cuts (seed ${random.seed})\n`)
}, 0)

test('a resume at any daemon brings what is missing at once', async () => {
  const { client } = anyDaemon(random)
  const { id } = await client.createSession({})
  const body = { message: 'Go', model: 'long' }
  const stream = await client.chat(id, body, { idempotencyKey: randomUUID() })
  const events = await collect(history.read(stream))
  const waits: number[] = []
  for (let n = 0; n < times(300, 10_000); n++) {
    const after = random.between(1, events.length)
    const since = performance.now()
    const rest = await anyDaemon(random).client.attach(turnOf(events), events[after - 1]?.id)
    for await (const batch of history.read(rest, { after })) {
      if (batch[0]?.id === events[after]?.id) waits.push(performance.now() - since)
    }
  }
  expect(waits).toHaveLength(times(300, 10_000))
  const [p50, p99] = [0.5, 0.99].map((share) => quantile(waits, share).toFixed(1))
  process.stderr.write(`resume: to the first bytes p50 ${p50}, p99 ${p99} ms\n`)
}, 0)
