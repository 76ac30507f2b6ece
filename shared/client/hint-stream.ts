import type { IncomingMessage } from 'node:http'
import type { Hint } from '../contract/hint.js'
import { readSse } from './read-sse.js'

const names: Record<string, true> = {
  'session.changed': true,
  'session.deleted': true,
  'turn.changed': true,
  'role.changed': true,
  'role.deleted': true,
  reset: true,
}

/**
 * The hints of a stream, in batches as they arrive, until it ends or breaks. The first is a `reset`:
 * what was read before hints came may be out of date.
 */
export async function* readHints(response: IncomingMessage): AsyncGenerator<Hint[]> {
  for await (const batch of readSse(response)) {
    const hints = batch.flatMap(({ event = '', data }): Hint[] => {
      if (event === 'ready') return [{ event: 'reset', data: {} }]
      // The daemon is our own: its JSON is what the contract says. A newer one's hints are not ours.
      return Object.hasOwn(names, event) ? [{ event, data: JSON.parse(data) } as Hint] : []
    })
    if (hints.length > 0) yield hints
  }
}
