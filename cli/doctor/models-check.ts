import type { Catalogue } from '../../shared/contract/model.js'
import { nearest } from '../../shared/nearest.js'
import { sanitiseLine } from '../text/sanitise.js'
import { rankByName } from '../tui/slash/rank.js'
import { type Finding, fail, ok, warn } from './check.js'
import { shellWord } from './shell-word.js'

export interface WantedModels {
  /** The gateway is alive, and has not listed any in time. */
  readonly isLate?: boolean | undefined
  /** By -m. */
  readonly asked: string | undefined
  /** By the settings of the daemon. */
  readonly preset: string | undefined
}

const shown = 3

/** Whether the model that would answer is one that the gateway lists. */
export function modelsFinding(
  catalogue: Catalogue,
  { asked, preset, isLate }: WantedModels,
): Finding {
  const ids = catalogue.data.map(({ id }) => id)
  const wanted = asked ?? preset
  const role = asked === undefined ? 'the default' : 'asked for with -m'
  if (catalogue.source === 'offline') return isLate ? late(wanted, role) : offline(wanted, role)
  const [first] = ids
  if (wanted === undefined) {
    if (first !== undefined) return ok(`none is set as default: ${first}, the gateway's first`)
    return fail(
      'the gateway lists no models, and none is set as default',
      'Give the gateway a model (docs/models.md), or name one: c2a config set model NAME',
    )
  }
  if (ids.includes(wanted)) return ok(`${wanted} is ${role}, and is listed`)
  const pattern = ids.find((id) => matches(id, wanted))
  if (pattern !== undefined) return ok(`${wanted} is ${role}, by ${pattern} of the list`)
  const what = `${wanted}, ${role}, is not among the gateway's ${ids.length} models`
  return warn(what, fixFor(wanted, ids, asked !== undefined))
}

function offline(wanted: string | undefined, role: string): Finding {
  const what = 'no gateway lists any; offline/demo is built in'
  const lost = wanted === undefined || wanted === 'offline/demo' ? '' : `, and ${wanted} is ${role}`
  return warn(`${what}${lost}`, 'Get a gateway first: see above.')
}

function late(wanted: string | undefined, role: string): Finding {
  const what = 'the list did not come in time'
  if (wanted !== undefined) return warn(`${what}; ${wanted} is ${role}`, 'See the gateway above.')
  return warn(`${what}, and none is set as default`, 'Set one: c2a config set model NAME')
}

/** A wildcard of LiteLLM's. */
function matches(id: string, wanted: string): boolean {
  return id.endsWith('*') && wanted.startsWith(id.slice(0, -1))
}

function fixFor(wanted: string, ids: readonly string[], isAsked: boolean): string {
  const names = resembling(wanted, ids)
  const [first] = names
  if (first === undefined) return 'See what there is: c2a models'
  const question = `Did you mean ${names.join(', ')}?`
  if (isAsked) return question
  return `${question} c2a config set model ${shellWord(first)} (or C2A_MODEL, where that is set)`
}

/** The nearest by spelling first, then those that share its parts. */
function resembling(wanted: string, ids: readonly string[]): string[] {
  const parts = [wanted, wanted.split('/').at(-1) ?? wanted]
  const found = parts.flatMap((part) => {
    const close = nearest(part, ids)
    const ranked = rankByName(ids, part, (id) => id)
    const around = ids.filter((id) => wanted.toLowerCase().includes(id.toLowerCase()))
    return [...(close === undefined ? [] : [close]), ...ranked, ...around]
  })
  // The gateway's words become a part of what one is told to do: none of them may begin a line.
  return [...new Set(found)].slice(0, shown).map(sanitiseLine)
}
