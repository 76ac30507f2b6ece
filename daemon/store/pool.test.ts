import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../log.js'
import { createPool, transaction } from './pool.js'

function packet(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

// A server that is being shut down: "ready" and "terminating" come in one packet.
const welcome = packet('R', Buffer.from([0, 0, 0, 0]))
const ready = packet('Z', Buffer.from('I'))
const terminating = packet('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'))

test('a connection that is ended in the very moment it is handed out ends no process', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(Buffer.concat([welcome, ready, terminating])))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const pool = createPool({ host: '127.0.0.1', port, user: 'c2a' }, createLog({ level: 'silent' }))
  onTestFinished(async () => {
    await pool.end()
    server.close()
  })
  // An error without a listener would be an uncaught exception, and fail the run.
  await expect(transaction(pool, (client) => client.query('SELECT 1'))).rejects.toMatchObject({
    code: 'db_unavailable',
  })
})
