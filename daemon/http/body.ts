import type { Context, MiddlewareHandler } from 'hono'
import { ProblemError } from '../../shared/contract/problem.js'
import { createGrowingBytes } from '../growing-bytes.js'
import { mayNeedGate, storable } from '../text-gate.js'
import { type AppEnv, slackPath } from './env.js'
import { checkShape } from './json-shape.js'
import { createPieceCount } from './pace.js'

/** A body may have this many bytes; a message's own limit is lower and counted after parsing. */
const maxBodyBytes = 32 * 1024 * 1024
/** All that is read of somebody without a token: a name and a password. */
const maxLoginBytes = 4 * 1024

/** The one route whose body is no JSON. */
export const importPath = '/api/import'
const streamed = /^application\/(x-ndjson|gzip|octet-stream) *(;|$)/i

/**
 * Reads the body once: bounded, JSON only, valid, and through the text gate, so that every string a
 * handler sees is storable. JSON only is also what keeps a web page's simple POST out.
 */
export const readBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { method } = c.req
  // Its signature is over the bytes as they came: the route reads them itself.
  if (c.req.path === slackPath) return next()
  const { headers } = c.env.incoming
  const empty =
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] === undefined || headers['content-length'] === '0')
  const stranger = c.get('identity') === undefined
  // Nobody without a token makes us read, let alone parse, what no open route takes.
  if (method === 'GET' || method === 'HEAD' || (stranger && c.req.path !== '/api/login')) {
    return next()
  }
  if (c.req.path === importPath) {
    // Of any size, so it is read as it comes.
    if (streamed.test(headers['content-type'] ?? '')) return next()
    throw new ProblemError('unsupported_media_type', 'the body must be a file of c2a export', {
      hint: 'Send "Content-Type: application/x-ndjson", or application/gzip.',
    })
  }
  if (empty) {
    // A client that names the type and sends nothing means an empty object.
    keep(c, '{}')
    return next()
  }
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new ProblemError('unsupported_media_type')
  }
  const most = stranger ? maxLoginBytes : maxBodyBytes
  if (Number(headers['content-length']) > most) throw tooLarge(most)
  const text = (await readBytes(c.req.raw.body, most)).toString('utf8')
  checkShape(text)
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

function tooLarge(most: number): ProblemError {
  const unit = most === maxBodyBytes ? ' (32 MiB)' : ''
  return new ProblemError('payload_too_large', `the body is larger than ${most} bytes${unit}`)
}

function gate(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? storable(value) : value
}

/** A whole body. Throws ProblemError `payload_too_large`, and `invalid_request` when it ends early. */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0)
  const bytes = createGrowingBytes()
  const count = createPieceCount()
  try {
    for await (const chunk of body) {
      count(chunk.byteLength)
      if (bytes.length + chunk.byteLength > most) throw tooLarge(most)
      bytes.add(chunk)
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error
    // The sender hung up: nobody reads this, and it is no failure of ours.
    throw new ProblemError('invalid_request', 'the body ended early', { cause: error })
  }
  return bytes.take()
}
