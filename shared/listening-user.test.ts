import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { canBeAnother, listenAsAnother } from '../test/support/another-user.js'
import { isForeign, listeningUser } from './listening-user.js'

async function listen(host: string, at = 0): Promise<number> {
  const server = createServer().listen(at, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('a listener of our own is not foreign, and neither is a port where nobody listens', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(isForeign(port)).toBe(false)
  server.close()
  await once(server, 'close')
  expect(isForeign(port)).toBe(false)
})

test.runIf(process.platform === 'linux').each([
  ['127.0.0.1', '127.0.0.1', true],
  ['0.0.0.0', '127.0.0.1', true],
  ['::', '127.0.0.1', true],
  ['127.0.0.2', '127.0.0.1', false],
  ['::1', '127.0.0.1', false],
  ['::1', '[::1]', true],
  ['::', '[::1]', true],
  ['127.0.0.1', '[::1]', false],
  ['127.0.0.2', '127.0.0.2', true],
])('who listens at %s is met at %s: %s', async (bound, host, met) => {
  expect(listeningUser(await listen(bound), host)).toBe(met ? process.getuid?.() : undefined)
})

test.runIf(canBeAnother).each(['127.0.0.1', '0.0.0.0', '::'])(
  'a listener of another user is foreign, at %s',
  async (host) => {
    expect(isForeign((await listenAsAnother({ host })).port)).toBe(true)
  },
)

test.runIf(canBeAnother)('one beside ours, which our connections do not meet, is not', async () => {
  const { port } = await listenAsAnother({ host: '127.0.0.2' })
  expect(isForeign(port)).toBe(false)
  expect(listeningUser(await listen('127.0.0.1', port))).toBe(process.getuid?.())
})
