import type { ChatRequest, Gateway, GatewayEvent } from '../gateway/types.js'
import type { Meters } from './meters.js'

const clock = (): number => performance.now()

type Counted = Pick<Meters, 'firstToken' | 'between' | 'used'>

/** The same gateway, with its answers timed and their tokens counted under the model that was asked for. */
export function meterGateway(gateway: Gateway, meters: Counted, now = clock): Gateway {
  return {
    ...gateway,
    chat: (request, signal) => timed(gateway.chat(request, signal), request, meters, now),
  }
}

async function* timed(
  events: AsyncIterable<GatewayEvent>,
  { model }: ChatRequest,
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
    if (event.type === 'usage') meters.used(model, event.usage)
    yield event
  }
}
