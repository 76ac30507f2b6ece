import { asArray, asObject, asString, type JsonObject, parseJson } from './json.js'

/** What an error says, whatever its shape. */
export interface ErrorText {
  /** As given, without LiteLLM's suffixes: the rules match on it. */
  raw: string
  /** For people: without class names. */
  message: string
  type: string
  code: string
  /** The field of the request that it is about, where the server names one. */
  param: string
  provider?: string
}

/** LiteLLM appends what other models there are, how it retried, where it looked for a key. Nobody may see that. */
const suffix =
  /\s*(?:LiteLLM: model group|Deployment Info:|model=\S+\s+context_window_fallbacks|Received Model Group=|Available Model Group Fallbacks|No fallback model group found|LiteLLM Retried:|LiteLLM Max Retries:|Fallbacks are configured for|Call `\/v1\/models`|Received API Key =)[\s\S]*$/i

const classPrefix = /^(?:litellm\.)?(?:[A-Z]\w*)?(?:Error|Timeout): */
const providerPrefix = /^([A-Z][A-Za-z_]*?)_?(?:[Cc]hat)?Exception(?::| -) */
/** aiohttp's objects in a sentence of LiteLLM's say nothing to anybody. */
const pythonObject = / ssl:(?:<[^>]*>|\w+)/g

/** What is read of any text: some of the patterns take the square of its length, and hold everybody up meanwhile. */
const mostRead = 4_000

const known = (value: unknown): string => {
  const text = typeof value === 'number' ? String(value) : (asString(value) ?? '')
  return text === 'None' ? '' : text.slice(0, mostRead)
}

/** The object that carries type and code: `error` in OpenAI's shape, else the body itself (vLLM, Anthropic). */
function errorObject(body: JsonObject): JsonObject {
  return asObject(body['error']) ?? asObject(body['detail']) ?? body
}

function findMessage(body: JsonObject): string {
  const error = asObject(body['error'])
  const detail = body['detail']
  const candidates: unknown[] = [
    error?.['message'],
    body['error'],
    asObject(detail)?.['error'],
    asObject(detail)?.['message'],
    detail,
    asObject(asArray(detail)?.[0])?.['msg'],
    body['message'],
  ]
  return candidates.map(known).find((text) => text !== '') ?? ''
}

/** FastAPI's: `detail: [{"loc": ["body", "temperature"], "msg": ...}]`. */
function placeOf(detail: unknown): string {
  return known(asArray(asObject(asArray(detail)?.[0])?.['loc'])?.at(-1))
}

/** A proxy's error page, without its markup. */
function plain(text: string): string {
  if (!/^\s*</.test(text)) return text
  return text.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ').trim()
}

function firstLine(text: string): string {
  const line = plain(text)
    .split('\n')
    .find((one) => one.trim() !== '')
  return line?.trim() ?? ''
}

/** Providers' JSON inside LiteLLM's sentence: `AnthropicException - b'{"error":{"message":"..."}}'`. */
function unwrap(text: string): string {
  const json = /^b?['"]?(\{[\s\S]*\})['"]?$/.exec(text.trim())?.[1]
  const inner = json === undefined ? undefined : asObject(parseJson(json))
  return (inner && findMessage(inner)) || text
}

/** Reads an error out of a parsed body (or frame), or out of plain text. */
export function readErrorText(payload: unknown): ErrorText {
  const body = asObject(payload)
  const given = body ? findMessage(body) : firstLine(known(payload))
  const raw = given.replace(suffix, '').replace(pythonObject, '')
  const fields = body ? errorObject(body) : {}
  let message = raw.replace(/^\/chat\/completions: /, '')
  let provider: string | undefined
  for (let match = classPrefix.exec(message); match; match = classPrefix.exec(message)) {
    message = message.slice(match[0].length)
  }
  const named = providerPrefix.exec(message)
  if (named) {
    provider = named[1]
    message = message.slice(named[0].length)
  }
  return {
    raw,
    message: plain(unwrap(message)),
    type: known(fields['type']),
    code: known(fields['code']),
    param: known(fields['param']) || placeOf(body?.['detail']),
    ...(provider && { provider }),
  }
}
