import { isIP } from 'node:net'
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { createGrowingBytes } from '../growing-bytes.js'
import type { Guard } from './guard.js'
import type { GatewayTimeouts, ProxyOptions } from './options.js'

export interface HttpAnswer {
  status: number
  headers: Dispatcher.ResponseData['headers']
  text: string
}

/** HTTP as the gateway needs it: short GETs on kept connections, and completions on one of their own. */
export interface Http {
  /** An answer, whatever its status, to its end or to 16 MiB. Throws when there is none within `timeoutMs`. */
  get(url: string, headers: Record<string, string>, timeoutMs?: number): Promise<HttpAnswer>
  /** The head of an answer; the body streams. */
  post(
    url: string,
    headers: Record<string, string>,
    body: string,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData>
  close(): Promise<void>
}

/** Providers' headers come relayed through LiteLLM; undici's 16 KiB are too few for some. */
const maxHeaderSize = 65_536

/** `guard` is asked before each connection to this machine. */
export function createHttp(
  timeouts: GatewayTimeouts,
  proxy: ProxyOptions = {},
  guard?: Guard,
): Http {
  const agents = new Map<string, Dispatcher>()

  const agentFor = (url: string, purpose: 'get' | 'chat'): Dispatcher => {
    const { protocol, hostname } = new URL(url)
    const named = protocol === 'https:' ? proxy.httpsProxy : proxy.httpProxy
    const isHere = isLoopback(hostname)
    const via = isHere ? undefined : named
    const id = `${purpose} ${isHere} ${via ?? ''}`
    const options = { purpose, timeouts, via, noProxy: proxy.noProxy }
    const agent = agents.get(id) ?? createAgent({ ...options, ...(isHere && { guard }) })
    agents.set(id, agent)
    return agent
  }

  return {
    async get(url, headers, timeoutMs = timeouts.catalogueMs) {
      const signal = AbortSignal.timeout(timeoutMs)
      const answer = await request(url, { headers, signal, dispatcher: agentFor(url, 'get') })
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: await readText(answer.body),
      }
    },
    post: (url, headers, body, signal) =>
      request(url, { method: 'POST', headers, body, signal, dispatcher: agentFor(url, 'chat') }),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

/** A list of ten thousand models has less; what comes beyond would be held in memory. */
const mostBytes = 16 * 1024 * 1024

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = createGrowingBytes()
  for await (const chunk of body) {
    bytes.add(chunk)
    // Leaving the loop closes the connection. Half of a list is no JSON, and told as that.
    if (bytes.length > mostBytes) break
  }
  return bytes.take().toString()
}

function createAgent({
  purpose,
  timeouts,
  via,
  noProxy,
  guard,
}: {
  purpose: 'get' | 'chat'
  timeouts: GatewayTimeouts
  via: string | undefined
  noProxy: string | undefined
  guard?: Guard | undefined
}): Dispatcher {
  const connect = { timeout: timeouts.connectMs }
  const options =
    purpose === 'chat'
      ? // A connection for each completion: a kept one may die under the POST, and then nobody knows
        // whether the call was paid for. The body has our own timers, because any byte resets undici's.
        { pipelining: 0, headersTimeout: timeouts.firstTokenMs + 1000, bodyTimeout: 0 }
      : { headersTimeout: timeouts.catalogueMs, bodyTimeout: timeouts.catalogueMs }
  if (guard) return new Agent({ ...options, connect: guarded(connect, guard), maxHeaderSize })
  if (via === undefined || via === '') return new Agent({ ...options, connect, maxHeaderSize })
  return new EnvHttpProxyAgent({
    ...options,
    maxHeaderSize,
    // Without these three it would read the environment, which is the configuration's business.
    httpProxy: via,
    httpsProxy: via,
    noProxy: noProxy ?? '',
    requestTls: connect,
    proxyTls: connect,
    connect,
  })
}

/**
 * Who has an address is asked before a connection, and once more when it is there: a name may lead to any,
 * and another may have come to listen. Before that nothing is sent.
 */
function guarded(options: buildConnector.BuildOptions, guard: Guard): buildConnector.connector {
  const connect = buildConnector(options)
  return (to, callback) => {
    const { hostname, protocol } = to
    const port = Number(to.port) || (protocol === 'https:' ? 443 : 80)
    const isName = isIP(hostname.replace(/^\[|\]$/g, '')) === 0
    const refusal = isName ? undefined : guard({ hostname, port })
    if (refusal) return callback(refusal, null)
    connect(to, (error, socket) => {
      // With an error it gives no socket at all, not even null.
      if (error) return callback(error, null)
      const { remoteAddress } = socket
      const late = remoteAddress && guard({ hostname: remoteAddress, port })
      if (!late) return callback(null, socket)
      socket.destroy()
      callback(late, null)
    })
  }
}

/** Whether a URL's host is this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}
