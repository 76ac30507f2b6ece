import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGatewayWatch } from './gateway-watch.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const everyMs = 400

function watchUnderTest() {
  let answers = true
  let looks = 0
  const watch = createGatewayWatch({
    everyMs,
    async look() {
      looks += 1
      return answers
    },
  })
  const told: boolean[] = []
  const follow = () => watch.follow((reachable) => told.push(reachable))
  const set = (now: boolean): void => {
    answers = now
  }
  return { watch, told, follow, set, looks: () => looks }
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('it tells what it finds first, and then changes only', async () => {
  const { told, follow, looks } = watchUnderTest()
  follow()
  await pass(10 * everyMs)
  expect(told).toEqual([true])
  expect(looks()).toBe(11)
})

test('one missed look is no word worth; two in a row are, and one answer takes it back', async () => {
  const { told, follow, set } = watchUnderTest()
  follow()
  await pass(everyMs - 1)
  set(false)
  await pass(1)
  set(true)
  await pass(everyMs - 2)
  expect(told, 'a single one').toEqual([true])
  set(false)
  await pass(2 * everyMs)
  expect(told).toEqual([true, false])
  set(true)
  await pass(everyMs / 4)
  expect(told).toEqual([true, false, true])
})

test('while nobody follows it asks nobody, and begins anew with whoever comes', async () => {
  const { told, follow, set, looks } = watchUnderTest()
  await pass(10 * everyMs)
  expect(looks()).toBe(0)
  const leave = [follow(), follow()]
  await pass(0)
  expect([looks(), told]).toEqual([1, [true, true]])
  leave[0]?.()
  await pass(everyMs)
  expect(looks()).toBe(2)
  leave[1]?.()
  expect(vi.getTimerCount()).toBe(0)
  set(false)
  follow()
  expect(told, 'what was known is old').toHaveLength(2)
  await pass(everyMs)
  expect(told).toEqual([true, true, false])
})

test('who comes later is told at once; closed it has no timer and tells nobody', async () => {
  const { watch, told, follow } = watchUnderTest()
  follow()
  await pass(0)
  follow()
  expect(told).toEqual([true, true])
  watch.close()
  expect(vi.getTimerCount()).toBe(0)
})
