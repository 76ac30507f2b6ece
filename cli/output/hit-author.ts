import type { SearchHit } from '../../shared/contract/search.js'

/** Who wrote what was found: `You`, a model, or that it is a title. Not sanitised. */
export function hitAuthor({ message_id, role, kind, model, variant_of }: SearchHit): string {
  if (message_id === null) return 'title'
  if (role === 'user') return 'You'
  const name = model ?? 'answer'
  const whole = kind === 'plan' ? `plan, ${name}` : name
  return variant_of === null ? whole : `older, ${whole}`
}
