import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { isForeign } from './foreign-listener.js'

test('a listener of our own is not foreign, and neither is a port where nobody listens', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(isForeign(port)).toBe(false)
  server.close()
  await once(server, 'close')
  expect(isForeign(port)).toBe(false)
})

const isRoot = process.platform === 'linux' && process.getuid?.() === 0

test.runIf(isRoot).each(['127.0.0.1', '0.0.0.0', '::'])(
  'a listener of another user is, at %s',
  async (host) => {
    const code = `const s = require('net').createServer().listen(0, '${host}', () => console.log(s.address().port))`
    const child = spawn(process.execPath, ['-e', code], { uid: 65_534, gid: 65_534, cwd: '/' })
    onTestFinished(() => void child.kill())
    const [said] = await once(child.stdout, 'data')
    expect(isForeign(Number(said))).toBe(true)
  },
)
