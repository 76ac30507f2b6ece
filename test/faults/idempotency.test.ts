import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answer } from '../fakes/upstream/steps.js'
import { send, type TestDaemon } from '../support/daemon.js'
import { createHistory, expectHolds } from './support/check.js'
import { hear } from './support/hear.js'
import { times } from './support/many.js'
import { createRandom } from './support/random.js'
import { overWires, startTrio, type Trio } from './support/trio.js'

/** Every byte of the reply, and some that a cut comes after. */
const replyBytes = 1_500
const rounds = times(1, 4)
const width = 8

let trio: Trio
const history = createHistory()
const random = createRandom()

beforeAll(async () => {
  trio = await startTrio({ brief: { steps: () => answer('Hé', 'llo 🚀') } })
})
afterAll(async () => {
  await expectHolds(history, trio, `seed ${random.seed}`)
  await trio.dispose()
})

/** Two different ones. */
function twoDaemons(): [TestDaemon, TestDaemon] {
  const first = random.between(0, 3)
  const [one, other] = [first, first + random.between(1, 3)].map((index) => trio.daemons[index % 3])
  if (one === undefined || other === undefined) throw new Error('there are three daemons')
  return [one, other]
}

interface Post {
  path: string
  raw: { method: string; headers: Record<string, string>; body: unknown }
}

function post(sessionId: string, key: string, body: object): Post {
  const headers = { 'idempotency-key': key, accept: 'text/event-stream' }
  const path = `/api/sessions/${sessionId}/chat/stream`
  return { path, raw: { method: 'POST', headers, body } }
}

test('a post whose reply was cut at any byte, sent again elsewhere, is one question and one answer', async () => {
  const cuts = Array.from({ length: rounds * replyBytes }, (_, index) => index)
  let cutShort = 0
  await overWires(cuts, width, async (cut, wire) => {
    const [first, second] = twoDaemons()
    const { id } = await second.client.createSession({})
    const key = randomUUID()
    const model = `brief+${cut}`
    const { path, raw } = post(id, key, { message: 'Go', model })

    const seen = await hear(wire.to(first, cut % replyBytes), path, raw)
    const whole = await hear(second, path, raw)
    const at = `reply cut at byte ${cut % replyBytes}, seed ${random.seed}`
    const text = whole.body.toString()
    expect(whole.status, at).toBe(200)
    expect(text, at).toMatch(/event: turn\.done\n(?:.+\n)+\ndata: \[DONE\]\n\n$/)
    // What was seen before is the beginning of what came then, and of every replay.
    expect(whole.body.subarray(0, seen.body.length).equals(seen.body), at).toBe(true)
    if (cut % 8 === 0) {
      const after = await hear(first, path, raw)
      expect(after.body.equals(whole.body), at).toBe(true)
      const other = await send(first, path, { ...raw, body: { message: 'Stop', model } })
      expect({ status: other.status, code: JSON.parse(other.text).code }, at).toEqual({
        status: 422,
        code: 'idempotency_key_reused',
      })
    }
    expect(trio.upstream.hits(model), at).toBe(1)
    if (seen.body.length < whole.body.length) cutShort++
  })
  // The heads and the bodies: else the replies are longer than this looks.
  expect(cutShort).toBeLessThan(cuts.length)
  expect(cutShort).toBeGreaterThan(cuts.length / 2)
  const { rows } = await trio.database.pool.query(
    `SELECT (SELECT count(*) FROM turns) AS turns, count(*) AS questions
     FROM messages WHERE role = 'user'`,
  )
  expect(rows).toEqual([{ turns: cuts.length, questions: cuts.length }])
}, 0)
