import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startUpstream } from '../../test/fakes/upstream/upstream.js'
import { serve } from '../../test/support/serve.js'
import { Secret } from '../secret.js'
import { isLoopback } from './http.js'
import { ask, collect, ownGateway, ownUpstream, testKey } from './test-support.js'
import type { Gateway } from './types.js'

const ids = async (gateway: Gateway, refresh = false): Promise<string[]> =>
  (await gateway.models({ refresh })).data.map((model) => model.id)

describe('models', () => {
  it('come from LiteLLM’s own list', async () => {
    const server = await ownUpstream({ litellm: true, key: testKey, models: ['b', 'a'] })
    const gateway = ownGateway(server)
    const catalogue = await gateway.models()
    expect(catalogue).toMatchObject({ source: 'model_info', stale: false })
    expect(catalogue.data).toMatchObject([
      { id: 'b', litellm_provider: 'openai', mode: 'chat' },
      { id: 'a' },
    ])
    expect(JSON.stringify(catalogue)).not.toContain('secret.internal')
    expect(gateway.peek('a')).toMatchObject({ id: 'a' })
    expect(gateway.peek('c')).toBeUndefined()
  })

  it('come from the plain list of any other server', async () => {
    const server = await ownUpstream({ models: [{ id: 'm', max_model_len: 4096 }] })
    const catalogue = await ownGateway(server).models()
    expect(catalogue).toMatchObject({ source: 'models', data: [{ id: 'm', context_window: 4096 }] })
    expect(server.requests.map((request) => request.path)).not.toContain('/v1/model/info')
  })

  it('come from the plain list when the richer one is closed to the key', async () => {
    const server = await ownUpstream({ litellm: true, models: ['m'], modelInfo: { error: 'no' } })
    expect(await ownGateway(server).models()).toMatchObject({
      source: 'models',
      data: [{ id: 'm' }],
    })
  })

  it('are not read without end', async () => {
    let sent = 0
    const { url } = await serve((request, response) => {
      if (!request.url?.endsWith('/models')) return void response.writeHead(404).end()
      response.writeHead(200, { 'content-type': 'application/json' })
      const piece = Buffer.alloc(1024 * 1024, ' ')
      const more = (): void => {
        while (!response.destroyed && sent < 256) {
          sent += 1
          if (!response.write(piece)) return void response.once('drain', more)
        }
        response.end('{"data":[]}')
      }
      more()
    })
    await expect(ownGateway({ url }).models()).rejects.toMatchObject({ code: 'protocol' })
    expect(sent).toBeLessThan(100)
  })

  it('may be none', async () => {
    const server = await ownUpstream({ litellm: true, modelInfo: { data: [] } })
    expect(await ownGateway(server).models()).toMatchObject({ source: 'model_info', data: [] })
  })

  it('are asked for once by many, and kept', async () => {
    const server = await ownUpstream({ models: ['m'] })
    const gateway = ownGateway(server)
    await Promise.all([gateway.models(), gateway.models(), gateway.models()])
    await gateway.models()
    const lists = (): number => server.requests.filter((one) => one.path === '/v1/models').length
    expect(lists()).toBe(1)
    await gateway.models({ refresh: true })
    expect(lists()).toBe(2)
  })

  it('stay, stale, when the gateway is down, and are fresh when it is back', async () => {
    const server = await startUpstream({ models: ['m'] })
    const gateway = ownGateway(server)
    await gateway.models()
    await server.close()
    expect(await gateway.models({ refresh: true })).toMatchObject({
      stale: true,
      data: [{ id: 'm' }],
    })
    expect(await gateway.models()).toMatchObject({ stale: true, source: 'models' })
    await ownUpstream({ port: server.port, models: ['n'] })
    expect(await gateway.models({ refresh: true })).toMatchObject({
      stale: false,
      data: [{ id: 'n' }],
    })
  })

  it.each([
    ['a wrong key', { key: 'another' }, 'gateway_auth'],
    ['a wrong key at LiteLLM', { key: 'another', litellm: true }, 'gateway_auth'],
  ] as const)('%s is a problem', async (_name, options, code) => {
    const server = await ownUpstream(options)
    await expect(ownGateway(server).models()).rejects.toMatchObject({ name: 'ProblemError', code })
  })

  it('a refusal says whose it is', async () => {
    const server = await ownUpstream({ key: 'another' })
    const message = "The gateway refused the daemon's key: Authentication Error, Invalid proxy"
    await expect(ownGateway(server).models()).rejects.toThrow(message)
  })

  it.each([200, 404, 501])(
    'a web page under %i is a problem, and no healthy gateway',
    async (status) => {
      const { url } = await serve((_req, res) =>
        res.writeHead(status, { 'content-type': 'text/html' }).end('<html><h1>Oh dear</h1></html>'),
      )
      const error = { code: 'protocol', message: expect.stringContaining(`${url} gave no list`) }
      await expect(ownGateway({ url }).models()).rejects.toMatchObject(error)
      expect(await ownGateway({ url }).status()).toMatchObject({ reachable: true, error })
    },
  )

  it('are not waited for longer than the list may take', async () => {
    const { url } = await serve((req, res) => {
      if (!req.url?.endsWith('/models')) res.writeHead(404).end('{}')
    })
    const gateway = ownGateway({ url }, { timeouts: { catalogueMs: 100 } })
    expect(await gateway.models()).toMatchObject({ source: 'offline' })
  })

  it('are the demo alone while nothing answers, and never beside real ones', async () => {
    const server = await startUpstream({ models: ['m'] })
    await server.close()
    const gateway = ownGateway(server)
    const catalogue = await gateway.models()
    expect(catalogue).toMatchObject({
      source: 'offline',
      stale: false,
      data: [{ id: 'offline/demo' }],
    })
    await ownUpstream({ port: server.port, models: ['m'] })
    expect(await ids(gateway, true)).toEqual(['m'])
  })

  it('tell the price of an answer whose gateway does not', async () => {
    const pricing = { prompt: '0.000001', completion: '0.000002' }
    const gateway = ownGateway(await ownUpstream({ models: [{ id: 'ok', pricing }] }))
    await gateway.models()
    const { events } = await collect(gateway, ask('ok'))
    const cost_usd = 0.000017
    expect(events).toContainEqual({ type: 'usage', usage: expect.objectContaining({ cost_usd }) })
  })

  it('are suggested for a name that nobody knows', async () => {
    const gateway = ownGateway(await ownUpstream({ models: ['gpt-4o', 'claude'] }))
    await gateway.models()
    const { error } = await collect(gateway, ask('gpt-4o-typo'))
    expect(error).toMatchObject({ code: 'model_not_found', hint: 'Did you mean gpt-4o?' })
  })

  it('are not suggested in their own place', async () => {
    const gateway = ownGateway(await ownUpstream({ models: ['status-404', 'status-40'] }))
    await gateway.models()
    const { error } = await collect(gateway, ask('status-404'))
    expect(error?.hint).toBe('Did you mean status-40?')
  })
})

describe('a LiteLLM at a usual address', () => {
  it('is found, told who calls, and found again elsewhere', async () => {
    const first = await startUpstream({ litellm: true })
    const second = await ownUpstream({ litellm: true })
    const gateway = ownGateway(undefined, { probeUrls: [first.url, second.url] })
    const request = ask('ok', 'Hi', { sessionId: 's', noCache: true })
    const { events } = await collect(gateway, request)
    expect(events[0]).toEqual({ type: 'open', status: 200, callId: 'turn-1' })
    const sent = await first.waitFor('ok')
    expect(sent.headers).toMatchObject({
      'x-litellm-call-id': 'turn-1',
      'x-litellm-session-id': 's',
    })
    expect(sent.body['cache']).toEqual({ 'no-cache': true })
    await first.close()
    expect((await collect(gateway, ask('ok'))).error?.code).toBe('gateway_unreachable')
    expect((await collect(gateway, ask('ok'))).text).toBe('Hello, world.')
    expect(second.hits('ok')).toBe(1)
  })

  it('is not there: said at once', async () => {
    const gateway = ownGateway(undefined, { probeUrls: [] })
    expect((await collect(gateway, ask('ok'))).error?.code).toBe('gateway_unreachable')
    expect(await gateway.status()).toMatchObject({ reachable: false, kind: 'unknown' })
    expect(await ids(gateway)).toEqual(['offline/demo'])
  })
})

describe('status', () => {
  it('tells kind and version of LiteLLM', async () => {
    const server = await ownUpstream({ litellm: true, key: testKey })
    const status = { reachable: true, kind: 'litellm', url: server.url, version: '1.106.2' }
    expect(await ownGateway(server).status()).toEqual({ ...status, hasKey: true })
  })

  it('tells that the key is refused', async () => {
    const server = await ownUpstream({ litellm: true, key: 'another' })
    const status = await ownGateway(server, { key: new Secret('sk-wrong-key-123') }).status()
    expect(status).toMatchObject({ reachable: true, error: { code: 'gateway_auth' } })
    const keyless = await ownGateway(server, { key: undefined }).status()
    expect(keyless).toMatchObject({ hasKey: false, error: { code: 'gateway_auth' } })
  })

  it('tells that nobody is there, and asks once for many', async () => {
    const server = await startUpstream()
    const gateway = ownGateway(server)
    await Promise.all([gateway.status(), gateway.status()])
    expect(server.requests.filter((one) => one.path === '/v1/models')).toHaveLength(1)
    await server.close()
    expect(await ownGateway(server).status()).toMatchObject({
      reachable: false,
      kind: 'unknown',
      error: { code: 'gateway_unreachable' },
    })
  })
})

describe('offline/demo', () => {
  it('answers always, and says what it is', async () => {
    const server = await ownUpstream({ litellm: true })
    const { text, events, last } = await collect(
      ownGateway(server),
      ask('offline/demo', 'one `two` three'),
    )
    expect(text).toContain('**offline demo**')
    expect(text).toContain('not a model')
    expect(text).toContain("15 characters, beginning: `one 'two' three`")
    expect(text).toContain('c2a config set gateway.url http://')
    expect(events.filter((event) => event.type === 'text').length).toBeGreaterThan(20)
    expect(events.some((event) => event.type === 'usage')).toBe(false)
    expect(last).toEqual({ type: 'done', finish: 'stop', complete: true })
    expect(server.requests).toEqual([])
  })

  it('can be stopped', async () => {
    const abort = new AbortController()
    const gateway = ownGateway(undefined, { offlineWordMs: 1 })
    const { last, text } = await collect(gateway, ask('offline/demo'), {
      signal: abort.signal,
      onEvent: (event) => event.type === 'text' && abort.abort(),
    })
    expect(last).toMatchObject({ type: 'error', error: { code: 'cancelled' }, partial: true })
    expect(text).toBe('This ')
  })
})

describe('proxies', () => {
  /** A CONNECT proxy that leads every host to one port. */
  const startProxy = async (port: number): Promise<{ url: string; hosts: string[] }> => {
    const hosts: string[] = []
    const { server, url } = await serve()
    server.on('connect', (req, socket) => {
      hosts.push(req.url ?? '')
      const through = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        through.pipe(socket).pipe(through)
      })
      through.on('error', () => socket.destroy())
      socket.on('error', () => through.destroy())
    })
    return { url, hosts }
  }

  it('are used for other hosts', async () => {
    const server = await ownUpstream()
    const proxy = await startProxy(server.port)
    const gateway = ownGateway(
      { url: 'http://gateway.invalid' },
      { proxy: { httpProxy: proxy.url } },
    )
    expect((await collect(gateway, ask('ok'))).text).toBe('Hello, world.')
    expect(proxy.hosts).toContain('gateway.invalid:80')
  })

  it.each(['gateway.invalid', '*', '.invalid'])('are not used for NO_PROXY %s', async (noProxy) => {
    const server = await ownUpstream()
    const proxy = await startProxy(server.port)
    const options = { proxy: { httpProxy: proxy.url, noProxy } }
    const { error } = await collect(
      ownGateway({ url: 'http://gateway.invalid' }, options),
      ask('ok'),
    )
    expect(error?.code).toBe('gateway_unreachable')
    expect(proxy.hosts).toEqual([])
  })

  it('are never used for this machine', async () => {
    const server = await ownUpstream()
    const proxy = await startProxy(server.port)
    const gateway = ownGateway(server, { proxy: { httpProxy: proxy.url, httpsProxy: proxy.url } })
    expect((await collect(gateway, ask('ok'))).text).toBe('Hello, world.')
    expect(proxy.hosts).toEqual([])
  })

  it.each([
    ['localhost', true],
    ['a.localhost', true],
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['[::1]', true],
    ['127.0.0.1.example.com', false],
    ['10.0.0.1', false],
  ])('%s is this machine: %s', (host, is) => {
    expect(isLoopback(host)).toBe(is)
  })
})
