import { costOf } from '../gateway/price.js'
import type { ChatRequest, Gateway, GatewayEvent, Usage } from '../gateway/types.js'
import { tokensOf } from './context.js'

/** What the calls of one turn cost. A gateway that was cut off tells nothing, and is paid all the same. */
export interface Meter {
  /** Watches one call: gets all that it brings. */
  call(request: ChatRequest): (event: GatewayEvent) => void
  /** US dollars for the calls whose usage was not told: undefined where there are none, or none with a price. */
  reckoned(): number | undefined
  /** The same with what was told. */
  total(): number | undefined
}

interface Call {
  request: ChatRequest
  /** The gateway has taken it on. */
  isOpen: boolean
  model: string
  characters: number
  usage: Usage | undefined
}

export function createMeter(gateway: Pick<Gateway, 'peek'>): Meter {
  const calls: Call[] = []

  const take = (call: Call, event: GatewayEvent): void => {
    if (event.type === 'open') call.isOpen = true
    else if (event.type === 'model') call.model = event.name
    else if (event.type === 'usage') call.usage = event.usage
    else if (event.type === 'text' || event.type === 'reasoning') {
      call.characters += event.text.length
    }
  }
  const reckon = ({ request, isOpen, model, characters, usage }: Call): number | undefined => {
    if (!isOpen || usage !== undefined) return undefined
    const asked = request.messages.reduce((sum, { content }) => sum + content.length, 0)
    const tokens = { prompt_tokens: tokensOf(asked), completion_tokens: tokensOf(characters) }
    const costAs = (name: string) => costOf(gateway.peek(name)?.prices, tokens)
    // Of what is free nothing needs to be reckoned.
    return (costAs(model) ?? costAs(request.model)) || undefined
  }

  return {
    call(request) {
      const { model } = request
      const call: Call = { request, isOpen: false, model, characters: 0, usage: undefined }
      calls.push(call)
      return (event) => take(call, event)
    },
    reckoned: () => sumOf(calls.map(reckon)),
    total: () => sumOf(calls.map((call) => reckon(call) ?? call.usage?.cost_usd)),
  }
}

function sumOf(costs: readonly (number | undefined)[]): number | undefined {
  const known = costs.filter((cost) => cost !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, cost) => sum + cost, 0)
}
