import { createServer, request, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Certificate } from './certificate.js'

interface Options {
  /** The daemon's URL. */
  to: string
  tls?: Certificate
  /** Cuts a response whose upstream has said nothing for so long, as nginx's proxy_read_timeout, ms. */
  idleMs?: number
  /** Holds a response back until all of it is there. */
  buffers?: boolean
}

export interface WebProxy {
  readonly url: string
  /** How many responses it has cut. */
  readonly cuts: number
  /** How many heartbeats have passed. */
  readonly beats: number
}

/** A reverse proxy as people put before a daemon, with its faults. Closes by itself after the test. */
export async function startWebProxy({ to, tls, idleMs, buffers }: Options): Promise<WebProxy> {
  let cuts = 0
  let beats = 0
  const serve: Parameters<typeof createServer>[1] = (asked, answer) => {
    const { method, headers } = asked
    const upstream = request(to + asked.url, { method, headers, agent: false })
    upstream.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      if (!buffers) {
        answer.flushHeaders()
        response.on('data', (bytes: Buffer) => {
          if (bytes.toString().startsWith(': hb')) beats += 1
        })
        response.pipe(answer)
        return
      }
      const held: Buffer[] = []
      response.on('data', (bytes: Buffer) => held.push(bytes))
      response.on('end', () => answer.end(Buffer.concat(held)))
    })
    upstream.on('error', () => answer.destroy())
    if (idleMs !== undefined) {
      upstream.setTimeout(idleMs, () => {
        cuts += 1
        upstream.destroy()
        answer.destroy()
      })
    }
    answer.on('close', () => upstream.destroy())
    asked.pipe(upstream)
  }
  const server: Server = tls ? (createTlsServer(tls, serve) as Server) : createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    get cuts() {
      return cuts
    },
    get beats() {
      return beats
    },
  }
}
