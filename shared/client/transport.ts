import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { type Problem, ProblemError, problems } from '../contract/problem.js'
import { silent, unreachable } from './unreachable.js'

/** A stream says something at least every 15 s (heartbeats); after this silence the line is dead, ms. */
const usualSilenceMs = 60_000

/** Where the daemon is. https is loaded only when it is asked for. */
export type Target = { socketPath: string } | { url: string }

export interface TransportOptions {
  target: Target
  token?: string | undefined
  /** After so much silence a line is dead, ms. Default 60,000. */
  silenceMs?: number
  /**
   * Called when nobody listens at the target: brings the daemon (back) up and says where and with
   * which token. Not called when a request had reached somebody.
   */
  revive?: (() => Promise<{ target: Target; token?: string | undefined }>) | undefined
}

interface SendOptions {
  body?: unknown
  /** A body of any size, instead; not sent again to a daemon that had to be started. */
  stream?: Readable
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** A status that is an answer, too, beside 2xx. */
  alsoFine?: number
  /** For what may take longer than usual, ms. */
  silenceMs?: number
}

/** Sends requests to one daemon. On node:http: fetch costs a client more than Node itself. */
export interface Transport {
  /** The response of a 2xx status. Throws the daemon's ProblemError for any other, or `daemon_unreachable`. */
  ok(method: string, path: string, options?: SendOptions): Promise<IncomingMessage>
  /** The response of a 2xx status, which is an event stream. */
  events(method: string, path: string, options?: SendOptions): Promise<IncomingMessage>
  /** The body of a 2xx response, which is JSON. */
  json<Body>(method: string, path: string, options?: SendOptions): Promise<Body>
  /** A page of a list. */
  page<Item>(path: string): Promise<Page<Item>>
  close(): void
}

export interface Page<Item> {
  readonly items: Item[]
  /** The cursor of the page before this one; undefined: there is none. */
  readonly older?: string
}

/** `unix:/path` or an http(s) URL. Throws ProblemError `invalid_request`. */
export function parseTarget(address: string): Target {
  if (address.startsWith('unix:')) return { socketPath: address.slice('unix:'.length) }
  if (/^https?:\/\/[^/]/.test(address) && URL.canParse(address)) {
    return { url: address.replace(/\/+$/, '') }
  }
  throw new ProblemError('invalid_request', `not a daemon's address: ${address}`, {
    hint: 'Use http(s)://host:port or unix:/path.',
  })
}

export function createTransport(options: TransportOptions): Transport {
  let { target, token } = options
  const agent = new Agent({ keepAlive: true })

  const send: Transport['ok'] = async (method, path, what = {}) => {
    try {
      return await sendOnce(method, path, what)
    } catch (error) {
      const { revive } = options
      if (revive === undefined || what.stream || !isNobodyThere(error)) throw error
      ;({ target, token } = await revive())
      return sendOnce(method, path, what)
    }
  }

  const sendOnce: Transport['ok'] = async (method, path, what = {}) => {
    const { body, stream, headers, signal, silenceMs = options.silenceMs ?? usualSilenceMs } = what
    const authorization = token === undefined ? undefined : `Bearer ${sendable(token)}`
    const secure = 'url' in target && target.url.startsWith('https:')
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const make = secure ? (await import('node:https')).request : httpRequest
    const where =
      'socketPath' in target ? { socketPath: target.socketPath, path } : new URL(target.url + path)
    return new Promise((resolve, reject) => {
      const asked = {
        ...('socketPath' in target && where),
        method,
        // Else Node compiles its regular expression for IPv6 to find out: 5 ms, a tenth of an ask.
        ...(!secure && { servername: '' }),
        ...(!secure && { agent }),
        ...(signal && { signal }),
        headers: {
          ...(authorization && { authorization }),
          ...(text && { 'content-type': 'application/json', 'content-length': text.byteLength }),
          ...headers,
        },
      }
      const outgoing = where instanceof URL ? make(where, asked) : make(asked)
      outgoing.on('response', (response) => {
        // A refusal comes before the end of what is refused.
        stream?.unpipe(outgoing)
        resolve(response)
      })
      outgoing.on('error', (error) => {
        reject(signal?.aborted ? error : unreachable(nameOf(target), 'url' in target, error))
      })
      outgoing.setTimeout(silenceMs, () =>
        outgoing.destroy(new Error(`${silent} ${silenceMs / 1_000} s`)),
      )
      if (stream === undefined) outgoing.end(text)
      else stream.on('error', (error) => outgoing.destroy(error)).pipe(outgoing)
    })
  }

  const ok: Transport['ok'] = async (method, path, options) => {
    const response = await send(method, path, options)
    const status = response.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === options?.alsoFine) return response
    throw redirected(target, response) ?? toProblem(target, status, await readText(response))
  }

  return {
    ok,
    async events(method, path, options) {
      const headers = { accept: 'text/event-stream', ...options?.headers }
      const response = await ok(method, path, { ...options, headers })
      const type = response.headers['content-type'] ?? 'no content type'
      if (type.startsWith('text/event-stream')) return response
      response.destroy()
      throw stranger(target, type)
    },
    async json(method, path, options) {
      const text = await readText(await ok(method, path, options))
      return parsed(text) ?? raise(stranger(target, 'no JSON'))
    },
    async page(path) {
      const response = await ok('GET', path)
      const items = parsed(await readText(response)) ?? raise(stranger(target, 'no JSON'))
      const older = olderPage(response.headers['link'])
      return { items, ...(older !== undefined && { older }) }
    },
    close() {
      agent.destroy()
    },
  }
}

/** What a header can carry: Node calls anything else a mistake of the program. Throws ProblemError `invalid_request`. */
function sendable(token: string): string {
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token
  const why =
    'the token cannot be sent: it has a blank, a line break or another character of no token'
  throw new ProblemError('invalid_request', token.length > 8192 ? 'the token is too long' : why, {
    hint: 'C2A_TOKEN must hold the token and nothing else.',
  })
}

/** The cursor in `Link: <...?cursor=...>; rel="next"`. */
function olderPage(link: string | string[] | undefined): string | undefined {
  const [, cursor] = /[?&]cursor=([^&>]*)[^>]*>; rel="next"/.exec(String(link ?? '')) ?? []
  return cursor === undefined ? undefined : decodeURIComponent(cursor)
}

/** Refused, or no such socket: the request was never sent, so it may be sent again. */
function isNobodyThere(error: unknown): boolean {
  if (!(error instanceof ProblemError) || error.code !== 'daemon_unreachable') return false
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): ReturnType<typeof JSON.parse> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function raise(error: Error): never {
  throw error
}

const nameOf = (target: Target): string => ('url' in target ? target.url : target.socketPath)

/** A web server, or a proxy without a daemon behind it. */
function stranger(target: Target, what: string): ProblemError {
  return new ProblemError(
    'daemon_unreachable',
    `no c2a daemon answers at ${nameOf(target)} (${what})`,
    {
      hint: 'Check C2A_URL: it must name the daemon itself.',
    },
  )
}

/** Never followed: the token is for the place that was named. Mostly a proxy that wants https. */
function redirected(target: Target, { statusCode = 0, headers }: IncomingMessage) {
  const { location = '' } = headers
  if (statusCode < 300 || statusCode > 399 || !URL.canParse(location)) return undefined
  const { origin } = new URL(location)
  return new ProblemError('daemon_unreachable', `${nameOf(target)} redirects to ${origin}`, {
    hint: `Set C2A_URL to ${origin}, if that is the daemon.`,
  })
}

/** The daemon's problem; an answer without one is somebody else's. */
function toProblem(target: Target, status: number, body: string): ProblemError {
  const problem = parsed(body)
  const ours = typeof problem?.code === 'string' && typeof problem.detail === 'string'
  return ours ? problemFrom(problem, '') : stranger(target, `HTTP ${status}`)
}

/** A problem off the wire as an error; a code of a newer daemon becomes `internal`. */
export function problemFrom(problem: Partial<Problem>, fallback: string): ProblemError {
  const known =
    problem.code !== undefined && Object.hasOwn(problems, problem.code) ? problem.code : 'internal'
  return new ProblemError(known, problem.detail ?? fallback, {
    ...(problem.hint !== undefined && { hint: problem.hint }),
    ...(problem.turn_id !== undefined && { turnId: problem.turn_id }),
  })
}
