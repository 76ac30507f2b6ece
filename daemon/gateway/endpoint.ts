import { type ErrorContext, errorFromThrown, gatewayError } from './errors.js'
import { ForeignListener } from './guard.js'
import type { Http } from './http.js'
import { asObject, parseJson } from './json.js'
import { defaultProbeUrls } from './options.js'
import type { GatewayError, GatewayStatus } from './types.js'

export type Kind = GatewayStatus['kind']

/** One OpenAI-compatible server. */
export interface Endpoint {
  /** What `/chat/completions` and `/models` are appended to. */
  readonly base: string
  /** LiteLLM's health routes hang here. */
  readonly root: string
  /** For people: without credentials. */
  readonly url: string
  kind: Kind
  /** The server has refused `stream_options`. */
  refusesStreamOptions: boolean
  /** Models that have refused a system message (Gemma's template has none). */
  readonly withoutSystem: Set<string>
}

/** Finds the gateway and remembers what it is. */
export interface Locator {
  /**
   * The endpoint, its kind asked for once. undefined: no URL is configured and nothing answers at
   * the usual addresses. `force` asks again where the last look was a moment ago.
   */
  find(options?: { force?: boolean }): Promise<Endpoint | undefined>
  /** What to say where `find` found none. */
  absence(context: ErrorContext): GatewayError
  /** The connection failed: next time look again, and ask again what it is. */
  forget(): void
  /** Where it is, or would be looked for. */
  readonly url: string
}

const probeTimeoutMs = 2_000
const probeEveryMs = 2_000

/** Takes a base URL with or without `/v1`, or even a pasted `/chat/completions`. Throws TypeError when it is not one. */
export function parseBaseUrl(given: string): Endpoint {
  const parsed = new URL(given)
  if (!/^https?:$/.test(parsed.protocol)) throw new TypeError(`${given} is not an http(s) URL`)
  const path = parsed.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '')
  const versioned = /\/v\d+\w*(\/|$)/.test(path)
  const base = `${parsed.origin}${path}${versioned ? '' : '/v1'}`
  const root = `${parsed.origin}${path.replace(/\/v\d+\w*$/, '')}`
  return {
    base,
    root,
    url: `${parsed.origin}${path}`,
    kind: 'unknown',
    refusesStreamOptions: false,
    withoutSystem: new Set(),
  }
}

export function createLocator(
  http: Http,
  configured: string | undefined,
  probeUrls: readonly string[] = defaultProbeUrls,
): Locator {
  const fixed = configured === undefined ? undefined : parseBaseUrl(configured)
  let found: Endpoint | undefined
  /** Somebody was there who must not be asked. */
  let stranger: ForeignListener | undefined
  let looked = Number.NEGATIVE_INFINITY
  let looking: Promise<Endpoint | undefined> | undefined

  const look = async (): Promise<Endpoint | undefined> => {
    if (fixed) {
      fixed.kind = await detectKind(http, fixed)
      return fixed
    }
    stranger = undefined
    for (const url of probeUrls) {
      const candidate = parseBaseUrl(url)
      candidate.kind = await detectKind(http, candidate, (one) => {
        stranger ??= one
      })
      // Anything may listen on these ports: only LiteLLM's own words make it the gateway.
      if (candidate.kind === 'litellm') return candidate
    }
    return undefined
  }

  return {
    url: fixed?.url ?? probeUrls.join(' or '),
    async find({ force = false } = {}) {
      if (found && found.kind !== 'unknown') return found
      if (!looking && !force && performance.now() - looked < probeEveryMs) return fixed
      looking ??= look().finally(() => {
        looked = performance.now()
        looking = undefined
      })
      found = await looking
      return found
    },
    absence(context) {
      if (stranger) return errorFromThrown(stranger, 'connect', context)
      const message = `no gateway answers at ${context.url}`
      return gatewayError('gateway_unreachable', message, context)
    },
    forget() {
      if (found) found.kind = 'unknown'
      found = undefined
    },
  }
}

/** LiteLLM says so without a key; 4xx and other words are another server; silence and 5xx tell nothing. */
async function detectKind(
  http: Http,
  endpoint: Endpoint,
  onStranger?: (stranger: ForeignListener) => void,
): Promise<Kind> {
  try {
    const answer = await http.get(`${endpoint.root}/health/liveliness`, {}, probeTimeoutMs)
    if (answer.status === 200 && /^"?I'm alive!"?$/.test(answer.text.trim())) return 'litellm'
    if ('x-litellm-version' in answer.headers) return 'litellm'
    if (answer.status >= 500) return 'unknown'
    return asObject(parseJson(answer.text))?.['litellm_version'] ? 'litellm' : 'generic'
  } catch (thrown) {
    if (thrown instanceof ForeignListener) onStranger?.(thrown)
    // Not there (yet): whoever needs it will meet the error itself.
    return 'unknown'
  }
}
