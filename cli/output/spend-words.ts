import type { Usage } from '../../shared/contract/message.js'
import type { Spend } from '../../shared/contract/spend.js'
import { formatDollars } from '../../shared/money.js'

/** From this share of a budget on it is told unasked. */
const nearShare = 0.8

/** A sum, and the budget that holds it where there is one: `~$4.10 of $5.00`. */
export function sumOf(
  {
    cost_usd: dollars = 0,
    cost_estimated: isEstimated,
  }: Pick<Usage, 'cost_usd' | 'cost_estimated'>,
  budget: number | undefined,
): string {
  const sum = formatDollars(dollars, isEstimated && dollars > 0)
  return budget === undefined ? sum : `${sum} of ${formatDollars(budget)}`
}

/** What the owner has spent today: `~$4.10 of $5.00`. */
export function todayOf({ day }: Spend): string {
  return sumOf(day, day.budget_usd)
}

/** Soon, or now, nothing more is sent. */
export function isNear(dollars: number | undefined, budget: number | undefined): boolean {
  return budget !== undefined && (dollars ?? 0) >= budget * nearShare
}

/** Lines for who asks what it has cost. `spend` is undefined where the daemon is too old to tell. */
export function costLines(usage: Usage | undefined, spend: Spend | undefined): string[] {
  return [
    `This session: ${ofSession(usage, spend?.session_budget_usd)}`,
    ...(spend === undefined ? [] : [`Today (UTC), all sessions: ${todayOf(spend)}`]),
    ...(spend?.day.budget_usd === undefined && spend?.session_budget_usd === undefined
      ? ['No budget is set; c2a config set budget.day_usd USD sets one.']
      : []),
  ]
}

function ofSession(usage: Usage | undefined, budget: number | undefined): string {
  if (usage === undefined) {
    return 'nothing was counted yet (stopped answers are only where a price is known)'
  }
  const { prompt_tokens: read, completion_tokens: written, cost_usd: dollars } = usage
  // Booked for what was cut off, whose tokens nobody told.
  if (read + written === 0 && dollars !== undefined) {
    return `${sumOf(usage, budget)}; the gateway counted no tokens`
  }
  const tokens = `${read} tokens in, ${written} out`
  if (dollars === undefined) return `${tokens}; no price is known`
  return `${tokens}, ${sumOf(usage, budget)}`
}
