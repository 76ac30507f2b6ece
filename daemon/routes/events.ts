import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { followHints, type Hint } from '../../shared/contract/hint.js'
import { createSseSink } from '../http/sse.js'
import type { Routes } from './services.js'

const ready = 'event: ready\ndata: {}\n\n'

function toFrame({ event, data }: Hint): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

export const eventRoutes: Routes = (app, { hints, metrics, sse }) => {
  app.openapi(followHints, async (c) => {
    const sink = createSseSink(c, {
      ...sse,
      live: (change) => metrics.meters.stream('changes', change),
    })
    const batches = hints.follow(c.get('identity').owner, sink.signal)
    sink.open()
    await sink.write(ready)
    for await (const batch of batches) await sink.write(batch.map(toFrame).join(''))
    sink.end()
    return RESPONSE_ALREADY_SENT
  })
}
