import type { Model } from '../../shared/contract/model.js'
import type { Usage } from './types.js'

/** No answer costs more: what a gateway says beyond is a mistake of its. */
const mostDollars = 1e9

/** An amount of money that can be added up. */
export const isSoundCost = (dollars: number | undefined): dollars is number =>
  dollars !== undefined && dollars >= 0 && dollars <= mostDollars

/** US dollars of so many tokens; undefined where a price is not known. */
export function costOf(
  prices: Model['prices'] | undefined,
  tokens: Pick<Usage, 'prompt_tokens' | 'completion_tokens'>,
): number | undefined {
  if (!prices || prices.input === null || prices.output === null) return undefined
  const micro = tokens.prompt_tokens * prices.input + tokens.completion_tokens * prices.output
  const dollars = Number((micro / 1e6).toPrecision(12))
  return isSoundCost(dollars) ? dollars : undefined
}
