import { type ErrorContext, errorFromResponse, gatewayError } from './errors.js'
import type { HttpAnswer } from './http.js'
import { parseJson } from './json.js'
import type { GatewayError } from './types.js'

/** What servers answer that have no such address or know no such method. */
const foreign: readonly number[] = [404, 405, 501]

/** What is wrong with an answer to `GET /models`; undefined for a list, and for an API that has none. */
export function listError(answer: HttpAnswer, context: ErrorContext): GatewayError | undefined {
  const { status, headers, text } = answer
  const body = parseJson(text)
  const isJson = typeof body === 'object' && body !== null
  if (isJson && (status === 200 || status === 404)) return undefined
  if (status === 200 || (!isJson && foreign.includes(status))) {
    const page = /^\s*</.test(text) ? 'a web page' : 'no JSON'
    const message = `${context.url} gave no list of models, but ${page} (HTTP ${status})`
    return gatewayError('protocol', message, context)
  }
  return errorFromResponse(status, headers, text, context)
}
