import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

export interface SiteOptions {
  /** The folder whose files it serves; index.html for any path that is none of them. Default: none. */
  files?: string
  /** The daemon that `/api` leads to, with this token where a request has none. */
  daemon?: { port: number; token: string }
}

export interface Site {
  readonly port: number
  close(): void
}

const types: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

/** What stands in front of a web client: its files and, as docs/operations.md has it, a proxy that adds the token. */
export async function startSite({ files, daemon }: SiteOptions): Promise<Site> {
  const server = createServer((asked, answer) => {
    const { url = '/', method, headers } = asked
    if (daemon !== undefined && url.startsWith('/api/')) {
      const onward = request({
        host: '127.0.0.1',
        port: daemon.port,
        path: url,
        method,
        headers: { authorization: `Bearer ${daemon.token}`, ...headers },
      })
      onward.on('response', (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      })
      onward.on('error', () => answer.destroy())
      answer.on('close', () => onward.destroy())
      asked.pipe(onward)
      return
    }
    if (files === undefined) {
      answer.writeHead(404).end()
      return
    }
    const path = normalize(new URL(url, 'http://site').pathname)
    readFile(join(files, path))
      .then((body) => ({ body, type: types[extname(path)] }))
      .catch(async () => ({
        body: await readFile(join(files, 'index.html')),
        type: types['.html'],
      }))
      .then(({ body, type = 'application/octet-stream' }) => {
        answer.writeHead(200, { 'content-type': type })
        answer.end(body)
      })
      .catch(() => answer.writeHead(404).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
