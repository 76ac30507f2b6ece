import { afterEach, describe, expect, it } from 'vitest'
import {
  startUpstream,
  type Upstream,
  type UpstreamOptions,
} from '../../test/fakes/upstream/upstream.js'
import { createLocator, parseBaseUrl } from './endpoint.js'
import { createHttp, type Http } from './http.js'

describe('parseBaseUrl', () => {
  it.each([
    ['http://h:4000', 'http://h:4000/v1', 'http://h:4000'],
    ['http://h:4000/', 'http://h:4000/v1', 'http://h:4000'],
    ['http://h:4000/v1', 'http://h:4000/v1', 'http://h:4000'],
    ['http://h:4000/v1//', 'http://h:4000/v1', 'http://h:4000'],
    ['https://openrouter.ai/api/v1', 'https://openrouter.ai/api/v1', 'https://openrouter.ai/api'],
    ['https://h/litellm', 'https://h/litellm/v1', 'https://h/litellm'],
    ['https://h/v1beta/openai/', 'https://h/v1beta/openai', 'https://h/v1beta/openai'],
    ['http://h/v1/chat/completions', 'http://h/v1', 'http://h'],
    ['http://user:pass@h/v1?key=1#x', 'http://h/v1', 'http://h'],
  ])('%s', (given, base, root) => {
    expect(parseBaseUrl(given)).toMatchObject({ base, root, kind: 'unknown' })
  })

  it.each(['', 'localhost', 'localhost:4000', 'ftp://h', 'file:///etc'])('%j is none', (given) => {
    expect(() => parseBaseUrl(given)).toThrow(TypeError)
  })
})

describe('createLocator', () => {
  const servers: Upstream[] = []
  const https: Http[] = []
  const start = async (options?: UpstreamOptions): Promise<Upstream> => {
    const server = await startUpstream(options)
    servers.push(server)
    return server
  }
  const http = (): Http => {
    const timeouts = { connectMs: 1000, catalogueMs: 1000, firstTokenMs: 1000 }
    const one = createHttp({ ...timeouts, tokenIdleMs: 1000, totalMs: 1000 })
    https.push(one)
    return one
  }
  const asked = (server: Upstream): string[] => server.requests.map((request) => request.path)
  afterEach(async () => {
    for (const one of https.splice(0)) await one.close()
    for (const one of servers.splice(0)) await one.close()
  })

  it('knows LiteLLM by its own words, asking once', async () => {
    const server = await start({ litellm: true, key: 'needed' })
    const locator = createLocator(http(), `${server.url}/v1`)
    await Promise.all([locator.find(), locator.find()])
    expect(await locator.find()).toMatchObject({ kind: 'litellm', url: `${server.url}/v1` })
    expect(asked(server)).toEqual(['/health/liveliness'])
  })

  it('takes any other server at a configured URL', async () => {
    const server = await start()
    expect(await createLocator(http(), server.url).find()).toMatchObject({ kind: 'generic' })
  })

  it('keeps a configured URL that does not answer, and asks again later what it is', async () => {
    const server = await startUpstream({ litellm: true })
    await server.close()
    const locator = createLocator(http(), server.url)
    expect(await locator.find()).toMatchObject({ kind: 'unknown' })
    await start({ litellm: true, port: server.port })
    expect(await locator.find()).toMatchObject({ kind: 'unknown' })
    expect(await locator.find({ force: true })).toMatchObject({ kind: 'litellm' })
  })

  it('takes the first LiteLLM of the usual addresses, and nothing else', async () => {
    const other = await start()
    const first = await start({ litellm: true })
    const second = await start({ litellm: true })
    const locator = createLocator(http(), undefined, [other.url, first.url, second.url])
    expect(await locator.find()).toMatchObject({ base: `${first.url}/v1`, kind: 'litellm' })
    expect(asked(second)).toEqual([])
  })

  it('looks again at most every few seconds while nothing answers', async () => {
    const server = await start()
    const locator = createLocator(http(), undefined, [server.url])
    for (let i = 0; i < 5; i++) expect(await locator.find()).toBeUndefined()
    expect(asked(server)).toHaveLength(1)
    server.configure({ litellm: true })
    expect(await locator.find({ force: true })).toMatchObject({ kind: 'litellm' })
  })

  it('looks elsewhere after a failure', async () => {
    const first = await startUpstream({ litellm: true })
    const second = await start({ litellm: true })
    const locator = createLocator(http(), undefined, [first.url, second.url])
    expect(await locator.find()).toMatchObject({ url: first.url })
    await first.close()
    locator.forget()
    expect(await locator.find({ force: true })).toMatchObject({ url: second.url })
  })
})
