import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../shared/contract/session.js'
import { done, object } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import { ask, send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
/** With a model in its configuration. */
let configured: TestDaemon

const modelInfo = {
  data: ['ok', 'echo-body', 'echo', 'script', 'lorem-20'].map((model_name) => ({
    model_name,
    litellm_params: { model: `openai/${model_name}` },
    model_info: {
      mode: 'chat',
      max_input_tokens: model_name === 'echo' ? 100 : 100_000,
      input_cost_per_token: 1e-6,
      output_cost_per_token: 2e-6,
    },
  })),
}

const fallBack = {
  steps: () => [
    object({
      model: 'other-model',
      choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }],
    }),
    done(),
  ],
}

beforeAll(async () => {
  const stage = await startStage({
    upstream: { litellm: true, modelInfo, scripts: { 'fall-back': fallBack } },
  })
  ;({ database, upstream, daemon } = stage)
  configured = await stage.startAnother({ model: 'ok+configured' })
  await daemon.client.listModels()
  return stage.close
})

interface Sent {
  model: string
  messages: { role: string; content: string }[]
  [field: string]: unknown
}

/** What the gateway was asked, as model `echo-body` tells it. */
async function sent(body: Parameters<typeof ask>[1], sessionId?: string): Promise<Sent> {
  const { text, last } = await ask(
    daemon,
    { model: 'echo-body', ...body },
    sessionId === undefined ? {} : { sessionId },
  )
  if (last.event !== 'turn.done') throw new Error(JSON.stringify(last))
  return JSON.parse(text)
}

const post = (id: string, body: unknown) =>
  send(daemon, `/api/sessions/${id}/chat/stream`, { method: 'POST', body })

async function refusal(body: unknown): Promise<{ status: number; code: string; detail: string }> {
  const { id } = await daemon.client.createSession({})
  const { status, text } = await post(id, body)
  expect(await daemon.client.listMessages(id)).toEqual([])
  return { status, ...JSON.parse(text) }
}

describe('which model answers', () => {
  const plan = { planning_model: 'ok+planner', answering_model: 'ok+answerer' }
  const started = async (by: TestDaemon, session: object, body: object) => {
    const { id } = await by.client.createSession(session)
    const { events } = await ask(by, body, { sessionId: id })
    const { data } = events[0] as { data: { model: string; plan?: object } }
    const { model, plan: planned } = data
    return { model, plan: planned, session: await by.client.getSession(id), events }
  }

  test.each([
    ['the post', { model: 'ok+session' }, { model: 'ok+post' }, 'ok+post'],
    ['the session', { model: 'ok+session' }, {}, 'ok+session'],
    ['the configuration', {}, {}, 'ok+configured'],
    [
      'the configuration where a post says none',
      { model: 'ok+s' },
      { model: null },
      'ok+configured',
    ],
    ["the session's plan over the post's model", { plan }, { model: 'ok+post' }, 'ok+answerer'],
    ["the post's plan over the session's model", { model: 'ok+s' }, { plan }, 'ok+answerer'],
    ['the model where the post says no plan', { plan, model: 'ok+s' }, { plan: null }, 'ok+s'],
  ])('%s', async (_, session, body, expected) => {
    const { model, plan: planned } = await started(configured, session, body)
    expect(model).toBe(expected)
    expect(planned).toEqual(expected === 'ok+answerer' ? plan : undefined)
  })

  test("without any of these the first of the gateway's list, which is said", async () => {
    const { model, events, session } = await started(daemon, {}, {})
    expect(model).toBe('ok')
    expect(events.filter(({ event }) => event === 'warning')).toMatchObject([
      { data: { code: 'model_defaulted', detail: expect.stringContaining('ok') } },
    ])
    expect(session.model).toBeNull()
  })

  test("a post's model fills an empty session, and nothing else that it names sticks", async () => {
    const role = await daemon.client.createRole({ name: 'Sticky', instructions: 'x' })
    const first = await started(daemon, {}, { model: 'ok+first', role_id: role.id, plan })
    expect(first.session).toMatchObject({ model: 'ok+first', role_id: null, plan: null })
    await ask(daemon, { model: 'ok+second' }, { sessionId: first.session.id })
    expect(await daemon.client.getSession(first.session.id)).toMatchObject({ model: 'ok+first' })
  })

  test('a model that does not exist is not what an empty session remembers', async () => {
    const { id: sessionId } = await daemon.client.createSession({})
    const remembered = async () => (await daemon.client.getSession(sessionId)).model
    const { last } = await ask(daemon, { model: 'no-such' }, { sessionId })
    expect(last).toMatchObject({
      event: 'turn.failed',
      data: { problem: { code: 'model_not_found' } },
    })
    expect(await remembered()).toBeNull()
    await ask(daemon, { model: 'ok+now' }, { sessionId })
    await ask(daemon, { model: 'no-such' }, { sessionId })
    expect(await remembered(), 'one that answered').toBe('ok+now')
    await daemon.client.patchSession(sessionId, { model: 'no-such' })
    await ask(daemon, {}, { sessionId })
    expect(await remembered(), 'set on purpose').toBe('no-such')
  })

  test('a model that only failed is remembered', async () => {
    const { session } = await started(daemon, {}, { model: 'status-401' })
    expect(session.model).toBe('status-401')
  })

  test.each([
    ['a comma', 'gpt-4,gpt-3'],
    ['a control character', 'gpt\u0007-4'],
    ['no name', '  '],
    ['201 characters', 'x'.repeat(201)],
  ])('a name with %s is refused', async (_, model) => {
    expect(await refusal({ message: 'Hi', model })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: expect.stringContaining('model'),
    })
  })

  test('a name that the catalogue lacks goes to the gateway as typed', async () => {
    const { id } = await daemon.client.createSession({})
    const { status, text } = await post(id, { message: 'Hi', model: 'ünknown/*:free' })
    expect([status, JSON.parse(text).code]).toEqual([404, 'model_not_found'])
    expect(upstream.hits('ünknown/*:free')).toBe(1)
  })
})

describe('roles', () => {
  test('travel as a system message, are recorded by name and never stored', async () => {
    const { id } = await daemon.client.createRole({
      name: 'Pirate',
      instructions: 'Talk like a pirate.\n---\nAlways.',
    })
    const session = await daemon.client.createSession({ role: 'Pirate' })
    expect(session.role_id).toBe(id)
    const { messages } = await sent({ message: 'Hi' }, session.id)
    expect(messages).toEqual([
      { role: 'system', content: 'Talk like a pirate.\n---\nAlways.' },
      { role: 'user', content: 'Hi' },
    ])
    const [stored] = await daemon.client.listMessages(session.id)
    expect(stored!.content).toBe('Hi')
    expect(await daemon.client.getTurn(stored!.turn_id!)).toMatchObject({
      role_name: 'Pirate',
      role_revision: 1,
    })
  })

  test('by id or name; null means none; without a role there is no system message', async () => {
    const { id } = await daemon.client.createRole({ name: 'Clerk', instructions: 'Be exact.' })
    const session = await daemon.client.createSession({ role_id: id })
    const system = { role: 'system', content: 'Be exact.' }
    const roles = async (body: object, sessionId?: string) =>
      (await sent(body, sessionId)).messages[0]
    expect(await roles({ role: 'Clerk' })).toEqual(system)
    expect(await roles({ role_id: id })).toEqual(system)
    expect(await roles({ role_id: null }, session.id)).toMatchObject({ role: 'user' })
    expect(await roles({ role: null }, session.id)).toMatchObject({ role: 'user' })
    expect(await roles({}, session.id)).toEqual(system)
    await daemon.client.deleteRole(id)
    expect(await roles({}, session.id)).toMatchObject({ role: 'user' })
  })

  test.each([{ role: 'Nobody' }, { role_id: randomUUID() }])(
    'an unknown %j is 404',
    async (who) => {
      expect(await refusal({ message: 'Hi', model: 'ok', ...who })).toMatchObject({
        status: 404,
        code: 'not_found',
      })
    },
  )

  test('a prefix of the original web client is lifted, wins, and leaves title and message clean', async () => {
    await daemon.client.createRole({ name: 'Plain', instructions: 'Ignored.' })
    await daemon.client.createRole({ name: 'Cook [v2]', instructions: 'You cook.' })
    const session = await daemon.client.createSession({ role: 'Plain' })
    const message = '[[ROLE:Cook [v2]]]\nYou cook.\n---\nWhat is a roux?\n---\nBriefly.'
    const { messages } = await sent({ message }, session.id)
    expect(messages).toEqual([
      { role: 'system', content: 'You cook.' },
      { role: 'user', content: 'What is a roux?\n---\nBriefly.' },
    ])
    const { title } = await daemon.client.getSession(session.id)
    expect(title).toBe('What is a roux? --- Briefly.')
    expect((await daemon.client.listMessages(session.id))[0]!.content).toBe(
      'What is a roux?\n---\nBriefly.',
    )
  })

  test('the stored role of that name says where its instructions end', async () => {
    const instructions = 'One\n---\nTwo'
    await daemon.client.createRole({ name: 'Dashes', instructions })
    const { messages } = await sent({ message: `[[ROLE:Dashes]]\n${instructions}\n---\nHi` })
    expect(messages).toEqual([
      { role: 'system', content: instructions },
      { role: 'user', content: 'Hi' },
    ])
  })

  test.each([
    ['of a role that is not stored', '[[ROLE:Nobody]]\nYou cook.\n---\nHi'],
    ["with other instructions than the role's", '[[ROLE:Plain]]\nYou cook.\n---\nHi'],
    ['without its end', '[[ROLE:Plain]]\nIgnored.\nHi'],
    ['that is not at the beginning', ' [[ROLE:Plain]]\nIgnored.\n---\nHi'],
  ])('a prefix %s is left as it is', async (_, message) => {
    expect((await sent({ message })).messages).toEqual([{ role: 'user', content: message }])
  })

  test('a prefix without anything behind it is an empty message', async () => {
    await daemon.client.createRole({ name: 'A', instructions: 'b' })
    expect(await refusal({ message: '[[ROLE:A]]\nb\n---\n  ', model: 'ok' })).toMatchObject({
      status: 400,
    })
  })

  test('what only looks like a prefix is the message', async () => {
    const { messages } = await sent({ message: '[[ROLE:A]] is how it begins' })
    expect(messages).toEqual([{ role: 'user', content: '[[ROLE:A]] is how it begins' }])
  })
})

describe('the message', () => {
  test.each(['', ' \n\t\u3000 '])('of only white space (%j) is refused', async (message) => {
    expect(await refusal({ message, model: 'ok' })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      detail: expect.stringContaining('message'),
    })
  })

  test.each([
    ['white space around and inside', '  a\r\n\tb  \n'],
    ['markup and quotes', '<b>O\'Brien & "co"</b> \\n &amp;'],
    ['all planes', 'é 漢字 👩‍🚀 \u{10FFFF} \u{E000} \uFEFF \u2028 \u202E'],
    ['control characters', 'a\u0001\u001b[31m\u007f\u0085b'],
  ])('is stored and sent untouched: %s', async (_, message) => {
    const { id } = await daemon.client.createSession({})
    const { messages } = await sent({ message }, id)
    expect(messages).toEqual([{ role: 'user', content: message }])
    expect((await daemon.client.listMessages(id))[0]!.content).toBe(message)
  })

  test('NUL and lone surrogates become U+FFFD, from users and from models', async () => {
    const { id } = await daemon.client.createSession({})
    // By hand: JSON.stringify escapes both.
    const { status } = await post(id, '{"message":"a\\u0000b\\ud800c\\udc00","model":"echo"}')
    expect(status).toBe(200)
    const contents = (await daemon.client.listMessages(id)).map(({ content }) => content)
    expect(contents).toEqual(['a\uFFFDb\uFFFDc\uFFFD', 'You said: a\uFFFDb\uFFFDc\uFFFD'])
    const hostile = await startUpstream({
      scripts: {
        surrogates: {
          steps: () =>
            ['x\\ud83d', '\\ude00y', '\\u0000', '\\ud800']
              .map((text) => ({
                kind: 'raw' as const,
                text: `data: {"choices":[{"index":0,"delta":{"content":"${text}"}}]}\n\n`,
              }))
              .concat({ kind: 'raw', text: 'data: [DONE]\n\n' }),
        },
      },
    })
    const other = await startDaemon({ database, upstream: hostile })
    const answered = await ask(other, { model: 'surrogates' })
    await hostile.close()
    expect(answered.text).toBe('x😀y\uFFFD\uFFFD')
  })

  test('of 4 MiB is taken, of one byte more refused with the limit', async () => {
    const limit = 4 * 1024 * 1024
    const { id } = await daemon.client.createSession({})
    expect((await post(id, { message: 'é'.repeat(limit / 2), model: 'ok+big' })).status).toBe(200)
    expect(await refusal({ message: `${'é'.repeat(limit / 2)}x`, model: 'ok' })).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      detail: expect.stringContaining(String(limit)),
    })
  })

  test('an unknown field is refused, a parameter is passed on', async () => {
    expect(await refusal({ message: 'Hi', model: 'ok', temprature: 1 })).toMatchObject({
      status: 400,
      detail: expect.stringContaining('temprature'),
    })
    const params = { temperature: 0.5, top_p: 0.9, max_tokens: 7, seed: 1, stop: ['a'] }
    expect(await sent({ ...params })).toMatchObject(params)
  })
})

describe('the title', () => {
  const titled = async (message: string, session: object = {}): Promise<Session> => {
    const { id } = await daemon.client.createSession(session)
    await ask(daemon, { message, model: 'ok' }, { sessionId: id })
    return daemon.client.getSession(id)
  }

  test.each([
    ['a question', '  Why is\n\n the\tsky  blue? ', 'Why is the sky blue?'],
    ['emoji', '👩'.repeat(61), '👩'.repeat(60)],
    ['a cut at a space', `${'a'.repeat(59)} bcd`, 'a'.repeat(59)],
    ['a late beginning', `${'\n'.repeat(5_000)}late`, 'late'],
    ['a long gap', `early${' '.repeat(5_000)}late`, 'early late'],
    ['an emoji behind a gap', `${' '.repeat(1_999)}👩 x`, '👩 x'],
  ])('is the first 60 code points with white space collapsed: %s', async (_, message, title) => {
    expect((await titled(message)).title).toBe(title)
  })

  test.each([
    ['**Why** is `x` *not* __y__?', 'Why is x not y?'],
    ['# Review this\n\n> - first\n2. second', 'Review this first second'],
    [
      '```ts\nconst a_b = c * d * e ** 2\n```\nWhat is it?',
      'const a_b = c * d * e ** 2 What is it?',
    ],
    ['See [the docs](https://example.org/a_(b)) and ![a](b.png)', 'See the docs and a'],
    ['~~Old~~ new_name_here __init__.py C# #5 - x', 'Old new_name_here __init__.py C# #5 - x'],
    ['***', '***'],
    ['`a', '`a'],
    ['[x] (y) 2*3*4 **', '[x] (y) 2*3*4 **'],
  ])('is without the marks of Markdown: %s', async (message, title) => {
    expect((await titled(message)).title).toBe(title)
  })

  test('is set once, and never over a title of the user', async () => {
    expect((await titled('Other', { title: 'Mine' })).title).toBe('Mine')
    const { id } = await titled('First')
    await ask(daemon, { message: 'Second', model: 'ok' }, { sessionId: id })
    expect((await daemon.client.getSession(id)).title).toBe('First')
  })
})

describe('the history', () => {
  test('is the whole session in order, with neighbours of one role joined', async () => {
    const { id } = await daemon.client.createSession({})
    await ask(daemon, { message: 'One', model: 'ok' }, { sessionId: id })
    await ask(
      daemon,
      { message: 'Two', plan: { planning_model: 'ok', answering_model: 'ok' } },
      { sessionId: id },
    )
    await ask(daemon, { message: 'Half', model: 'error-frame' }, { sessionId: id })
    await ask(daemon, { message: 'Nothing', model: 'error-first' }, { sessionId: id })
    await database.pool.query(
      `INSERT INTO messages (session_id, role, content) VALUES ($1, 'user', 'By hand')`,
      [id],
    )
    const { messages } = await sent({ message: 'Three' }, id)
    const said = (content: string) => ({ role: 'user', content })
    const answered = (content: string) => ({ role: 'assistant', content })
    expect(messages).toEqual([
      said('One'),
      answered('Hello, world.'),
      said('Two'),
      answered('Hello, world.\n\nHello, world.'),
      said('Half'),
      answered('Hello'),
      said('By hand\n\nThree'),
    ])
  })

  test('warns near the end of the window and refuses only what surely cannot fit', async () => {
    // `echo` takes 100 tokens, about 400 characters.
    const { id } = await daemon.client.createSession({ model: 'echo' })
    const short = await ask(daemon, { message: 'x'.repeat(300) }, { sessionId: id })
    expect(short.events.some(({ event }) => event === 'warning')).toBe(false)
    const { events, last } = await ask(daemon, { message: 'x'.repeat(500), model: 'echo' })
    expect(events.find(({ event }) => event === 'warning')).toMatchObject({
      data: {
        code: 'context_window',
        detail: 'the conversation may be too long for echo: about 125 of 100 tokens',
      },
    })
    const near = await ask(daemon, { message: 'x'.repeat(360), model: 'echo' })
    expect(near.events.find(({ event }) => event === 'warning')).toMatchObject({
      data: { detail: 'the conversation is almost too long for echo: about 90 of 100 tokens' },
    })
    expect(last.event).toBe('turn.done')
    expect(await refusal({ message: 'x'.repeat(700), model: 'echo' })).toMatchObject({
      status: 413,
      code: 'context_window',
    })
  })
})

test('usage and cost are in the stream, the messages, the outcome and the turn', async () => {
  const { sessionId, events, last } = await ask(daemon, { model: 'lorem-20' })
  const usage = {
    ...{ prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 },
    ...{ cost_usd: 0.000049, cost_estimated: true },
  }
  expect(events.find(({ event }) => event === 'usage')!.data).toEqual(usage)
  expect(last).toMatchObject({ data: { usage } })
  const [, answer] = await daemon.client.listMessages(sessionId)
  expect(answer!.usage).toEqual(usage)
  expect((await daemon.client.getTurn(answer!.turn_id!)).usage).toEqual(usage)
})

test('the price is known although nobody has asked for the list of models', async () => {
  const priced = await startUpstream({
    litellm: true,
    modelInfo: { data: [{ ...modelInfo.data[0], model_name: 'gate+price' }] },
  })
  const fresh = await startDaemon({ database, upstream: priced })
  const asked = ask(fresh, { model: 'gate+price' })
  const call = await priced.waitFor('gate+price')
  await eventually(() => {
    const list = priced.requests.find(({ path }) => path === '/v1/model/info')
    expect(list?.outcome).toBe('finished')
  })
  call.release('x')
  call.finish()
  expect((await asked).last).toMatchObject({ data: { usage: { cost_usd: 0.000027 } } })
  await fresh.stop()
  await priced.close()
})

test('the model that answered is named where a fallback changed it', async () => {
  const { events, last, sessionId } = await ask(daemon, { model: 'fall-back' })
  expect(events[0]).toMatchObject({ data: { model: 'fall-back' } })
  expect(last).toMatchObject({ data: { messages: [{ model: 'other-model' }] } })
  expect((await daemon.client.listMessages(sessionId))[1]!.model).toBe('other-model')
})

test('a finished answer moves updated_at, so that its session is the most recent one', async () => {
  const [older, newer] = [
    await daemon.client.createSession({}),
    await daemon.client.createSession({}),
  ]
  const top = async () => (await daemon.client.listSessions(1))[0]!.id
  expect(await top()).toBe(newer.id)
  await ask(daemon, { model: 'ok' }, { sessionId: older.id })
  expect(await top()).toBe(older.id)
})
