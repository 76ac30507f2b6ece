import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProblemError } from '../../shared/contract/problem.js'
import { collect, textOf, turnOf } from '../support/daemon.js'
import { createHistory, expectHolds } from './support/check.js'
import { inParallel } from './support/in-parallel.js'
import { times } from './support/many.js'
import { createRandom } from './support/random.js'
import { startTrio, type Trio } from './support/trio.js'

const sessions = times(100, 1_000)
const postsEach = times(20, 50)
/** So many sessions at a time. */
const width = 10

let trio: Trio
const history = createHistory()
const random = createRandom()

beforeAll(async () => {
  trio = await startTrio({})
})
afterAll(async () => {
  await expectHolds(history, trio, `seed ${random.seed}`)
  await trio.dispose()
})

/** On a busy machine a post may wait too long for the session's lock; who is told so asks again. */
async function untilServed<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let triesLeft = 30; ; triesLeft--) {
    try {
      return await ask()
    } catch (error) {
      const isBusy = error instanceof ProblemError && error.code === 'db_unavailable'
      if (!isBusy || triesLeft === 0) throw error
    }
  }
}

test('of many posts at once in a session, over three daemons, one wins and the others can join it', async () => {
  const numbers = Array.from({ length: sessions }, (_, index) => index)
  const anyClient = () => random.oneOf(trio.daemons).client
  await inParallel(numbers, width, async (number) => {
    const model = `gate+${number}`
    const { id } = await anyClient().createSession({})
    const post = (index: number, idempotencyKey: string) =>
      history.call(
        `post in session ${number}`,
        anyClient().chat(id, { message: `Go ${index}`, model }, { idempotencyKey }),
      )
    const posts = Array.from({ length: postsEach }, (_, index) => {
      const key = randomUUID()
      return untilServed(() => post(index, key))
    })
    const results = await Promise.allSettled(posts)
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    const lost = results.flatMap((result) => (result.status === 'rejected' ? result.reason : []))
    expect(won).toHaveLength(1)
    expect(lost.map((error) => (error instanceof ProblemError ? error.code : error))).toEqual(
      lost.map(() => 'session_busy'),
    )

    const joined = await Promise.all(
      lost.slice(0, 3).map(({ turnId }) => anyClient().attach(turnId, undefined)),
    )
    const call = await trio.upstream.waitFor(model)
    call.release(`answer ${number}`)
    call.finish()
    const [winner = [], ...others] = await Promise.all(
      [...won, ...joined].map((stream) => collect(history.read(stream))),
    )
    expect(new Set(lost.map(({ turnId }) => turnId))).toEqual(new Set([turnOf(winner)]))
    expect(textOf(winner)).toBe(`answer ${number}`)
    for (const other of others) expect(other).toEqual(winner)
    expect(trio.upstream.hits(model)).toBe(1)
  })
}, 0)
