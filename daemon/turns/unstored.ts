import type { Pool } from 'pg'
import type { ChatRequest, Gateway, GatewayEvent } from '../gateway/types.js'
import type { Log } from '../log.js'
import { bookSpend, readSpent } from '../store/spend.js'
import { guardBudget, type Limits } from './budget.js'
import { tokensOf } from './context.js'
import { createMeter } from './meter.js'

interface Deps {
  gateway: Pick<Gateway, 'chat' | 'models' | 'peek'>
  pool: Pool
  budget: Pick<Limits, 'day'>
  log: Log
}

export interface Unstored {
  /** As the gateway's, for an owner who pays. Throws ProblemError `budget_exceeded` before anything is sent. */
  chat(owner: string, request: ChatRequest, signal: AbortSignal): AsyncIterable<GatewayEvent>
}

/** Completions that belong to no session: nothing of them is kept but what they have cost. */
export function createUnstored({ gateway, pool, budget, log }: Deps): Unstored {
  const guard = async (owner: string, { model, messages, callId }: ChatRequest): Promise<void> => {
    // Without a budget nobody waits for it: by the end of the answer the prices are known.
    const catalogue = gateway.models().catch(() => undefined)
    if (budget.day === undefined) return
    if (gateway.peek(model) === undefined) await catalogue
    const characters = messages.reduce((sum, { content }) => sum + content.length, 0)
    const call = { model, prompt: tokensOf(characters), prices: gateway.peek(model)?.prices }
    // No session has this id, hence none has spent anything.
    guardBudget([call], { day: budget.day }, await readSpent(pool, owner, callId))
  }

  return {
    async *chat(owner, request, signal) {
      await guard(owner, request)
      const meter = createMeter(gateway)
      const see = meter.call(request)
      let isEstimated = true
      try {
        for await (const event of gateway.chat(request, signal)) {
          see(event)
          if (event.type === 'usage') isEstimated = event.usage.cost_estimated ?? false
          yield event
        }
      } finally {
        const dollars = meter.total()
        const id = request.callId
        if (dollars !== undefined && dollars > 0) {
          await bookSpend(pool, { id, owner }, { dollars, isEstimated }).catch((error: Error) =>
            log.warn({ call: id, error: error.message }, 'could not book what a call has cost'),
          )
        }
      }
    },
  }
}
