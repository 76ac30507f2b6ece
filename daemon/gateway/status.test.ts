import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { testGateway } from './test-support.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const serve = async (listener: RequestListener): Promise<{ url: string }> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** LiteLLM with one model; `version` answers who asks for its version. */
const litellm = (version: RequestListener, asked: string[] = []): RequestListener => {
  return (req, res) => {
    asked.push(req.url ?? '')
    if (req.url === '/health/liveliness') return res.end('"I\'m alive!"')
    if (req.url === '/v1/models') return res.end('{"object":"list","data":[{"id":"ok"}]}')
    return version(req, res)
  }
}

it('LiteLLM that takes the key is well, however long it thinks of its version: its database may be away', async () => {
  const gateway = testGateway(await serve(litellm(() => undefined)))
  cleanups.push(() => gateway.close())
  const status = await gateway.status()
  expect(status).toMatchObject({ reachable: true, kind: 'litellm' })
  expect(status).not.toHaveProperty('error')
})

it('its version is asked for once where a virtual key may not know it', async () => {
  const asked: string[] = []
  const refuse: RequestListener = (_, res) => res.writeHead(401).end('{}')
  const gateway = testGateway(await serve(litellm(refuse, asked)))
  cleanups.push(() => gateway.close())
  expect(await gateway.status()).toMatchObject({ reachable: true, kind: 'litellm' })
  expect(asked).toContain('/health/readiness/details')
  expect(asked).not.toContain('/health/readiness')
})

it('LiteLLM that is alive and gives no list in time is there, but slow', async () => {
  const server = await serve((req, res) => {
    if (req.url === '/health/liveliness') res.end('"I\'m alive!"')
  })
  const gateway = testGateway(server, { timeouts: { catalogueMs: 200 } })
  cleanups.push(() => gateway.close())
  expect(await gateway.status()).toMatchObject({ reachable: true, kind: 'litellm', slow: true })
})
