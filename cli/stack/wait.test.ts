import { expect, test } from 'vitest'
import { type Clock, happens, type Waiting, waitUntilWell } from './wait.js'

/** Time passes only while somebody waits. */
function fakeClock(): Clock {
  let now = 5
  return {
    now: () => now,
    async pause(ms) {
      now += ms
    },
  }
}

function waiting(changes: Partial<Waiting>): Waiting & { said: string[] } {
  const said: string[] = []
  return {
    ...{ name: 'redis', patienceMs: 30_000, clock: fakeClock(), said },
    isWell: async () => false,
    isAlive: () => true,
    say: (text) => said.push(text),
    ...changes,
  }
}

test('waits over failures until it is well, and says how long that took', async () => {
  let tries = 0
  const one = waiting({
    async isWell() {
      if (++tries < 4) throw new Error('refused')
      return true
    },
  })
  expect(await waitUntilWell(one)).toBe(300)
  expect(one.said).toEqual([])
})

test('gives up when the time is over, and has said every ten seconds that it waits', async () => {
  const one = waiting({})
  await expect(waitUntilWell(one)).rejects.toThrow('redis was not well within 30 s')
  expect(one.said).toEqual(['redis starts; 10 s so far', 'redis starts; 20 s so far'])
})

test('does not wait for one that has died', async () => {
  const clock = fakeClock()
  const one = waiting({ clock, isAlive: () => clock.now() < 1_000 })
  await expect(waitUntilWell(one)).rejects.toThrow('redis ended at its start')
  expect(clock.now()).toBeLessThan(1_200)
})

test('something happens in time, or it does not', async () => {
  const clock = fakeClock()
  expect(await happens(() => clock.now() > 500, 1_000, clock)).toBe(true)
  expect(await happens(() => false, 1_000, clock)).toBe(false)
})
