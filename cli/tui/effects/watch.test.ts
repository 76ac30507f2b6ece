import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProblemError } from '../../../shared/contract/problem.js'
import { catalogueOf } from '../slash/test-support.js'
import { initialState, type State } from '../state/state.js'
import { createWatch, isOffline } from './watch.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const idle = initialState({ size: { columns: 80, rows: 24 }, theme: 'dark', mouse: true })
const needed: State = { ...idle, isListing: true }

function watchUnderTest(run: () => Promise<unknown> = () => Promise.resolve()) {
  const runs = vi.fn(run)
  const isNeeded = ({ isListing }: State) => isListing
  return { runs, watch: createWatch({ everyMs: 100, isNeeded, run: runs }) }
}

test('it looks again and again while there is a reason, and has no timer else', async () => {
  const { runs, watch } = watchUnderTest()
  watch.look(idle)
  expect(vi.getTimerCount()).toBe(0)
  watch.look(needed)
  watch.look(needed)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(350)
  expect(runs).toHaveBeenCalledTimes(3)
  watch.look(idle)
  expect(vi.getTimerCount()).toBe(0)
})

test('it does not look again before the last look has ended, and goes on after a failure', async () => {
  let fail = (): void => undefined
  const { runs, watch } = watchUnderTest(
    () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('away'))
      }),
  )
  watch.look(needed)
  await vi.advanceTimersByTimeAsync(500)
  expect(runs).toHaveBeenCalledTimes(1)
  fail()
  await vi.advanceTimersByTimeAsync(100)
  expect(runs).toHaveBeenCalledTimes(2)
  watch.close()
})

test('closed it does not begin again, whatever the state says', () => {
  const { watch } = watchUnderTest()
  watch.look(needed)
  watch.close()
  watch.look(idle)
  watch.look(needed)
  expect(vi.getTimerCount()).toBe(0)
})

test('a gateway that is away is worth a look, but not while the daemon is away, too', () => {
  const problem = new ProblemError('daemon_unreachable', 'away')
  const lost = { kind: 'lost', problem, retryAt: undefined } as const
  const offline = { ...idle, catalogue: catalogueOf({}, 'offline') }
  expect(isOffline(idle)).toBe(false)
  expect(isOffline(offline)).toBe(true)
  expect(isOffline({ ...offline, link: lost })).toBe(false)
  expect(isOffline({ ...idle, catalogue: catalogueOf({}) })).toBe(false)
})
