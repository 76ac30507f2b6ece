import { expect, onTestFinished, test } from 'vitest'
import { readToken } from '../../cli/personal/find.js'
import { createClient } from '../../shared/client/client.js'
import { homeOf } from '../../shared/home.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, finished, nowhere } from '../support/c2a.js'

async function setUp(env = {}): Promise<{ c2a: C2a; upstream: Upstream }> {
  const upstream = await startUpstream({ litellm: true })
  onTestFinished(() => upstream.close())
  return { c2a: await createC2a({ gateway: upstream.url, env }), upstream }
}

function clientOf(c2a: C2a) {
  const daemon = c2a.daemon()
  if (daemon === undefined) throw new Error('no daemon runs')
  return createClient({
    target: { socketPath: daemon.socket },
    token: readToken(homeOf({ C2A_HOME: c2a.home })),
  })
}

/** The completions that were asked for, without the questions about models and health. */
const completions = (upstream: Upstream) => upstream.requests.filter(({ model }) => model !== '')

const sent = (upstream: Upstream) =>
  completions(upstream).map(({ body }) => body['messages'] as { role: string; content: string }[])

test('the prompt is the arguments, a blank line, then stdin', async () => {
  const { c2a, upstream } = await setUp()
  await c2a.run(['ask', '-m', 'ok', 'explain', 'this'], { stdin: 'line 1\nline 2\n' })
  await c2a.run(['ask', '-m', 'ok'], { stdin: 'only stdin' })
  await c2a.run(['ask', '-m', 'ok', 'only arguments'], { stdin: '  \n' })
  expect(sent(upstream).map((messages) => messages[0]?.content)).toEqual([
    'explain this\n\nline 1\nline 2\n',
    'only stdin',
    'only arguments',
  ])
})

test('nothing to ask is a usage error', async () => {
  const { c2a, upstream } = await setUp()
  const { code, stderr, stdout } = await c2a.run(['ask', '-m', 'ok'], { stdin: ' \n' })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('nothing to ask')
  expect(completions(upstream)).toHaveLength(0)
})

test('-C goes on in the most recent session, -s in the named one', async () => {
  const { c2a, upstream } = await setUp()
  await c2a.run(['ask', '-m', 'ok', 'first'])
  const [session] = await clientOf(c2a).listSessions()
  await c2a.run(['ask', '-C', 'second'])
  await c2a.run(['ask', '-s', session?.id.slice(0, 8) ?? '', 'third'])
  expect(
    sent(upstream)
      .at(-1)
      ?.map(({ content }) => content),
  ).toEqual(['first', 'Hello, world.', 'second', 'Hello, world.', 'third'])
  expect(await clientOf(c2a).listSessions()).toHaveLength(1)
  const both = await c2a.run(['ask', '-C', '-s', session?.id ?? '', 'x'])
  expect(both.code).toBe(2)
})

test('--no-save leaves nothing behind', async () => {
  const { c2a } = await setUp()
  const { code } = await c2a.run(['ask', '--no-save', '-m', 'ok', 'secret'])
  expect(code).toBe(0)
  expect(await clientOf(c2a).listSessions()).toEqual([])
})

test('--no-save never touches a session that was there', async () => {
  const { c2a } = await setUp()
  await c2a.run(['ask', '-m', 'ok', 'precious'])
  for (const which of [['-C'], ['-s', (await clientOf(c2a).listSessions())[0]?.id ?? '']]) {
    const { code, stderr } = await c2a.run(['ask', '--no-save', ...which, 'x'])
    expect(code).toBe(2)
    expect(stderr).toContain('--no-save asks in a session of its own')
  }
  expect(await clientOf(c2a).listSessions()).toHaveLength(1)
})

test('a model that does not exist is asked once: -C goes on with another', async () => {
  const { c2a } = await setUp({ C2A_MODEL: 'ok' })
  const wrong = await c2a.run(['ask', '-m', 'no-such', 'hi'])
  expect(wrong).toMatchObject({ stdout: '', code: 6 })
  const on = await c2a.run(['ask', '-C', 'and now?'])
  expect(on).toMatchObject({ stdout: 'Hello, world.\n', code: 0 })
  expect((await c2a.run(['ask', '-m', 'echo', 'say it'])).code).toBe(0)
  await c2a.run(['ask', '-C', '-m', 'no-such', 'hi'])
  const [session] = await clientOf(c2a).listSessions()
  expect(session?.model, 'the one that answered').toBe('echo')
})

test('--json is one object also when nobody answers', async () => {
  const c2a = await createC2a({ gateway: nowhere })
  const { stdout, stderr, code } = await c2a.run(['ask', '--json', 'hi'])
  expect(code).toBe(6)
  expect(JSON.parse(stdout)).toMatchObject({
    answer: '',
    turn_id: null,
    problem: { code: 'gateway_unreachable' },
  })
  const hint = expect.stringContaining('c2a stack up')
  expect(JSON.parse(stderr)).toMatchObject({ code: 'gateway_unreachable', hint })
})

test('more than a message may have is refused while it comes in', async () => {
  const { c2a } = await setUp()
  const child = c2a.spawn(['ask', '-m', 'ok'])
  const end = finished(child)
  // Endless: only the refusal ends it.
  const more = (): void => {
    while (child.stdin?.write('y\n'.repeat(50_000))) {}
  }
  child.stdin?.on('drain', more).on('error', () => undefined)
  more()
  expect(await end).toMatchObject({ code: 2, stdout: '' })
})

test('arguments and stdin together may not be more either, and nothing is begun', async () => {
  const { c2a } = await setUp()
  const stdin = 'y'.repeat(4 * 1024 * 1024)
  const { code, stderr } = await c2a.run(['ask', '-m', 'ok', 'explain'], { stdin })
  expect(code).toBe(2)
  expect(stderr).toBe('c2a: the message has 4194313 bytes; at most 4194304 (4 MiB) are taken\n')
  expect(c2a.daemon()).toBeUndefined()
})

test('an answer that was cut at its length is one, and stderr says so', async () => {
  const { c2a } = await setUp()
  const { code, stdout, stderr } = await c2a.run(['ask', '-m', 'length', 'hi'])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'Cut at the\n' })
  expect(stderr).toBe('c2a: the answer was cut at its token limit; ask it to go on\n')
  const filtered = await c2a.run(['ask', '-m', 'policy-text', 'hi'])
  expect(filtered).toEqual({
    ...{ code: 0, stdout: 'I must not.\n' },
    stderr: 'c2a: a content filter cut the answer; ask in other words\n',
  })
  const { stdout: json } = await c2a.run(['ask', '-m', 'length', '--json', 'hi'])
  expect(JSON.parse(json)).toMatchObject({ finish_reason: 'length' })
})

test('a server that is not ours is told from a daemon', async () => {
  const { c2a, upstream } = await setUp()
  const env = { C2A_URL: upstream.url, C2A_TOKEN: 'x' }
  const { code, stderr } = await c2a.run(['ask', 'hi'], { env })
  expect(code).toBe(3)
  expect(stderr).toContain(`no c2a daemon answers at ${upstream.url}`)
})

test('--plan asks both models and prints only the answer', async () => {
  const { c2a, upstream } = await setUp()
  const { stdout, stderr, code } = await c2a.run(['ask', '--plan', 'ok, echo', 'build it'])
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(completions(upstream).map(({ model }) => model)).toEqual(['ok', 'echo'])
  const [session] = await clientOf(c2a).listSessions()
  const messages = await clientOf(c2a).listMessages(session?.id ?? '')
  expect(messages.map(({ role, kind, status }) => [role, kind, status])).toEqual([
    ['user', 'chat', 'complete'],
    ['assistant', 'plan', 'complete'],
    ['assistant', 'answer', 'complete'],
  ])
  expect(messages[0]?.content).toBe('build it')
  expect(stdout.trimEnd()).toBe(messages[2]?.content.trimEnd())
})

test('--plan says which of the two models failed', async () => {
  const { c2a } = await setUp()
  const planner = await c2a.run(['ask', '--plan', 'status-401,ok', 'build it'])
  expect(planner).toMatchObject({ stdout: '', code: 6 })
  expect(planner.stderr).toMatch(/^c2a: no plan by status-401: The gateway refused/)
  const answerer = await c2a.run(['ask', '--plan', 'ok,status-401', 'build it'])
  expect(answerer).toMatchObject({ stdout: '', code: 6 })
  expect(answerer.stderr).toMatch(/^c2a: no answer by status-401: The gateway refused/)
  const half = await c2a.run(['ask', '--plan', 'eof-mid,ok', 'build it'])
  expect(half.stderr).toMatch(/^c2a: no plan by eof-mid: the stream ended/)
  const single = await c2a.run(['ask', '-m', 'status-401', 'build it'])
  expect(single.stderr).toMatch(/^c2a: The gateway refused/)
})

test('--json is one object with the answer, the ids and the usage', async () => {
  const { c2a } = await setUp()
  const { stdout, stderr, code } = await c2a.run(['ask', '--json', '-m', 'ok', 'hi'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [session] = await clientOf(c2a).listSessions()
  expect(JSON.parse(stdout)).toMatchObject({
    answer: 'Hello, world.',
    session_id: session?.id,
    requested_model: 'ok',
    model: 'ok',
    finish_reason: 'stop',
    usage: { total_tokens: expect.any(Number) },
  })
})

test('without a model the first of the gateway answers, and stderr says so', async () => {
  const upstream = await startUpstream({ litellm: true, models: ['ok', 'echo'] })
  onTestFinished(() => upstream.close())
  const c2a = await createC2a({ gateway: upstream.url })
  const { stdout, stderr, code } = await c2a.run(['ask', 'hi'])
  expect({ stdout, code }).toEqual({ stdout: 'Hello, world.\n', code: 0 })
  expect(stderr).toContain('no model named: ok')
})

test('without a gateway ask exits 6 with what to do, unless the demo is named', async () => {
  const c2a = await createC2a({ gateway: nowhere })
  for (const args of [
    ['ask', 'hi'],
    ['ask', '-m', 'gpt', 'hi'],
  ]) {
    const { code, stderr, stdout } = await c2a.run(args)
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain('c2a config set gateway.url')
  }
  // A question that nobody took leaves no empty session behind; one that failed is kept.
  const titles = (await clientOf(c2a).listSessions()).map(({ title }) => title)
  expect(titles).toEqual(['hi'])
  const demo = await c2a.run(['ask', '-m', 'offline/demo', 'hi'])
  expect(demo.code).toBe(0)
  expect(demo.stdout).toContain('offline demo')
})

test.each([
  ['status-401', 6],
  ['status-429', 6],
  ['status-500', 6],
  ['context', 6],
  ['empty', 6],
])('a model that fails before any text (%s) exits %i, once', async (model, exit) => {
  const { c2a, upstream } = await setUp()
  const { code, stdout, stderr } = await c2a.run(['ask', '-m', model, 'hi'])
  expect({ code, stdout }).toEqual({ code: exit, stdout: '' })
  expect(stderr).toMatch(/^c2a: .+/)
  expect(upstream.hits(model)).toBeLessThanOrEqual(3)
})

test('an answer that breaks in the middle stays on stdout and exits 7', async () => {
  const { c2a } = await setUp()
  const { code, stdout, stderr } = await c2a.run(['ask', '-m', 'rst-mid', 'hi'])
  expect(code).toBe(7)
  expect(stdout.trim()).not.toBe('')
  expect(stderr).toMatch(/^c2a: .+/)
})

test('Ctrl+C stops the answer upstream, keeps what came, and exits 130', async () => {
  const { c2a, upstream } = await setUp()
  const child = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  child.stdin?.end()
  const end = finished(child)
  const call = await upstream.waitFor('gate')
  call.release('so far ')
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.kill('SIGINT')
  expect(await end).toMatchObject({ code: 130 })
  expect(await call.ended).toBe('aborted')
  const [session] = await clientOf(c2a).listSessions()
  const messages = await clientOf(c2a).listMessages(session?.id ?? '')
  expect(messages[1]).toMatchObject({ content: 'so far ', status: 'stopped' })
})

test('a reader that has seen enough is no error', async () => {
  const { c2a } = await setUp()
  const child = c2a.spawn(['ask', '-m', 'lorem-20000', 'hi'])
  child.stdin?.end()
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  const end = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdout?.destroy()
  child.stderr?.resume()
  expect(await end).toBe(0)
})

test('a reader that goes away stops the answer, as it ends any other job; what came is kept', async () => {
  const { c2a, upstream } = await setUp()
  const child = c2a.spawn(['ask', '-m', 'gate', 'hi'])
  child.stdin?.end()
  let said = ''
  child.stderr?.on('data', (bytes) => {
    said += bytes
  })
  const end = new Promise<number | null>((resolve) => child.once('close', resolve))
  const call = await upstream.waitFor('gate')
  call.release('so far ')
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  child.stdout?.destroy()
  call.release('and more ')
  expect({ code: await end, said }).toEqual({ code: 0, said: '' })
  expect(await call.ended).toBe('aborted')
  const [session] = await clientOf(c2a).listSessions()
  const messages = await clientOf(c2a).listMessages(session?.id ?? '')
  expect(messages[1]).toMatchObject({ content: 'so far and more ', status: 'stopped' })
})
