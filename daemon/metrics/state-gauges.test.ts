import { expect, test } from 'vitest'
import { readExposition, sampleValue } from '../../test/support/exposition.js'
import type { GatewayStatus } from '../gateway/types.js'
import { createRegistry } from './registry.js'
import { registerState } from './state-gauges.js'

const well: GatewayStatus = { reachable: true, kind: 'litellm', url: 'http://g', hasKey: true }

test('a gateway that hangs delays no scrape, is down meanwhile, and is told once it answers', async () => {
  const registry = createRegistry()
  const answers: ((status: GatewayStatus) => void)[] = []
  const look = registerState({
    registry,
    pools: {},
    turns: { liveCount: 0, draining: false },
    gateway: { status: () => new Promise((resolve) => answers.push(resolve)) },
    databaseAnswers: async () => true,
    gatewayPatienceMs: 20,
  })
  const up = (): number | undefined =>
    sampleValue(readExposition(registry.render()), 'c2a_gateway_up')
  await look()
  expect(up()).toBe(0)
  await look()
  // It is asked once, however often somebody scrapes.
  expect(answers).toHaveLength(1)
  const looking = look()
  answers[0]?.(well)
  await looking
  expect(up()).toBe(1)
  await look()
  expect(up()).toBe(0)
  expect(answers).toHaveLength(2)
})

test('a gateway that refuses our key is not up', async () => {
  const registry = createRegistry()
  const error = { code: 'gateway_auth' as const, message: 'no', retryable: false }
  const look = registerState({
    registry,
    pools: {},
    turns: { liveCount: 0, draining: false },
    gateway: { status: async () => ({ ...well, error }) },
    databaseAnswers: async () => false,
  })
  await look()
  const metrics = readExposition(registry.render())
  expect(sampleValue(metrics, 'c2a_gateway_up')).toBe(0)
  expect(sampleValue(metrics, 'c2a_gateway_info', { problem: 'gateway_auth' })).toBe(1)
  expect(sampleValue(metrics, 'c2a_database_up')).toBe(0)
})
