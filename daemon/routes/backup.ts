import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { backupType, exportBackup, importBackup } from '../../shared/contract/backup.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { cutSlowReader, received } from '../http/pace.js'
import type { Routes } from './services.js'

export const backupRoutes: Routes = (app, { backup, backupPace, log, version }) => {
  app.openapi(exportBackup, async (c) => {
    const identity = c.get('identity')
    const { all, session } = c.req.valid('query')
    if (all !== undefined && identity.scope !== 'admin') {
      throw new ProblemError('forbidden', "everybody's sessions need an admin token")
    }
    const response = c.env.outgoing
    const chunks = backup.read(identity, {
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
    const endCutting = cutSlowReader(response, backupPace)
    const file = Readable.from(startingWith(first, chunks), { objectMode: false })
    // Should it fail, the response is cut: the file's last line is missing, and so is the end of HTTP's.
    await (zipped ? pipeline(file, createGzip(), response) : pipeline(file, response)).catch(
      (error: Error) => log.warn({ error: error.message }, 'an export broke off'),
    )
    endCutting()
    return RESPONSE_ALREADY_SENT
  })

  app.openapi(importBackup, async (c) => {
    const identity = c.get('identity')
    const gone = new AbortController()
    c.env.outgoing.once('close', () => gone.abort())
    const file = received(c.env.incoming, backupPace)
    return c.json(await backup.merge(identity, file, gone.signal), 200)
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
