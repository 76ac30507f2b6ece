import { rmSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { ProblemError } from '../shared/contract/problem.js'
import { openAddressRefusal } from '../shared/settings-check.js'
import { importPath } from './http/body.js'
import type { App } from './routes/services.js'

export interface ListenOptions {
  app: App
  socketPath: string
  tcp?: { host: string; port: number } | undefined
  /** A proxy in front does TLS. */
  behindTlsProxy: boolean
  /** Called at the beginning and at the end of each request. */
  onActivity(change: 1 | -1): void
  /** How long a request may take to come whole, ms; default two minutes. */
  requestMs?: number
}

export interface Listening {
  /** host:port with the real port, when there is TCP. */
  address?: string
  /** Stops accepting, lets responses end for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

/**
 * Refuses to put an API that holds keys on a network without TLS: the token would be readable on the
 * way. Throws ProblemError `forbidden`.
 */
export function checkListen(host: string, behindTlsProxy: boolean): void {
  const refusal = openAddressRefusal(host, behindTlsProxy)
  if (refusal) throw new ProblemError('forbidden', refusal.why, { ...refusal, exit: 2 })
}

/** Slow or silent senders are cut off after these, ms; answers may take as long as they like. */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 120_000
/** Whoever is still sending reads the answer meanwhile, ms. */
const lingerMs = 10_000

function createServer(options: ListenOptions, transport: 'unix' | 'tcp'): Server {
  // The adaptor also speaks HTTP/2, which was not asked for here.
  const server = createAdaptorServer({
    overrideGlobalObjects: false,
    serverOptions: { maxHeaderSize: 32 * 1024 },
    fetch: (request, env) => options.app.fetch(request, { ...env, transport }),
  }) as Server
  server.headersTimeout = headersTimeoutMs
  // Ours, below: an import may take longer, and says itself how long it waits.
  server.requestTimeout = 0
  server.keepAliveTimeout = 30_000
  server.on('request', (request, response) => {
    options.onActivity(1)
    const slow = setTimeout(() => cutSlow(request), options.requestMs ?? requestTimeoutMs)
    response.once('close', () => {
      clearTimeout(slow)
      options.onActivity(-1)
      // Answered before it was there, it need not be awaited for ever.
      if (!request.complete) setTimeout(() => cutIncomplete(request), lingerMs).unref()
    })
  })
  return server
}

/** What has not come whole by now is cut, but for an import. */
function cutSlow(request: IncomingMessage): void {
  const isImport = request.url?.split('?')[0] === importPath
  if (!isImport) cutIncomplete(request)
}

function cutIncomplete(request: IncomingMessage): void {
  if (!request.complete) request.destroy()
}

function start(server: Server, where: string | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => resolve())
  })
}

/** Listens on the unix socket (0600) and, when asked, on TCP. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { tcp } = options
  if (tcp !== undefined) checkListen(tcp.host, options.behindTlsProxy)
  // The lock is the truth; a socket file that is left over belongs to nobody.
  rmSync(options.socketPath, { force: true })
  const unix = createServer(options, 'unix')
  const umask = process.umask(0o177)
  try {
    await start(unix, options.socketPath)
  } finally {
    process.umask(umask)
  }
  const servers = [unix]
  let address: string | undefined
  if (tcp !== undefined) {
    const server = createServer(options, 'tcp')
    servers.push(server)
    await start(server, tcp).catch((error: NodeJS.ErrnoException) => {
      unix.close()
      throw new ProblemError(
        'invalid_request',
        `cannot listen on ${tcp.host}:${tcp.port} (${error.code})`,
        { cause: error, hint: 'Choose another with --listen [HOST:]PORT.' },
      )
    })
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : tcp.port
    address = `${tcp.host.includes(':') ? `[${tcp.host}]` : tcp.host}:${port}`
  }
  return {
    ...(address !== undefined && { address }),
    close: async (graceMs) => {
      await Promise.all(servers.map((server) => closeServer(server, graceMs)))
    },
  }
}

/** A server does not end while an event stream is open. */
function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
