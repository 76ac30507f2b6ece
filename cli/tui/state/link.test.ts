import { expect, test } from 'vitest'
import type { Client } from '../../../shared/client/client.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import { createLink, type LinkState } from './link.js'

interface Timer {
  readonly ms: number
  readonly run: () => void
}

const away = () => new ProblemError('daemon_unreachable', 'nobody there')
const refused = () => new ProblemError('not_found', 'no such session')

/** A link to a daemon that is there while `isThere`, with timers that go off by hand. */
function linkUnderTest({ random = 1 } = {}) {
  const timers: Timer[] = []
  const states: LinkState[] = []
  const daemon = { isThere: true, connects: 0, closes: 0, knocks: 0, knock: Promise.resolve() }
  const connect = async (): Promise<Client> => {
    daemon.connects += 1
    const listSessions = async () => {
      daemon.knocks += 1
      await daemon.knock
      if (!daemon.isThere) throw away()
      return []
    }
    const close = () => {
      daemon.closes += 1
    }
    // All that a link uses of a client.
    return { listSessions, close } as unknown as Client
  }
  const link = createLink({
    connect,
    onState: (state) => states.push(state),
    now: () => 1_000,
    random: () => random,
    after(ms, run) {
      const timer = { ms, run }
      timers.push(timer)
      return () => {
        const at = timers.indexOf(timer)
        if (at >= 0) timers.splice(at, 1)
      }
    },
  })
  const ring = async (): Promise<void> => {
    for (const { run } of timers.splice(0)) run()
    await settle()
  }
  const call = async (): Promise<string> => {
    if (!daemon.isThere) throw away()
    return 'done'
  }
  return { link, timers, states, daemon, ring, call }
}

/** Lets all that waits for nothing but promises go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

test('connects once for many calls and has no timer while online', async () => {
  const { link, timers, states, daemon, call } = linkUnderTest()
  await Promise.all([link.once(call), link.untilDone(call), link.client()])
  expect(daemon.connects).toBe(1)
  expect(timers).toEqual([])
  expect(states).toEqual([])
})

test('a call that finds nobody begins the wait, says until when, and closes the old client', async () => {
  const { link, timers, states, daemon, call } = linkUnderTest({ random: 0.5 })
  daemon.isThere = false
  await expect(link.once(call)).rejects.toThrow('nobody there')
  await settle()
  expect(states).toMatchObject([{ kind: 'lost', problem: { message: 'nobody there' } }])
  expect(states).toMatchObject([{ retryAt: 1_125 }])
  expect(timers.map(({ ms }) => ms)).toEqual([125])
  expect(daemon.closes).toBe(1)
})

test('the pauses double up to fifteen seconds', async () => {
  const { link, timers, daemon, ring } = linkUnderTest()
  daemon.isThere = false
  link.lost(undefined)
  const pauses: (number | undefined)[] = []
  for (let round = 0; round < 9; round++) {
    pauses.push(timers[0]?.ms)
    await ring()
  }
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
})

test('the pauses are scattered, and never none at all', async () => {
  const { link, timers, daemon, ring } = linkUnderTest({ random: 0 })
  daemon.isThere = false
  link.lost(undefined)
  await ring()
  expect(timers.map(({ ms }) => ms)).toEqual([50])
})

test('many calls that find out at once count as one', async () => {
  const { link, timers, states, daemon, call } = linkUnderTest()
  daemon.isThere = false
  await Promise.allSettled(Array.from({ length: 5 }, () => link.once(call)))
  expect(timers.map(({ ms }) => ms)).toEqual([250])
  expect(states).toHaveLength(1)
})

test('a knock that is answered ends the wait and begins with short pauses again', async () => {
  const { link, timers, states, daemon, ring } = linkUnderTest()
  daemon.isThere = false
  link.lost(undefined)
  await ring()
  daemon.isThere = true
  await ring()
  expect(states.at(-1)).toEqual({ kind: 'online' })
  expect(timers).toEqual([])
  link.lost(undefined)
  expect(timers.map(({ ms }) => ms)).toEqual([250])
})

test('while it knocks there is no time of the next try', async () => {
  const { link, states, daemon, ring } = linkUnderTest()
  let open = (): void => undefined
  daemon.knock = new Promise((resolve) => {
    open = resolve
  })
  link.lost(undefined)
  await ring()
  expect(states.at(-1)).toMatchObject({ kind: 'lost', retryAt: undefined })
  open()
  await settle()
  expect(states.at(-1)).toEqual({ kind: 'online' })
})

test('retry now does not wait for the timer, and knocks only once', async () => {
  const { link, timers, states, daemon } = linkUnderTest()
  link.lost(undefined)
  link.retryNow()
  link.retryNow()
  expect(timers).toEqual([])
  await settle()
  expect(daemon.knocks).toBe(1)
  expect(states.at(-1)).toEqual({ kind: 'online' })
})

test('retry now does nothing while online', async () => {
  const { link, daemon } = linkUnderTest()
  link.retryNow()
  await settle()
  expect(daemon.connects).toBe(0)
})

test('what may be repeated is done once the daemon is back', async () => {
  const { link, daemon, ring, call } = linkUnderTest()
  daemon.isThere = false
  const done = link.untilDone(call)
  await settle()
  await ring()
  daemon.isThere = true
  await ring()
  expect(await done).toBe('done')
})

test('a stream that found the way resumes those that wait', async () => {
  const { link, daemon, timers, call } = linkUnderTest()
  daemon.isThere = false
  const done = link.untilDone(call)
  await settle()
  daemon.isThere = true
  link.back()
  expect(await done).toBe('done')
  expect(timers).toEqual([])
})

test('a refusal goes through, and shows that the daemon is there', async () => {
  const { link, states } = linkUnderTest()
  const call = () => Promise.reject(refused())
  await expect(link.untilDone(call)).rejects.toThrow('no such session')
  expect(states).toEqual([])
  link.lost(undefined)
  await expect(link.once(call)).rejects.toThrow('no such session')
  expect(states.at(-1)).toEqual({ kind: 'online' })
})

test('what waits hears a refusal of the connection itself', async () => {
  const timers: (() => void)[] = []
  let isRefusing = false
  const link = createLink({
    connect: () => Promise.reject(isRefusing ? new ProblemError('unauthorized', 'who?') : away()),
    onState: () => undefined,
    after(_, run) {
      timers.push(run)
      return () => undefined
    },
  })
  const done = link.untilDone((client) => client.listRoles())
  const outcome = expect(done).rejects.toThrow('who?')
  await settle()
  isRefusing = true
  for (const run of timers) run()
  await outcome
})

test('a late failure of an older connection does not break the new one', async () => {
  const { link, states, daemon, call } = linkUnderTest()
  let fail = (_: Error): void => undefined
  let calls = 0
  const late = link.untilDone(async () => {
    calls += 1
    if (calls > 1) return 'second try'
    return new Promise<string>((_, reject) => {
      fail = reject
    })
  })
  await settle()
  link.lost(undefined)
  await link.once(call)
  const before = { states: states.length, closes: daemon.closes }
  fail(away())
  expect(await late).toBe('second try')
  expect({ states: states.length, closes: daemon.closes }).toEqual(before)
})

test('closed it connects no more, knocks no more and says nothing', async () => {
  const { link, timers, states, daemon, call } = linkUnderTest()
  await link.once(call)
  link.lost(undefined)
  link.close()
  const said = states.length
  expect(timers).toEqual([])
  await expect(link.client()).rejects.toThrow('ended')
  link.back()
  expect(states).toHaveLength(said)
  expect(daemon.connects).toBe(1)
})
