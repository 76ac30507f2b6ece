import type { Model } from '../../shared/contract/model.js'

/** 128000 is 128k, 1048576 is 1.0M. */
export function formatTokens(tokens: number | null): string {
  if (tokens === null) return '-'
  if (tokens < 1_000) return String(tokens)
  return tokens < 1_000_000
    ? `${Math.round(tokens / 1_000)}k`
    : `${(tokens / 1_000_000).toFixed(1)}M`
}

/** US dollars per million tokens. */
export function formatPrice(dollars: number | null): string {
  if (dollars === null) return '-'
  if (dollars === 0) return '0'
  return dollars < 0.01 ? dollars.toPrecision(1) : dollars.toFixed(2)
}

type Abilities = Pick<Model, 'vision' | 'tools' | 'reasoning'>

/** What a model is known to be able to do. */
export function abilitiesOf(model: Abilities): string[] {
  return (['vision', 'tools', 'reasoning'] as const).filter((ability) => model[ability])
}

/** The same in three cells, each ability in its own; `abilityLegend` says what they mean. */
export function abilityMarks({ vision, tools, reasoning }: Abilities): string {
  return `${vision ? 'V' : ' '}${tools ? 'T' : ' '}${reasoning ? 'R' : ' '}`
}

export const abilityLegend = 'V vision  T tools  R reasoning'
