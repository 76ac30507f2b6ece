import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ProblemError } from '../../../shared/contract/problem.js'
import { initialState, type State } from '../state/state.js'
import { createClock } from './clock.js'

const idle = initialState({ size: { columns: 80, rows: 24 }, theme: 'dark', mouse: true })
const running: State = {
  ...idle,
  turn: { turnId: 't1', startedAt: 0, isStopping: false, isStalled: false },
}
const problem = new ProblemError('daemon_unreachable')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('there is no timer while nothing moves by itself', () => {
  const clock = createClock(() => undefined)
  clock.tick(idle)
  clock.tick({ ...idle, link: { kind: 'lost', problem, retryAt: undefined } })
  expect(vi.getTimerCount()).toBe(0)
})

test('asks for a frame for each turn of the spinner', () => {
  let asked = 0
  const clock = createClock(() => asked++)
  clock.tick(running)
  vi.advanceTimersByTime(119)
  expect(asked).toBe(0)
  vi.advanceTimersByTime(1)
  expect(asked).toBe(1)
  // The next one is for the frame to ask for.
  expect(vi.getTimerCount()).toBe(0)
})

test('asks for a frame a second while it is counted down', () => {
  let asked = 0
  const clock = createClock(() => asked++)
  clock.tick({ ...idle, link: { kind: 'lost', problem, retryAt: 5_000 } })
  vi.advanceTimersByTime(999)
  expect(asked).toBe(0)
  vi.advanceTimersByTime(1)
  expect(asked).toBe(1)
})

test('frames that come for other reasons do not add timers, and closing leaves none', () => {
  const clock = createClock(() => undefined)
  clock.tick(running)
  clock.tick(running)
  expect(vi.getTimerCount()).toBe(1)
  clock.close()
  expect(vi.getTimerCount()).toBe(0)
})
