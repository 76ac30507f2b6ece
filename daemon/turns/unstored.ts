import type { Pool } from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import { within } from '../../shared/within.js'
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
  /**
   * As the gateway's, for an owner who pays. Throws ProblemError `budget_exceeded` or `shutting_down`
   * before anything is sent.
   */
  chat(owner: string, request: ChatRequest, signal: AbortSignal): AsyncIterable<GatewayEvent>
  /** Refuses new ones, lets the running ones finish for `graceMs`, and ends the rest with an error `shutting_down`. */
  drain(graceMs: number): Promise<void>
}

/** How long those that are cut may take to say so, ms. */
const cutMs = 1_000

const shuttingDown: GatewayEvent = {
  type: 'error',
  error: { code: 'shutting_down', message: 'the answer was interrupted', retryable: false },
  partial: true,
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

  /** What cuts each that runs; the promise of its end. */
  const running = new Map<AbortController, Promise<void>>()
  let draining = false

  return {
    async *chat(owner, request, signal) {
      await guard(owner, request)
      if (draining) throw new ProblemError('shutting_down')
      const cut = new AbortController()
      let ended = (): void => undefined
      running.set(cut, new Promise<void>((resolve) => (ended = resolve)))
      // Not AbortSignal.any(): Node 20 collects that one as garbage, and it never fires.
      const leave = (): void => cut.abort('left')
      signal.addEventListener('abort', leave)
      if (signal.aborted) leave()
      const meter = createMeter(gateway)
      const see = meter.call(request)
      let isEstimated = true
      try {
        for await (const event of gateway.chat(request, cut.signal)) {
          see(event)
          if (event.type === 'usage') isEstimated = event.usage.cost_estimated ?? false
          const isCut = event.type === 'error' && cut.signal.reason === 'interrupted'
          if (event.type === 'error' && event.error.code !== 'cancelled') {
            const { code, message } = event.error
            log.warn({ call: request.callId, model: request.model, code }, message)
          }
          yield isCut ? shuttingDown : event
        }
      } finally {
        signal.removeEventListener('abort', leave)
        const dollars = meter.total()
        const id = request.callId
        if (dollars !== undefined && dollars > 0) {
          await bookSpend(pool, { id, owner }, { dollars, isEstimated }).catch((error: Error) =>
            log.warn({ call: id, error: error.message }, 'could not book what a call has cost'),
          )
        }
        running.delete(cut)
        ended()
      }
    },

    async drain(graceMs) {
      draining = true
      const all = Promise.all(running.values())
      if (
        await within(
          graceMs,
          all.then(() => true),
          () => false,
        )
      )
        return
      for (const cut of running.keys()) cut.abort('interrupted')
      await within(cutMs, all, () => undefined)
    },
  }
}
