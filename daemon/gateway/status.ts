import type { Secret } from '../secret.js'
import type { Locator } from './endpoint.js'
import { errorFromThrown } from './errors.js'
import type { Http } from './http.js'
import { asObject, asString, parseJson } from './json.js'
import { listError } from './list-error.js'
import { authHeaders } from './request.js'
import type { GatewayStatus } from './types.js'

export interface StatusOptions {
  http: Http
  locator: Locator
  key: Secret | undefined
  /** For each question, ms. */
  patienceMs: number
  /** Whether it is there at all; never rejects. */
  answers(): Promise<boolean>
}

/** Less than what a scrape of the metrics waits for. */
const versionPatienceMs = 1_000

/**
 * Whether the gateway answers, what it is, and whether it takes our key. Never LiteLLM's `/health`,
 * which calls every model.
 */
export async function readStatus({
  http,
  locator,
  key,
  patienceMs,
  answers,
}: StatusOptions): Promise<GatewayStatus> {
  const endpoint = await locator.find()
  const context = { url: endpoint?.url ?? locator.url, key: key?.reveal() }
  const hasKey = key !== undefined
  if (!endpoint) {
    const error = locator.absence(context)
    return { reachable: false, kind: 'unknown', url: locator.url, hasKey, error }
  }
  const { url } = endpoint
  const alive = answers()
  try {
    const [list, version] = await Promise.all([
      http.get(`${endpoint.base}/models`, authHeaders(key), patienceMs),
      endpoint.kind === 'litellm' ? readVersion(http, endpoint.root, key) : undefined,
    ])
    const error = listError(list, context)
    const { kind } = endpoint
    return {
      ...{ reachable: true, kind, url, hasKey },
      ...(version && { version }),
      ...(error && { error }),
    }
  } catch (thrown) {
    if (isLate(thrown) && (await alive)) {
      return { reachable: true, kind: endpoint.kind, url, hasKey, slow: true }
    }
    locator.forget()
    const error = errorFromThrown(thrown, 'connect', context)
    return { reachable: false, kind: 'unknown', url, hasKey, error }
  }
}

/** No answer in time, ours or undici's, as opposed to no connection. */
function isLate(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  return /^(?:TimeoutError|HeadersTimeoutError|BodyTimeoutError)$/.test(thrown.name)
}

/**
 * Told to the master key only; older versions tell everybody, at another address. Nothing hangs on it: while
 * its database is away, LiteLLM takes seconds for this, and answers questions all the same.
 */
async function readVersion(
  http: Http,
  root: string,
  key: Secret | undefined,
): Promise<string | undefined> {
  const ask = (path: string) => http.get(`${root}${path}`, authHeaders(key), versionPatienceMs)
  try {
    const details = await ask('/health/readiness/details')
    const { text } = details.status === 404 ? await ask('/health/readiness') : details
    return asString(asObject(parseJson(text))?.['litellm_version'])?.slice(0, 100)
  } catch {
    return undefined
  }
}
