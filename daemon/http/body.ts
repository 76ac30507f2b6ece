import type { Context, MiddlewareHandler } from 'hono'
import { ProblemError } from '../../shared/contract/problem.js'
import { mayNeedGate, storable } from '../text-gate.js'
import type { AppEnv } from './env.js'

/** A body may have this many bytes; a message's own limit is lower and counted after parsing. */
const maxBodyBytes = 32 * 1024 * 1024

/**
 * Reads the body once: bounded, JSON only, valid, and through the text gate, so that every string a
 * handler sees is storable. JSON only is also what keeps a web page's simple POST out.
 */
export const readBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { method } = c.req
  const { headers } = c.env.incoming
  const empty =
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] === undefined || headers['content-length'] === '0')
  if (method === 'GET' || method === 'HEAD') return next()
  if (empty) {
    // A client that names the type and sends nothing means an empty object.
    keep(c, '{}')
    return next()
  }
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new ProblemError('unsupported_media_type')
  }
  if (Number(headers['content-length']) > maxBodyBytes) throw tooLarge()
  const text = await readText(c.req.raw.body)
  let gated = text
  try {
    const value: unknown = JSON.parse(text, mayNeedGate(text) ? gate : undefined)
    if (mayNeedGate(text)) gated = JSON.stringify(value)
  } catch (error) {
    throw new ProblemError('invalid_request', 'the body is not valid JSON', { cause: error })
  }
  keep(c, gated)
  return next()
}

/** What c.req.json() and the validators read: Hono keeps promises there, whatever its type says. */
function keep(c: Context<AppEnv>, text: string): void {
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
}

function tooLarge(): ProblemError {
  return new ProblemError(
    'payload_too_large',
    `the body is larger than ${maxBodyBytes} bytes (32 MiB)`,
  )
}

function gate(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value
}

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBodyBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
