import type { Params } from '../../shared/contract/param-table.js'
import { type ProblemCode, problems } from '../../shared/contract/problem.js'
import { databaseHint } from './database-hint.js'
import { readErrorText } from './error-message.js'
import { classify } from './error-rules.js'
import { ForeignListener } from './guard.js'
import { asNumber, asObject, asString, parseJson } from './json.js'
import { paramHint } from './param-hint.js'
import { safeLine } from './redact.js'
import type { GatewayError } from './types.js'

/** What every error needs to be told well. */
export interface ErrorContext {
  /** The gateway's address as people may see it. */
  url: string
  /** The bare key, so that it can be removed wherever a server echoes it. */
  key?: string | undefined
  /** What was sent with the request, for refusals that are about it. */
  params?: Params | undefined
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Trying the same again may help, and costs nothing twice. */
const retryable: ReadonlySet<ProblemCode> = new Set([
  'gateway_unreachable',
  'gateway_starting',
  'rate_limited',
  'overloaded',
])

interface Details {
  upstreamStatus?: number | undefined
  retryAfterMs?: number | undefined
  provider?: string | undefined
  hint?: string | undefined
  isQuoted?: boolean | undefined
}

/** An error of ours or of theirs, in its one form. */
export function gatewayError(
  code: ProblemCode,
  message: string,
  context: ErrorContext,
  details: Details = {},
): GatewayError {
  const { upstreamStatus, retryAfterMs, provider, isQuoted } = details
  const waiting =
    code === 'rate_limited' && retryAfterMs !== undefined
      ? `Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1000))} s.`
      : undefined
  const hint = details.hint ?? waiting ?? problems[code].hint
  return {
    code,
    message: safeLine(message, context.key) || problems[code].title,
    retryable: retryable.has(code),
    ...(hint && { hint }),
    ...(upstreamStatus !== undefined && { upstreamStatus }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(provider && { provider }),
    ...(isQuoted && { isQuoted }),
  }
}

/** The whole sentence: others' words ("No connected db.") need somebody to say what they are about. */
export function detailOf({ code, message, upstreamStatus, isQuoted }: GatewayError): string {
  const { title } = problems[code]
  const isOurs = upstreamStatus === undefined && isQuoted === undefined
  return isOurs || message === title ? message : `${title}: ${message}`
}

/** An HTTP answer that is not the one asked for. `body` is what was read of it. */
export function errorFromResponse(
  status: number,
  headers: Headers,
  body: string,
  context: ErrorContext,
): GatewayError {
  const payload = parseJson(body)
  const structured = asObject(payload) !== undefined
  const text = readErrorText(structured ? payload : body)
  const details = { upstreamStatus: status, provider: text.provider }
  if (status >= 300 && status < 400) {
    const to = asString(headers['location']) ?? 'another address'
    return gatewayError('protocol', `${context.url} redirects to ${to}`, context, details)
  }
  // LiteLLM without a database answers a call without a key like this.
  if (status === 500 && !structured && !context.key && /^Internal Server Error$/.test(text.raw)) {
    const hint = 'A key is required: set it with: c2a config set gateway.key'
    return gatewayError('gateway_auth', 'the gateway wants a key', context, { ...details, hint })
  }
  const names = `${text.type} ${text.code}`
  const code = classify({ status, structured, text: text.raw, names })
  const retryAfterMs = readRetryAfter(headers, text.raw)
  const hint = code === 'bad_request' ? paramHint(text, context.params) : databaseHint(code, text)
  return gatewayError(code, text.message, context, { ...details, retryAfterMs, hint })
}

/** An error inside a stream that had begun: a parsed frame, or the text of one that is not JSON. */
export function errorFromFrame(payload: unknown, context: ErrorContext): GatewayError {
  const text = readErrorText(payload)
  const code = asNumber(text.code)
  const status = code !== undefined && code >= 400 && code < 600 ? code : undefined
  const facts = { status, structured: true, text: text.raw, names: `${text.type} ${text.code}` }
  // A whole HTML page in a data line: not an API at all.
  const html = typeof payload === 'string' && /^\s*<(?:!doctype|html)/i.test(payload)
  const kind = html ? 'protocol' : classify(facts)
  return gatewayError(kind, text.message, context, {
    hint: kind === 'bad_request' ? paramHint(text, context.params) : undefined,
    provider: text.provider,
    isQuoted: true,
    upstreamStatus: status,
    retryAfterMs: readRetryAfter({}, text.raw),
  })
}

/** Where in the exchange the network failed. */
export type NetworkPhase = 'connect' | 'stream'

/** Something that undici or Node threw. */
export function errorFromThrown(
  thrown: unknown,
  phase: NetworkPhase,
  context: ErrorContext,
): GatewayError {
  if (thrown instanceof ForeignListener) {
    return gatewayError('gateway_unreachable', thrown.message, context, { hint: thrown.hint })
  }
  const code = errorCode(thrown)
  const said = thrown instanceof Error ? thrown.message : String(thrown)
  // undici's parser often leaves its code out; inside a stream a mere cut is such an error, too.
  const isParser = thrown instanceof Error && thrown.name === 'HTTPParserError'
  const unparsed = code.startsWith('HPE_') || (isParser && phase === 'connect')
  if (unparsed || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return gatewayError('protocol', `${context.url} does not speak proper HTTP: ${said}`, context)
  }
  if (phase === 'stream') {
    // What the parser missed says nothing to those who read.
    const isCut = isParser || isReset(code)
    const what = isCut ? 'the gateway broke off in the middle of the answer' : undefined
    return gatewayError('stream_truncated', what ?? `the connection broke: ${said}`, context)
  }
  if (code === 'UND_ERR_HEADERS_TIMEOUT') {
    return gatewayError('first_token_timeout', 'no answer began in time', context)
  }
  if (isReset(code)) {
    const message = `${context.url} closed the connection without an answer`
    return gatewayError('upstream_error', message, context)
  }
  const tls = tlsReason(code)
  const why = tls?.why ?? reasons[code] ?? said
  const message = `${context.url} is not reachable: ${why}`
  return gatewayError('gateway_unreachable', message, context, { hint: tls?.hint })
}

/** OpenSSL's own words are for those who know its source. */
function tlsReason(code: string): { why: string; hint: string } | undefined {
  if (/^(?:ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH)|EPROTO$)/.test(code)) {
    const hint = 'Write its address with http://: c2a config set gateway.url URL'
    return { why: `it speaks no TLS (${code})`, hint }
  }
  const why = certificates[code]
  if (why === undefined) return undefined
  const hint =
    'Renew it, or run the daemon with NODE_EXTRA_CA_CERTS=FILE, the certificate to trust.'
  return { why, hint }
}

const untrusted = 'its certificate is not trusted here'
const certificates: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved now',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network to it',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  TimeoutError: 'no answer in time',
}

/** Whether the connection was made and then lost before an answer. */
const isReset = (code: string): boolean =>
  code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET'

/** The code of an error or of the first one behind it (happy eyeballs throw several at once). */
export function errorCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  if (thrown.name === 'TimeoutError') return thrown.name
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  if (thrown instanceof AggregateError) return errorCode(thrown.errors[0])
  return errorCode(thrown.cause)
}

/** Milliseconds to wait, from headers or from LiteLLM's sentence. */
function readRetryAfter(headers: Headers, text: string): number | undefined {
  const exact = asNumber(headers['retry-after-ms'])
  if (exact !== undefined) return Math.max(0, exact)
  const header = asString(headers['retry-after']) ?? asString(headers['llm_provider-retry-after'])
  const seconds = asNumber(header ?? /try again in ([\d.]+) ?s/i.exec(text)?.[1])
  if (seconds !== undefined) return Math.max(0, seconds * 1000)
  const at = header === undefined ? Number.NaN : Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}
