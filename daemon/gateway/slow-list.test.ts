import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { testGateway } from './test-support.js'

/** A gateway that never gives its list of models; undefined: it says nothing to anything. */
async function startSlow(alive: string | undefined, patienceMs: number) {
  const server = createServer(({ url }: IncomingMessage, response) => {
    if (url === '/health/liveliness' && alive !== undefined) response.end(alive)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const gateway = testGateway({ url }, { timeouts: { catalogueMs: patienceMs } })
  onTestFinished(async () => {
    await gateway.close()
    server.closeAllConnections()
    server.close()
  })
  return { url, gateway }
}

test.each([
  ['litellm', `"I'm alive!"`],
  ['generic', 'a page'],
])('a gateway (%s) that is alive and slow to list its models is reachable', async (kind, alive) => {
  const { url, gateway } = await startSlow(alive, 100)
  expect(await gateway.status()).toEqual({ reachable: true, kind, url, hasKey: true, slow: true })
})

test('one that says nothing at all is not', async () => {
  const { gateway } = await startSlow(undefined, 100)
  const status = await gateway.status()
  expect(status).toMatchObject({ reachable: false, error: { code: 'gateway_unreachable' } })
  expect(status.slow).toBeUndefined()
})
