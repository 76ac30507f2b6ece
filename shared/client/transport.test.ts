import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from './client.js'

test('a silent daemon is given up, but one that deletes a large session is waited for', async () => {
  let finish = (): void => undefined
  const server = createServer((request, response) => {
    if (request.method === 'DELETE') finish = () => void response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = createClient({ target: { url: `http://127.0.0.1:${port}` }, silenceMs: 50 })
  onTestFinished(() => {
    client.close()
    server.closeAllConnections()
    server.close()
  })
  const deleted = client.deleteSession('s')
  await expect(client.getSession('s')).rejects.toMatchObject({ code: 'daemon_unreachable' })
  finish()
  await deleted
})
