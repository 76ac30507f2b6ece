import type { CallParams } from '../../shared/contract/param-table.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Gateway } from '../gateway/types.js'
import type { Idempotency, StartInput, StartResult, TurnChoice } from '../store/turn-start.js'
import { guardBudget, isLimited, type Limits, plannedCalls, withoutPrice } from './budget.js'
import {
  type Asked,
  choose,
  type Defaults,
  guardContext,
  historyLimit,
  type Warning,
} from './choose.js'

export interface StartRequest {
  owner: string
  sessionId: string
  asked: Asked
  /** What of the parameters the post names. */
  params: CallParams
  /** What the session may have cost with this turn, US dollars. */
  maxCost?: number | undefined
  idempotency?: Idempotency | undefined
}

export interface BeginDeps {
  gateway: Gateway
  instance: string
  boot: string
  leaseMs: number
  /** The model for when nobody names one. */
  defaultModel?: string | undefined
  budget?: Pick<Limits, 'session' | 'day'> | undefined
  start(input: StartInput): Promise<StartResult>
}

export interface Begun {
  result: StartResult
  warnings: readonly Warning[]
}

/** What a turn is begun with. */
interface Known extends Defaults {
  /** The gateway was asked for its prices just now: what it does not tell, nobody knows. */
  isPriced?: boolean
}

/** Thrown where a budget needs prices that are not there yet. */
const pricesMissing = new Error('the prices have to be read')

/**
 * Makes a turn of a request. What only the gateway can say is asked for when it is missing, and never
 * inside of the transaction, which has the session locked.
 */
export function createBeginner(deps: BeginDeps): (request: StartRequest) => Promise<Begun> {
  const { gateway } = deps
  const defaults: Defaults = {
    model: deps.defaultModel,
    contextWindow: (model) => gateway.peek(model)?.context_window ?? undefined,
  }
  const pricesOf = (model: string) => gateway.peek(model)?.prices

  const beginWith = async (request: StartRequest, known: Known): Promise<Begun> => {
    let warnings: Warning[] = []
    const limits: Limits = { ...deps.budget, request: request.maxCost }
    const result = await deps.start({
      owner: request.owner,
      sessionId: request.sessionId,
      content: request.asked.message,
      params: request.params,
      idempotency: request.idempotency,
      instance: deps.instance,
      boot: deps.boot,
      leaseMs: deps.leaseMs,
      choose(session, question): TurnChoice {
        const choice = choose(request.asked, session, question, known)
        warnings = choice.warnings
        return choice
      },
      limit: (choice) => historyLimit(choice, known),
      isLimited: isLimited(limits),
      guard(choice, role, asked, spent) {
        warnings.push(...guardContext(choice, role?.instructions, asked, known))
        if (spent === undefined) return
        const calls = plannedCalls(choice, role?.instructions, asked, pricesOf)
        if (!known.isPriced && withoutPrice(calls).length > 0) throw pricesMissing
        warnings.push(...guardBudget(calls, limits, spent))
      },
    })
    return { result, warnings }
  }

  return async (request) => {
    // Nobody waits for it: by the end of the answer the prices are known, and soon the windows.
    const catalogue = gateway.models().catch(() => undefined)
    try {
      return await beginWith(request, defaults)
    } catch (error) {
      if (error === pricesMissing) {
        await catalogue
        return beginWith(request, { ...defaults, isPriced: true })
      }
      // Only when really nobody named a model is the gateway asked for one.
      if (!(error instanceof ProblemError) || error.code !== 'model_required') throw error
      const firstModel = await firstOfCatalogue(gateway)
      if (firstModel === undefined) throw error
      return beginWith(request, { ...defaults, firstModel, isPriced: true })
    }
  }
}

async function firstOfCatalogue(gateway: Gateway): Promise<string | undefined> {
  const catalogue = await gateway.models()
  // The demo answers only who asks for it by name.
  if (catalogue.source === 'offline') throw new ProblemError('gateway_unreachable')
  return catalogue.data[0]?.id
}
