import type { IncomingMessage } from 'node:http'
import type { Hint } from '../contract/hint.js'
import type { SseEvent } from '../sse.js'
import { damaged, readSse } from './read-sse.js'

const names: Record<Hint['event'], true> = {
  'session.changed': true,
  'session.deleted': true,
  'turn.changed': true,
  'role.changed': true,
  'role.deleted': true,
  reset: true,
}

/**
 * The hints of a stream, in batches as they arrive, until it ends or breaks. The first is a `reset`:
 * what was read before hints came may be out of date. Throws ProblemError `daemon_unreachable` where one
 * is damaged.
 */
export async function* readHints(response: IncomingMessage): AsyncGenerator<Hint[]> {
  for await (const batch of readSse(response)) {
    const hints = batch.flatMap(toHints)
    if (hints.length > 0) yield hints
  }
}

function toHints({ event = '', data }: SseEvent): Hint[] {
  if (event === 'ready') return [{ event: 'reset', data: {} }]
  // A newer daemon's hints are not ours.
  if (!Object.hasOwn(names, event)) return []
  try {
    // The daemon is our own: its JSON is what the contract says.
    return [{ event, data: JSON.parse(data) } as Hint]
  } catch {
    throw damaged(`a hint that is no JSON (${event})`)
  }
}
