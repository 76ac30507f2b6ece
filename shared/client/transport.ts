import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { type Problem, ProblemError, problems } from '../contract/problem.js'

/** Where the daemon is. https is loaded only when it is asked for. */
export type Target = { socketPath: string } | { url: string }

export interface TransportOptions {
  target: Target
  token?: string | undefined
  /**
   * Called when nobody listens at the target: brings the daemon (back) up and says where and with
   * which token. Not called when a request had reached somebody.
   */
  revive?: (() => Promise<{ target: Target; token?: string | undefined }>) | undefined
}

interface SendOptions {
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
}

/** Sends requests to one daemon. On node:http: fetch costs a client more than Node itself. */
export interface Transport {
  /** The response, whatever its status. Throws ProblemError `daemon_unreachable`. */
  send(method: string, path: string, options?: SendOptions): Promise<IncomingMessage>
  /** The response of a 2xx status. Throws the daemon's ProblemError for any other. */
  ok(method: string, path: string, options?: SendOptions): Promise<IncomingMessage>
  json<Body>(method: string, path: string, options?: SendOptions): Promise<Body>
  close(): void
}

/** `unix:/path` or an http(s) URL. Throws ProblemError `invalid_request`. */
export function parseTarget(address: string): Target {
  if (address.startsWith('unix:')) return { socketPath: address.slice('unix:'.length) }
  if (/^https?:\/\/[^/]/.test(address)) return { url: address.replace(/\/+$/, '') }
  throw new ProblemError('invalid_request', `not a daemon's address: ${address}`, {
    hint: 'Use http(s)://host:port or unix:/path.',
  })
}

export function createTransport(options: TransportOptions): Transport {
  let { target, token } = options
  const agent = new Agent({ keepAlive: true })

  const send: Transport['send'] = async (method, path, what = {}) => {
    try {
      return await sendOnce(method, path, what)
    } catch (error) {
      const { revive } = options
      if (revive === undefined || !isNobodyThere(error)) throw error
      ;({ target, token } = await revive())
      return sendOnce(method, path, what)
    }
  }

  const sendOnce: Transport['send'] = async (method, path, { body, headers, signal } = {}) => {
    const authorization = token === undefined ? undefined : `Bearer ${token}`
    const secure = 'url' in target && target.url.startsWith('https:')
    const text = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const make = secure ? (await import('node:https')).request : httpRequest
    const where =
      'socketPath' in target ? { socketPath: target.socketPath, path } : new URL(target.url + path)
    return new Promise((resolve, reject) => {
      const options = {
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
      const outgoing = where instanceof URL ? make(where, options) : make(options)
      outgoing.on('response', resolve)
      outgoing.on('error', (error) => {
        reject(signal?.aborted ? error : unreachable(target, error))
      })
      outgoing.end(text)
    })
  }

  const ok: Transport['ok'] = async (method, path, options) => {
    const response = await send(method, path, options)
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    throw toProblem(status, await readText(response))
  }

  return {
    send,
    ok,
    async json(method, path, options) {
      return JSON.parse(await readText(await ok(method, path, options)))
    },
    close() {
      agent.destroy()
    },
  }
}

/** Refused, or no such socket: the request was never sent, so it may be sent again. */
function isNobodyThere(error: unknown): boolean {
  if (!(error instanceof ProblemError) || error.code !== 'daemon_unreachable') return false
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}

function unreachable(target: Target, cause: Error): ProblemError {
  const where = 'url' in target ? target.url : target.socketPath
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
  return new ProblemError('daemon_unreachable', `no daemon answers at ${where} (${code})`, {
    cause,
  })
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The daemon's problem, or what a proxy in between made of it. */
function toProblem(status: number, body: string): ProblemError {
  let problem: Partial<Problem> = {}
  try {
    problem = JSON.parse(body)
  } catch {
    // Not ours: the status has to do.
  }
  return problemFrom(problem, `the daemon answered with HTTP ${status}`)
}

/** A problem off the wire as an error; a code of a newer daemon becomes `internal`. */
export function problemFrom(problem: Partial<Problem>, fallback: string): ProblemError {
  const known = problem.code !== undefined && problem.code in problems ? problem.code : 'internal'
  return new ProblemError(known, problem.detail ?? fallback, {
    ...(problem.hint !== undefined && { hint: problem.hint }),
    ...(problem.turn_id !== undefined && { turnId: problem.turn_id }),
  })
}
