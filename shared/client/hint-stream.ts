import type { IncomingMessage } from 'node:http'
import type { Hint } from '../contract/hint.js'
import type { SseEvent } from '../sse.js'
import { readData, readGood } from './frame-data.js'
import { damaged, readSse } from './read-sse.js'

/** The hints by name, with the texts that each has. */
const texts: Readonly<Record<Hint['event'], readonly string[]>> = {
  'session.changed': ['id'],
  'session.deleted': ['id'],
  'turn.changed': ['id', 'session_id'],
  'role.changed': ['id'],
  'role.deleted': ['id'],
  'gateway.changed': [],
  reset: [],
}

function isHintName(name: string): name is Hint['event'] {
  return Object.hasOwn(texts, name)
}

/** None for those of a newer daemon. Throws where a frame is not what it was. */
function toHints({ event = '', data }: SseEvent): Hint[] {
  if (event === 'ready') return [{ event: 'reset', data: {} }]
  return isHintName(event) ? [{ event, data: readData(data, texts[event]) } as Hint] : []
}

/**
 * The hints of a stream, in batches as they arrive, until it ends or breaks. The first is a `reset`:
 * what was read before hints came may be out of date. Throws ProblemError `daemon_unreachable` after
 * the last good one of a stream that is damaged.
 */
export async function* readHints(response: IncomingMessage): AsyncGenerator<Hint[]> {
  for await (const batch of readSse(response)) {
    const { events: hints, damage } = readGood(batch, toHints)
    if (hints.length > 0) yield hints
    if (damage !== undefined) throw damaged(damage)
  }
}
