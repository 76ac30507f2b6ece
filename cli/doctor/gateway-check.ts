import type { Ready } from '../../shared/contract/health.js'
import { type Finding, fail, ok, warn } from './check.js'

type Gateway = NonNullable<Ready['details']>['gateway']

/** Versions of LiteLLM that were withdrawn. */
const withdrawn = ['1.82.7', '1.82.8', '1.107.0']
const kinds = { litellm: 'LiteLLM', generic: 'OpenAI-compatible', unknown: 'of a kind unknown' }

/** As the daemon tells of it. `models` is how many it lists, where that is known. */
export function gatewayFinding(gateway: Gateway, models: number | undefined): Finding {
  const { reachable, kind, url, version, problem } = gateway
  if (!reachable) return away(gateway)
  const who = [url, [kinds[kind], version].filter(Boolean).join(' ')].join(', ')
  if (problem !== undefined) {
    const keyless = gateway.has_key === false ? ', no key set' : ''
    // It names the gateway itself, and what that is nobody knows then.
    const detail = problem.startsWith(url) ? problem : `${who}${keyless}: ${problem}`
    return fail(detail, gateway.hint ?? usualHint)
  }
  if (gateway.slow) {
    if (models === undefined) {
      return warn(
        `${who}: it answers, but did not list its models in time`,
        `${slowLog} ${patience}`,
      )
    }
    return warn(`${who}: it answers, but lists its models late: ${countOf(models)}`, slowLog)
  }
  if (version !== undefined && withdrawn.includes(version.replace(/^v/, ''))) {
    return warn(
      `${who}: this version of LiteLLM was withdrawn`,
      'Install another version of LiteLLM, and renew the keys that this one knew.',
    )
  }
  // An older daemon does not tell whether it has one.
  const key = { true: ['key accepted'], false: ['no key set, and none asked for'], undefined: [] }
  const count = models === undefined ? [] : [countOf(models)]
  return ok([who, ...key[`${gateway.has_key}`], ...count].join(', '))
}

const countOf = (models: number): string => (models === 1 ? '1 model' : `${models} models`)

const slowLog =
  'See its own log for what it waits for (its database, perhaps), of one that c2a started: c2a stack logs litellm.'
const patience =
  'Meanwhile name a model: c2a ask -m NAME. To wait for longer: ' +
  'c2a config set time.catalogue_timeout_ms 30000'
const usualHint = 'See the log: c2a daemon logs'

function away({ problem, hint, url }: Gateway): Finding {
  const what = problem ?? `no gateway answers at ${url}`
  return fail(`${what}; only offline/demo, the built-in demo, answers meanwhile`, hint ?? usualHint)
}
