import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { backupType, exportBackup, importBackup } from '../../shared/contract/backup.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Routes } from './services.js'

/** A sender that says nothing for so long is gone, ms. */
const silentMs = 60_000
/** A reader may pause for as long, ms; the snapshot lives on meanwhile. */
const stalledMs = 100_000

export const backupRoutes: Routes = (app, { backup, log, version }) => {
  app.openapi(exportBackup, async (c) => {
    const identity = c.get('identity')
    const { all, session } = c.req.valid('query')
    if (all !== undefined && identity.scope !== 'admin') {
      throw new ProblemError('forbidden', "everybody's sessions need an admin token")
    }
    const response = c.env.outgoing
    const chunks = backup.read({
      version,
      ...(all === undefined && { owner: identity.owner }),
      ...(session !== undefined && { sessions: [session].flat() }),
      roles: identity.scope === 'admin',
    })
    // What can be refused is refused with it.
    const first = await chunks.next()
    const zipped = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    response.writeHead(200, {
      ...Object.fromEntries(c.res.headers),
      'Content-Type': backupType,
      'Cache-Control': 'no-store',
      Vary: 'Origin, Accept-Encoding',
      ...(zipped && { 'Content-Encoding': 'gzip' }),
    })
    response.setTimeout(stalledMs, () => response.destroy())
    const file = Readable.from(startingWith(first, chunks), { objectMode: false })
    // Should it fail, the response is cut: the file's last line is missing, and so is the end of HTTP's.
    await (zipped ? pipeline(file, createGzip(), response) : pipeline(file, response)).catch(
      (error: Error) => log.warn({ error: error.message }, 'an export broke off'),
    )
    return RESPONSE_ALREADY_SENT
  })

  app.openapi(importBackup, async (c) => {
    const identity = c.get('identity')
    return c.json(await backup.merge(identity, received(c.env.incoming)), 200)
  })
}

async function* startingWith(
  first: IteratorResult<Uint8Array>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done) return
  try {
    yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** The body as it comes: not faster than it is read. It stays open, so that an error can be told. */
async function* received(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false })
  for (;;) {
    const next = await inTime(incoming, chunks.next())
    if (next.done) return
    yield next.value
  }
}

async function inTime<Result>(incoming: IncomingMessage, coming: Promise<Result>): Promise<Result> {
  const timer = setTimeout(() => incoming.destroy(new Error('no word')), silentMs)
  try {
    return await coming
  } catch (error) {
    throw new ProblemError('invalid_request', 'the file broke off on its way', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
