import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { testGateway } from './test-support.js'

function own(...args: Parameters<typeof testGateway>) {
  const gateway = testGateway(...args)
  onTestFinished(() => gateway.close())
  return gateway
}

test('LiteLLM is asked each time, for nothing that costs it anything', async () => {
  const server = await startUpstream({ litellm: true })
  const gateway = own(server)
  expect([await gateway.answers(), await gateway.answers()]).toEqual([true, true])
  // Once for what it is.
  expect(server.requests.map(({ path }) => path)).toEqual(Array(3).fill('/health/liveliness'))
  await server.close()
  expect(await gateway.answers()).toBe(false)
  const again = await startUpstream({ litellm: true, port: server.port })
  onTestFinished(() => again.close())
  expect(await gateway.answers()).toBe(true)
})

test('of another server any answer counts, and is not asked for again and again', async () => {
  const server = await startUpstream()
  onTestFinished(() => server.close())
  const gateway = own(server)
  for (let n = 0; n < 5; n++) expect(await gateway.answers()).toBe(true)
  expect(server.requests).toHaveLength(2)
})

test('a proxy in front of nothing is no gateway', async () => {
  const proxy = createServer((_, response) => response.writeHead(502).end('Bad Gateway'))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const { port } = proxy.address() as AddressInfo
  const gateway = own({ url: `http://127.0.0.1:${port}` })
  expect(await gateway.answers()).toBe(false)
})

test('where none was named and none is found, none answers', async () => {
  expect(await own(undefined, { probeUrls: [] }).answers()).toBe(false)
})
