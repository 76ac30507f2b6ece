import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fileOf, messageRow, sessionRow, textRow } from '../../test/support/backup-file.js'
import { send, startDaemon } from '../../test/support/daemon.js'
import { createTestDatabase } from '../../test/support/database.js'
import { importRaw } from '../../test/support/raw-import.js'

test('a message is not larger than an answer may be, however small the file', async () => {
  const upstream = { url: 'http://127.0.0.1:9' }
  const daemon = await startDaemon({ database: await createTestDatabase(), upstream })
  const message = messageRow()
  const text = ' '.repeat(15 * 1024 * 1024)
  const part = 'content' as const
  const texts = Array.from({ length: 18 }, () => textRow({ message_id: message.id, part, text }))
  const session = sessionRow()
  const file = gzipSync(fileOf(session, message, ...texts))
  expect(file.length).toBeLessThan(1_000_000)
  const { status, body } = await importRaw(daemon, file)
  expect({ status, detail: body.detail }).toMatchObject({
    status: 400,
    detail: expect.stringContaining('256 MiB'),
  })
  expect((await send(daemon, `/api/sessions/${session.id}`)).status).toBe(404)
}, 60_000)
