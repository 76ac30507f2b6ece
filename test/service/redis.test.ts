import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { collect } from '../support/daemon.js'
import { createHome, type Home } from './home.js'
import { fakeRows, type LiteLLM, startLiteLLM } from './litellm.js'
import { type Redis, redisVersion, startRedis } from './redis.js'

const missing = redisVersion() === undefined
const title = missing
  ? 'the Redis cache: skipped, there is no redis-server on PATH (apt-get install redis-server)'
  : 'the Redis cache of litellm/config.redis.yaml'

describe.skipIf(missing)(title, () => {
  let upstream: Upstream
  let redis: Redis
  let litellm: LiteLLM
  let home: Home

  beforeAll(async () => {
    upstream = await startUpstream()
    redis = await startRedis()
    litellm = await startLiteLLM({ rows: fakeRows(upstream, ['ok', 'echo', 'gate']), redis })
    home = createHome({ LITELLM_ENDPOINT: litellm.url, LITELLM_API_KEY: litellm.key })
  })

  afterAll(async () => {
    await home?.dispose()
    await litellm?.dispose()
    await redis?.kill()
    await upstream?.close()
  })

  const hello = { stdout: 'Hello, world.\n', stderr: '', code: 0 }

  test('the same question in a fresh session is answered from Redis', async () => {
    expect(await home.run(['ask', '-m', 'ok', 'the same'])).toEqual(hello)
    // LiteLLM writes to Redis after the answer is out.
    await vi.waitFor(async () => expect(await redis.size()).toBeGreaterThan(0), { timeout: 10_000 })
    // What it remembers itself dies with it: the next answer is from Redis.
    await litellm.kill()
    await litellm.start()
    const { stdout, code } = await home.run(['ask', '--json', '-m', 'ok', 'the same'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      answer: 'Hello, world.',
      usage: { total_tokens: 13 },
    })
    expect(upstream.hits('ok')).toBe(1)
  })

  test('a retry asks afresh: what is cached would only say the same again', async () => {
    const asked = await home.run(['ask', '--json', '-m', 'ok', 'the same'])
    expect(upstream.hits('ok')).toBe(1)
    const { session_id } = JSON.parse(asked.stdout)
    const client = home.client()
    const events = await collect(
      await client.retry(session_id, {}, { idempotencyKey: randomUUID() }),
    )
    expect(events.at(-1)).toMatchObject({ event: 'turn.done' })
    expect(upstream.hits('ok')).toBe(2)
    // LiteLLM's own word, not the provider's.
    expect(upstream.requests.at(-1)?.body).not.toHaveProperty('cache')
  })

  test('another question is not', async () => {
    const before = upstream.hits('ok')
    expect(await home.run(['ask', '-m', 'ok', 'another'])).toEqual(hello)
    expect(upstream.hits('ok')).toBe(before + 1)
  })

  test('Redis dies in the middle of an answer: nobody notices, then or later', async () => {
    const ask = home.start(['ask', '-m', 'gate', 'go'])
    const call = await upstream.waitFor('gate')
    call.release('Before')
    await ask.shows('Before')
    await redis.kill()
    call.release(' and after')
    call.finish()
    expect(await ask.end).toEqual({ stdout: 'Before and after\n', stderr: '', code: 0 })

    expect(await home.run(['ask', '-m', 'echo', 'still there?'])).toEqual({
      stdout: 'You said: still there?\n',
      stderr: '',
      code: 0,
    })
  })
})
