import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OpenAPIHono } from '@hono/zod-openapi'
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../test/support/eventually.js'
import type { AppEnv } from './http/env.js'
import { checkListen, type ListenOptions, listen } from './listen.js'

describe('an address without TLS', () => {
  test.each(['127.0.0.1', '127.1.2.3', 'localhost', 'LocalHost', '::1'])(
    '%s is loopback',
    (host) => {
      checkListen(host, false)
    },
  )

  test.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
    '::ffff:127.0.0.1',
    '',
  ])('%j is refused, and taken behind a proxy that does TLS', (host) => {
    expect(() => checkListen(host, false)).toThrow(
      expect.objectContaining({
        code: 'forbidden',
        exit: 2,
        hint: expect.stringContaining('--behind-tls-proxy'),
      }),
    )
    checkListen(host, true)
  })
})

function start(options: Partial<ListenOptions> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'c2a-listen-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const app = new OpenAPIHono<AppEnv>()
  app.get('/via', (c) => c.text(c.env.transport))
  app.all('/never', () => new Promise<Response>(() => undefined))
  app.post('/api/import', () => new Promise<Response>(() => undefined))
  const socketPath = join(directory, 's')
  return {
    socketPath,
    listening: listen({
      app,
      socketPath,
      behindTlsProxy: false,
      onActivity: () => undefined,
      ...options,
    }),
  }
}

const fetchText = (where: object): Promise<string> =>
  new Promise((resolve, reject) => {
    get({ ...where, path: '/via', agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })

test('the socket is for its user only, and each door says which one it is', async () => {
  const { socketPath, listening } = start({ tcp: { host: '127.0.0.1', port: 0 } })
  const { address, close } = await listening
  expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  expect(await fetchText({ socketPath })).toBe('unix')
  const [host, port] = address!.split(':')
  expect(await fetchText({ host, port })).toBe('tcp')
  await close(0)
})

test('a port that is taken is one sentence, and nothing stays open', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  const { socketPath, listening } = start({ tcp: { host: '127.0.0.1', port } })
  await expect(listening).rejects.toMatchObject({
    code: 'invalid_request',
    message: `cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
  })
  await expect(fetchText({ socketPath })).rejects.toThrow()
})

test('closing lets requests end for a while and then cuts them; activity is counted', async () => {
  let activity = 0
  const { socketPath, listening } = start({
    onActivity: (change) => {
      activity += change
    },
  })
  const { close } = await listening
  const hanging = new Promise<string>((resolve) => {
    get({ socketPath, path: '/never', agent: false }).on('error', ({ message }) => resolve(message))
  })
  await fetchText({ socketPath })
  expect(activity).toBe(1)
  await close(20)
  expect(await hanging).toBe('socket hang up')
  await eventually(() => expect(activity).toBe(0))
})

test('a request that does not come whole in time is cut, but for an import', async () => {
  const { socketPath, listening } = start({ requestMs: 50 })
  const { close } = await listening
  const closed: string[] = []
  const send = (path: string, body: string): void => {
    const socket = connect(socketPath)
    socket.on('error', () => undefined).on('close', () => closed.push(path))
    socket.resume().write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n${body}`)
  }
  send('/api/import?x', 'part')
  send('/never', 'complete!')
  send('/never?slow', 'part')
  await eventually(() => expect(closed).toEqual(['/never?slow']))
  await close(0)
  await eventually(() => expect(closed).toHaveLength(3))
})
