import type { ProblemCode } from '../../shared/contract/problem.js'
import type { Kind } from './endpoint.js'
import type { GatewayError } from './types.js'

/** A try that brought no answer. */
export interface Failure {
  error: GatewayError
  /** HTTP status; undefined when the network failed. */
  status?: number
  /** The body was the API's own JSON, not a proxy's page. */
  structured: boolean
  /** LiteLLM itself says when to come back, for a limit of its own: it relays a provider's under another name. */
  ownLimit?: boolean
  /** Connecting took its whole time: a second try would double the wait. */
  timedOut?: boolean
}

const maxRetries = 2
const maxWaitMs = 10_000
const maxBackoffMs = 8_000

const transient: ReadonlySet<ProblemCode> = new Set([
  'gateway_unreachable',
  'gateway_starting',
  'upstream_error',
  'upstream_timeout',
  'overloaded',
  'rate_limited',
])

/**
 * Milliseconds before the next try, undefined when there must be none. LiteLLM retries by itself, so
 * behind it only what never reached it is tried again; a call is not to be paid for twice.
 */
export function retryDelay(
  failure: Failure,
  retries: number,
  options: { kind: Kind; baseMs: number; random?: () => number },
): number | undefined {
  const { error } = failure
  if (retries >= maxRetries || !transient.has(error.code)) return undefined
  if (!mayRetry(failure, options.kind)) return undefined
  if (error.retryAfterMs !== undefined) {
    return error.retryAfterMs <= maxWaitMs ? error.retryAfterMs : undefined
  }
  const { random = Math.random } = options
  return random() * Math.min(maxBackoffMs, options.baseMs * 2 ** retries)
}

function mayRetry(failure: Failure, kind: Kind): boolean {
  const { error, status, structured, ownLimit, timedOut } = failure
  if (status === undefined) return !timedOut
  if (status === 429) return error.retryAfterMs !== undefined && (kind === 'generic' || !!ownLimit)
  if (status === 502 || status === 503 || status === 504) return kind === 'generic' || !structured
  return kind === 'generic' && (status === 408 || status === 500 || status === 529)
}
