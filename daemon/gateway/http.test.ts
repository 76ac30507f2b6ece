import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createHttp } from './http.js'

const timeouts = {
  ...{ connectMs: 2_000, catalogueMs: 5_000, firstTokenMs: 10_000 },
  ...{ tokenIdleMs: 10_000, totalMs: 30_000 },
}

test('the guard is asked about the address that a name has led to, before a byte is sent there', async () => {
  const heard: string[] = []
  const server = createServer(({ url }, response) => {
    heard.push(url ?? '')
    response.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const stranger = new Error('a stranger')
  const http = createHttp(timeouts, {}, ({ hostname }) =>
    hostname === '127.0.0.1' ? stranger : undefined,
  )
  onTestFinished(async () => {
    await http.close()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  await expect(http.get(`http://localhost:${port}/`, {})).rejects.toBe(stranger)
  expect(heard).toEqual([])
})
