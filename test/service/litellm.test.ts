import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Catalogue } from '../../shared/contract/model.js'
import { gate, reset, role } from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { createHome, type Home } from './home.js'
import { fakeRows, type LiteLLM, startLiteLLM } from './litellm.js'

/*
 * All of it for real, but the provider: c2a -> daemon -> Postgres, and LiteLLM as we ship it.
 */

let upstream: Upstream
let litellm: LiteLLM
let home: Home

const models = [
  'ok',
  'gate',
  'gate+stop',
  'gate+restart',
  'echo-body',
  'hang',
  'gate-rst',
  'empty',
  'context',
  'status-503',
  'status-429-after-7',
  'status-429+fallback',
]

/** As the example of GitHub Copilot in litellm/config.yaml. */
const headed = { model_name: 'ok+headers', extra_headers: { 'Editor-Version': 'vscode/1.110.0' } }

const rows = (names: readonly string[]) => {
  const { model_name, extra_headers } = headed
  const more = fakeRows(upstream, [model_name]).map((row) => ({
    ...row,
    litellm_params: { ...row.litellm_params, extra_headers },
  }))
  return [...fakeRows(upstream, names), ...more]
}

beforeAll(async () => {
  upstream = await startUpstream({
    // As `gate`, but what ends it is a reset.
    scripts: { 'gate-rst': { steps: () => [role(), gate, reset] } },
  })
  litellm = await startLiteLLM({
    rows: rows(models),
    fallbacks: { 'status-429+fallback': ['ok'] },
  })
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
  expect(data.slice(models.length + 1).map(({ id }) => id)).toEqual([...shipped, 'llama', 'local'])
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

// Each one as often as LiteLLM asks by itself: what it has tried again, the daemon must not try once more.
test.each([
  ['a prompt that is too long', 'context', 'context_window', 1, 'larger window'],
  ['an overloaded provider', 'status-503', 'overloaded', 2, 'Try again'],
  ["a provider's limit", 'status-429-after-7', 'rate_limited', 1, 'Try again in 7 s.'],
])("%s: exit 6, what to do, and no calls but LiteLLM's own", async (...row) => {
  const [, model, problem, hits, hint] = row
  const { stderr, code } = await home.run(['ask', '--json', '-m', model, 'hello'])
  expect({ code, problem: JSON.parse(stderr).code }).toEqual({ code: 6, problem })
  expect(JSON.parse(stderr).hint).toContain(hint)
  // What LiteLLM adds of its own settings and other models is for nobody.
  expect(JSON.parse(stderr).detail).not.toMatch(/litellm|fallback/i)
  expect(upstream.hits(model)).toBe(hits)
})

test('extra_headers of a row reach its provider, and none of ours do', async () => {
  expect((await home.run(['ask', '-m', headed.model_name, 'hello'])).code).toBe(0)
  const { headers } = await upstream.waitFor(headed.model_name)
  expect(headers).toMatchObject({
    'editor-version': 'vscode/1.110.0',
    authorization: 'Bearer none',
  })
  expect(Object.keys(headers).filter((name) => /c2a|litellm/.test(name))).toEqual([])
})

test('a fallback answers, and is named: in the answer, and in what is kept', async () => {
  const asked = 'status-429+fallback'
  const { stdout, code } = await home.run(['ask', '--json', '-m', asked, 'hello'])
  expect(code).toBe(0)
  const answer = { answer: 'Hello, world.', requested_model: asked, model: 'ok' }
  expect(JSON.parse(stdout)).toMatchObject(answer)
  expect(upstream.hits(asked)).toBe(1)
  const client = home.client()
  const messages = await client.listMessages(JSON.parse(stdout).session_id)
  expect(messages.at(-1)).toMatchObject({ content: 'Hello, world.', model: 'ok' })
})

test('the shipped fallback: without a key it is the key that is missing, at once', async () => {
  const { stderr, code } = await home.run(['ask', '--json', '-m', 'claude-sonnet', 'hello'])
  expect({ code, problem: JSON.parse(stderr).code }).toEqual({ code: 6, problem: 'provider_auth' })
  expect(JSON.parse(stderr).detail).toContain('ANTHROPIC_API_KEY')
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
  const ask = home.start(['ask', '-m', 'gate-rst', 'hello'])
  const call = await upstream.waitFor('gate-rst')
  call.release('Hello there')
  // A reset also takes what the other side has not read yet.
  await ask.shows('Hello there')
  call.finish()
  const { stdout, stderr, code } = await ask.end
  expect({ stdout, code }).toEqual({ stdout: 'Hello there\n', code: 7 })
  expect(stderr).not.toBe('')
  expect(upstream.hits('gate-rst')).toBe(1)
})

test('LiteLLM is killed in the middle of an answer, and started again with one model more', async () => {
  const list = async (...args: string[]): Promise<Catalogue['data']> =>
    JSON.parse((await home.run(['models', '--json', ...args])).stdout).data
  const daemon = async (): Promise<number> =>
    JSON.parse((await home.run(['daemon', 'status', '--json'])).stdout).pid
  const ask = home.start(['ask', '-m', 'gate+restart', 'go'])
  const call = await upstream.waitFor('gate+restart')
  call.release('Half')
  await ask.shows('Half')
  const pid = await daemon()
  expect((await list()).map(({ id }) => id)).not.toContain('echo')
  await litellm.kill()
  expect(await ask.end).toMatchObject({ stdout: 'Half\n', code: 7 })

  const away = await home.run(['ask', '--json', '-m', 'ok', 'hello'])
  expect({ code: away.code, problem: JSON.parse(away.stderr).code }).toEqual({
    code: 6,
    problem: 'gateway_unreachable',
  })

  await litellm.start(rows([...models, 'echo']))
  expect(await home.run(['ask', '-m', 'ok', 'hello'])).toEqual({
    stdout: 'Hello, world.\n',
    stderr: '',
    code: 0,
  })
  const added = (await list('--refresh')).find(({ id }) => id === 'echo')
  expect(added).toMatchObject({ litellm_provider: 'openai', context_window: 4_096 })
  expect(await home.run(['ask', '-m', 'echo', 'hello'])).toMatchObject({
    stdout: 'You said: hello\n',
    code: 0,
  })
  // All of it seen by one and the same daemon.
  expect(await daemon()).toBe(pid)
})

test("the gateway's key is in nothing that was printed, logged or kept", async () => {
  const written = home.written()
  expect(written).toContain('the daemon is ready')
  expect(written).not.toContain(litellm.key)
  expect(JSON.stringify(upstream.requests)).not.toContain(litellm.key)
})
