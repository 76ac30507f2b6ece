import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { open, send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { invite } from '../../test/support/people.js'
import { exportText } from '../../test/support/raw-import.js'

const upstream = { url: 'http://127.0.0.1:9' }

let database: TestDatabase
let daemon: TestDaemon

beforeAll(async () => {
  database = await createTestDatabase()
  daemon = await startDaemon({ database, upstream })
})
afterAll(async () => {
  await daemon.stop()
  await database.drop()
})

/** An import that has begun, and whose sender has more to send. */
function beginImport({ socketPath, token }: TestDaemon): ClientRequest {
  const request = httpRequest({
    socketPath,
    path: '/api/import',
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
  })
  request.on('error', () => undefined)
  request.write('{"format":')
  onTestFinished(() => void request.destroy())
  return request
}

const exportOf = (who: TestDaemon) =>
  send(who, '/api/export').then(({ status, text }) => ({ status, text }))

describe('exports and imports at once', () => {
  test('are two of one person, three of made tokens, and local always finds room', async () => {
    const [ann, bob, carl] = await Promise.all(
      ['ann', 'bob', 'carl'].map((name) => invite(daemon, name)),
    )
    if (!ann || !bob || !carl) throw new Error('nobody came')
    const [first] = [beginImport(ann), beginImport(ann)]
    await expect
      .poll(() => exportOf(ann))
      .toMatchObject({
        status: 429,
        text: expect.stringContaining('2 exports or imports of yours are running already'),
      })
    expect(await exportOf(bob)).toMatchObject({ status: 200 })
    beginImport(bob)
    await expect
      .poll(() => exportOf(carl))
      .toMatchObject({ status: 429, text: expect.stringContaining('as many exports and imports') })
    expect(await exportOf(daemon)).toMatchObject({ status: 200 })
    first?.destroy()
    await expect.poll(() => exportOf(carl)).toMatchObject({ status: 200 })
  })
})

describe('whoever is slow', () => {
  test('in sending is told so, and makes room', async () => {
    const pace = { windowMs: 300, least: 100_000 }
    const strict = await startDaemon({ database, upstream, backupPace: pace })
    const sender = beginImport(strict)
    const drip = setInterval(() => sender.write('"'), 20)
    onTestFinished(() => clearInterval(drip))
    const [response] = (await once(sender, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(408)
    const body = JSON.parse(Buffer.concat(await response.toArray()).toString())
    expect(body).toMatchObject({
      code: 'too_slow',
      detail: expect.stringMatching(/^only \d+ bytes came in 1 s$/),
    })
    // Neither slots nor connections are left to whom it was told.
    expect(await exportOf(strict)).toMatchObject({ status: 200 })
    const file = await exportText(strict)
    expect(await send(strict, '/api/import', importOf(file))).toMatchObject({ status: 200 })
  })

  test('in reading is cut', async () => {
    const pace = { windowMs: 300, least: 10_000_000 }
    const strict = await startDaemon({ database, upstream, backupPace: pace })
    const { id } = await daemon.client.createSession({})
    await database.pool.query(
      `INSERT INTO messages (session_id, role, content)
       SELECT $1, 'user', $2 || n FROM generate_series(1, 20) AS n`,
      [id, randomBytes(500_000).toString('hex')],
    )
    const response = await open(strict, '/api/export', {})
    expect(response.statusCode).toBe(200)
    await expect.poll(() => strict.logged.join('\n')).toContain('an export broke off')
    await expect(response.toArray()).rejects.toMatchObject({ code: 'ECONNRESET' })
    // One that reads has all of it.
    expect((await exportText(daemon)).length).toBeGreaterThan(20_000_000)
  })
})

const importOf = (body: string) => ({
  method: 'POST',
  body,
  headers: { 'content-type': 'application/x-ndjson' },
})

test.each(['/api/import', '/api/sessions'])(
  'a body in pieces of a byte is refused (%s)',
  async (path) => {
    const type = path === '/api/import' ? 'application/x-ndjson' : 'application/json'
    const socket = connect(daemon.socketPath)
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: c2a\r\nAuthorization: Bearer ${daemon.token}\r\n` +
        `Content-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const pieces = '1\r\n \r\n'.repeat(10_000)
    const more = (): void => void (socket.destroyed || socket.write(pieces, more))
    more()
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 [\s\S]*100000 pieces of a few bytes/)
  },
)
