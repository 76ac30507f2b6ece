import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Catalogue } from '../../shared/contract/model.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { createHome, type Home } from './home.js'
import { fakeRows, type LiteLLM, startLiteLLM } from './litellm.js'

/*
 * All of it for real, but the provider: c2a -> daemon -> Postgres, and LiteLLM as we ship it.
 */

let upstream: Upstream
let litellm: LiteLLM
let home: Home

beforeAll(async () => {
  upstream = await startUpstream()
  const models = [
    'ok',
    'gate',
    'gate+stop',
    'gate+restart',
    'echo-body',
    'hang',
    'rst-mid',
    'empty',
  ]
  litellm = await startLiteLLM({ rows: fakeRows(upstream, models) })
  home = createHome({ LITELLM_ENDPOINT: litellm.url, LITELLM_API_KEY: litellm.key })
})

afterAll(async () => {
  await home?.dispose()
  await litellm?.dispose()
  await upstream?.close()
})

test('a prompt on stdin becomes an answer on stdout', async () => {
  const { stdout, stderr, code } = await home.run(['ask', '-m', 'ok'], { stdin: 'hello\n' })
  expect({ stdout, stderr, code }).toEqual({ stdout: 'Hello, world.\n', stderr: '', code: 0 })
})

test('the first words are on stdout while the provider is still writing', async () => {
  const ask = home.start(['ask', '-m', 'gate'], { stdin: 'go' })
  const call = await upstream.waitFor('gate')
  call.release('Not yet')
  await ask.shows('Not yet')
  call.release(' all')
  await ask.shows('Not yet all')
  expect(call.outcome).toBeUndefined()
  call.finish()
  expect(await ask.end).toEqual({ stdout: 'Not yet all\n', stderr: '', code: 0 })
})

test('--json has the usage and what it cost', async () => {
  const { stdout, code } = await home.run(['ask', '--json', '-m', 'ok', 'hello'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    answer: 'Hello, world.',
    model: 'ok',
    usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    cost_usd: expect.closeTo(17e-6, 9),
    cost_estimated: false,
    finish_reason: 'stop',
  })
})

test('c2a models lists what LiteLLM has, in its order, with providers and windows', async () => {
  const { stdout, code } = await home.run(['models', '--json'])
  expect(code).toBe(0)
  const { data, source, stale }: Catalogue = JSON.parse(stdout)
  expect({ source, stale }).toEqual({ source: 'model_info', stale: false })
  expect(data[0]).toMatchObject({
    id: 'ok',
    litellm_provider: 'openai',
    context_window: 4_096,
    max_output: 512,
    prices: { input: 1, output: 2 },
  })
  const shipped = ['mock', 'gpt', 'gpt-mini', 'claude-sonnet', 'claude-haiku', 'gemini-flash']
  expect(data.slice(8).map(({ id }) => id)).toEqual([...shipped, 'llama', 'local'])
  expect(data.find(({ id }) => id === 'claude-sonnet')).toMatchObject({
    litellm_provider: 'anthropic',
    context_window: expect.any(Number),
  })
  expect(stdout).not.toContain(upstream.url)
})

test('the mock model of our configuration answers without any key', async () => {
  const { stdout, code } = await home.run(['ask', '-m', 'mock', 'hello'])
  expect(code).toBe(0)
  expect(stdout).toContain("LiteLLM's mock model")
})

test('a conversation survives kill -9 of the daemon, and reaches the provider', async () => {
  expect((await home.run(['ask', '-m', 'ok', 'I am Ada.'])).code).toBe(0)
  await home.crash()
  const { stdout, code } = await home.run(['ask', '-C', '-m', 'echo-body', 'Who am I?'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout).messages).toEqual([
    { role: 'user', content: 'I am Ada.' },
    { role: 'assistant', content: 'Hello, world.' },
    { role: 'user', content: 'Who am I?' },
  ])
  const client = home.client()
  const [session] = await client.listSessions(1)
  const messages = await client.listMessages(session?.id ?? '')
  expect(messages.map(({ role, content, status }) => [role, content, status])).toEqual([
    ['user', 'I am Ada.', 'complete'],
    ['assistant', 'Hello, world.', 'complete'],
    ['user', 'Who am I?', 'complete'],
    ['assistant', stdout.trimEnd(), 'complete'],
  ])
})

test.each([
  ['a model that LiteLLM does not have', 'no-such-model', 'model_not_found'],
  ['a provider without its key', 'claude-haiku', 'provider_auth'],
  ['an answer without text', 'empty', 'empty_answer'],
])('%s: exit 6', async (_what, model, problem) => {
  const { stdout, stderr, code } = await home.run(['ask', '--json', '-m', model, 'hello'])
  expect({ code, problem: JSON.parse(stderr).code }).toEqual({ code: 6, problem })
  expect(JSON.parse(stdout)).toMatchObject({ answer: '', problem: { code: problem } })
})

test('a wrong gateway key: gateway_auth, exit 6, and the right one works again', async () => {
  const env = { LITELLM_API_KEY: 'sk-canary-wrong' }
  const refused = await home.run(['ask', '--json', '-m', 'ok', 'hello'], { env })
  expect({ code: refused.code, problem: JSON.parse(refused.stderr).code }).toEqual({
    code: 6,
    problem: 'gateway_auth',
  })
  expect(refused.stderr).not.toContain(env.LITELLM_API_KEY)
  expect((await home.run(['ask', '-m', 'ok', 'hello'])).code).toBe(0)
})

test('Ctrl+C in the middle: exit 130, the provider is hung up on, the text is kept', async () => {
  const ask = home.start(['ask', '-m', 'gate+stop', 'go'])
  const call = await upstream.waitFor('gate+stop')
  call.release('So far')
  await ask.shows('So far')
  ask.child.kill('SIGINT')
  expect(await ask.end).toMatchObject({ code: 130, stdout: expect.stringMatching(/^So far\n?$/) })
  expect(await call.ended).toBe('aborted')
  const client = home.client()
  const [session] = await client.listSessions(1)
  expect((await client.listMessages(session?.id ?? '')).at(-1)).toMatchObject({
    content: 'So far',
    status: 'stopped',
  })
})

test('Ctrl+C before the provider has said anything hangs up, too', async () => {
  const ask = home.start(['ask', '-m', 'hang', 'go'])
  const call = await upstream.waitFor('hang')
  ask.child.kill('SIGINT')
  expect((await ask.end).code).toBe(130)
  expect(await call.ended).toBe('aborted')
})

test('a provider that dies in the middle: exit 7, with what had arrived on stdout', async () => {
  const { stdout, stderr, code } = await home.run(['ask', '-m', 'rst-mid', 'hello'])
  expect({ stdout, code }).toEqual({ stdout: 'Hello there\n', code: 7 })
  expect(stderr).not.toBe('')
})

test('LiteLLM is killed in the middle of an answer, and started again', async () => {
  const ask = home.start(['ask', '-m', 'gate+restart', 'go'])
  const call = await upstream.waitFor('gate+restart')
  call.release('Half')
  await ask.shows('Half')
  await litellm.kill()
  expect(await ask.end).toMatchObject({ stdout: 'Half\n', code: 7 })

  const away = await home.run(['ask', '--json', '-m', 'ok', 'hello'])
  expect({ code: away.code, problem: JSON.parse(away.stderr).code }).toEqual({
    code: 6,
    problem: 'gateway_unreachable',
  })

  await litellm.start()
  expect(await home.run(['ask', '-m', 'ok', 'hello'])).toEqual({
    stdout: 'Hello, world.\n',
    stderr: '',
    code: 0,
  })
})

test("the gateway's key is in nothing that was printed, logged or kept", async () => {
  const written = home.written()
  expect(written).toContain('the daemon is ready')
  expect(written).not.toContain(litellm.key)
  expect(JSON.stringify(upstream.requests)).not.toContain(litellm.key)
})
