import type { Gateway, GatewayEvent } from '../gateway/types.js'
import type { Meters } from './meters.js'

const clock = (): number => performance.now()

type Counted = Pick<Meters, 'firstToken' | 'between' | 'used'>

/**
 * The same gateway, with its answers timed and their tokens counted under the model that was asked for,
 * where the gateway lists it: a wildcard takes any name, and one person could invent all that have room.
 */
export function meterGateway(gateway: Gateway, meters: Counted, now = clock): Gateway {
  return {
    ...gateway,
    chat(request, signal) {
      const nameNow = (): string | undefined =>
        gateway.peek(request.model) === undefined ? undefined : request.model
      return timed(gateway.chat(request, signal), nameNow, meters, now)
    },
  }
}

async function* timed(
  events: AsyncIterable<GatewayEvent>,
  nameNow: () => string | undefined,
  meters: Counted,
  now: () => number,
): AsyncGenerator<GatewayEvent> {
  let isFirst = true
  let last = now()
  for await (const event of events) {
    if (event.type === 'text' || event.type === 'reasoning') {
      const at = now()
      if (isFirst) meters.firstToken(at - last)
      else meters.between(at - last)
      isFirst = false
      last = at
    }
    if (event.type === 'usage') meters.used(nameNow(), event.usage)
    yield event
  }
}
