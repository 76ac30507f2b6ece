import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { recordingLog } from '../../test/support/recording-log.js'
import { createDatabaseWatch } from './database-watch.js'
import { createEventWriter } from './event-writer.js'
import { createPool } from './pool.js'

/** A port at which nobody listens any more. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

test('what waited behind others while the database was away does not wait as long once more', async () => {
  const pool = createPool({ host: '127.0.0.1', port: await deadPort() }, recordingLog())
  const { during, ...watch } = createDatabaseWatch()
  let tries = 0
  const writer = createEventWriter(pool, {
    onCommit: () => undefined,
    patienceMs: 600,
    watch: {
      ...watch,
      during(work) {
        tries += 1
        return during(work)
      },
    },
    log: recordingLog(),
  })
  const append = () =>
    writer.append({
      turnId: randomUUID(),
      epoch: 1,
      events: [{ n: 2, event: 'delta', data: 'x', message_id: randomUUID() }],
    })
  const triesUntil = (end: Promise<unknown>): Promise<number> =>
    end.then(
      () => 0,
      () => tries,
    )
  const [first, behind] = await Promise.all([triesUntil(append()), triesUntil(append())])
  expect(first).toBeGreaterThan(2)
  expect(behind).toBe(first + 1)
  await pool.end()
})
