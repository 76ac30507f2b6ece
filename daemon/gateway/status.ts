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
    const list = await http.get(`${endpoint.base}/models`, authHeaders(key), patienceMs)
    const version =
      endpoint.kind === 'litellm'
        ? await readVersion(http, endpoint.root, { key, patienceMs })
        : undefined
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

/** Newer versions tell it only to those who bring a key, older ones to everybody. */
async function readVersion(
  http: Http,
  root: string,
  { key, patienceMs }: Pick<StatusOptions, 'key' | 'patienceMs'>,
): Promise<string | undefined> {
  for (const path of ['/health/readiness/details', '/health/readiness']) {
    const answer = await http.get(`${root}${path}`, authHeaders(key), patienceMs)
    const version = asString(asObject(parseJson(answer.text))?.['litellm_version'])
    if (version) return version.slice(0, 100)
  }
  return undefined
}
