import type { Model } from '../../shared/contract/model.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { formatDollars } from '../../shared/money.js'
import { answeringPrompt, planningPrompt } from '../../shared/plan.js'
import type { Spent, SpentSoFar } from '../store/spend.js'
import type { Conversation, TurnChoice } from '../store/turn-start.js'
import type { Warning } from './choose.js'
import { estimateTokens } from './context.js'

/** Limits in US dollars; undefined: there is none. */
export interface Limits {
  session?: number | undefined
  day?: number | undefined
  /** What the request allows its session to have cost with it. */
  request?: number | undefined
}

export const isLimited = (limits: Limits): boolean =>
  Object.values(limits).some((limit) => limit !== undefined)

/** A completion of the turn, before it is sent. */
export interface PlannedCall {
  model: string
  /** Tokens, estimated. */
  prompt: number
  /** Undefined where they are not known. */
  prices: Model['prices'] | undefined
}

/** What the turn is going to send, as far as it is known before. */
export function plannedCalls(
  { model, plan }: TurnChoice,
  instructions: string | undefined,
  { question, history }: Conversation,
  pricesOf: (model: string) => Model['prices'] | undefined,
): PlannedCall[] {
  const call = (name: string, question: string): PlannedCall => ({
    model: name,
    prompt: estimateTokens({ instructions, history, question }),
    prices: pricesOf(name),
  })
  if (plan === null) return [call(model, question)]
  return [
    call(plan.planning_model, planningPrompt(question)),
    call(plan.answering_model, answeringPrompt(question, '')),
  ]
}

/** The models of which nobody knows what they cost. */
export function withoutPrice(calls: readonly PlannedCall[]): string[] {
  const unknown = calls.filter(({ prices }) => !prices || prices.input === null)
  return [...new Set(unknown.map(({ model }) => model))]
}

/**
 * The guard on money: refuses a turn when what was spent and the least that it will cost are more than
 * a limit, since then not even its prompt may be sent. What is free is never refused; what has no
 * price is only warned of. Throws ProblemError `budget_exceeded`.
 */
export function guardBudget(
  calls: readonly PlannedCall[],
  limits: Limits,
  spent: SpentSoFar,
): Warning[] {
  const paid = calls.flatMap(({ prompt, prices }) =>
    !prices || prices.input === null || (prices.input === 0 && prices.output === 0)
      ? []
      : [(prompt * prices.input) / 1e6],
  )
  const least = paid.reduce((sum, dollars) => sum + dollars, 0)
  if (paid.length > 0) {
    for (const budget of budgetsOf(limits, spent)) refuseBeyond(budget, least)
  }
  const unknown = withoutPrice(calls)
  if (unknown.length === 0) return []
  const detail = `no price is known for ${unknown.join(' and ')}: the budget cannot hold it`
  return [{ code: 'budget_unknown', detail }]
}

interface Budget {
  limit: number | undefined
  spent: Spent
  name: string
  /** Where `spent` was spent. */
  where: string
  hint: string
}

function budgetsOf({ session, day, request }: Limits, spent: SpentSoFar): Budget[] {
  return [
    {
      limit: request,
      spent: spent.session,
      name: 'the limit of this request',
      where: 'in this session',
      hint: 'Raise it with --max-cost USD (max_cost in the API), or ask in a new session.',
    },
    {
      limit: session,
      spent: spent.session,
      name: 'the budget of a session',
      where: 'in this one',
      hint: 'Start a new session, or raise it with: c2a config set budget.session_usd USD',
    },
    {
      limit: day,
      spent: spent.day,
      name: 'the budget of a day',
      where: 'today (UTC)',
      hint: 'Wait for midnight UTC, or raise it with: c2a config set budget.day_usd USD',
    },
  ]
}

function refuseBeyond({ limit, spent, name, where, hint }: Budget, least: number): void {
  if (limit === undefined || spent.dollars + least <= limit) return
  const known = formatDollars(spent.dollars, spent.isEstimated && spent.dollars > 0)
  throw new ProblemError(
    'budget_exceeded',
    `${name} is ${formatDollars(limit)}: ${known} is spent ${where}, and this would cost at least ${formatDollars(least, true)}`,
    { hint },
  )
}
