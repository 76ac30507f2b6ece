import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  type FakeHooks,
  formOf,
  signed,
  signingSecret,
  startHooks,
} from '../../test/fakes/slack.js'
import { done, finish, text } from '../../test/fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../../test/fakes/upstream/upstream.js'
import {
  type RawRequest,
  send,
  startDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../../test/support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../test/support/database.js'
import { eventually } from '../../test/support/eventually.js'
import { packageRoot } from '../../test/support/managed-postgres.js'
import { slackPath } from '../http/env.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let hooks: FakeHooks

const long = 'a < b & c\n'.repeat(20_000)

const start = (options: Partial<TestDaemonOptions> = {}): Promise<TestDaemon> =>
  startDaemon({
    database,
    upstream,
    model: 'echo',
    slack: { secret: signingSecret, mayPost: (url) => url.startsWith('http://127.0.0.1:') },
    ...options,
  })

beforeAll(async () => {
  database = await createTestDatabase()
  const ends = [finish(), done()]
  upstream = await startUpstream({
    scripts: {
      long: { steps: () => [text(long), ...ends] },
      markup: { steps: () => [text('**Bold** <!channel> `a<b` & more'), ...ends] },
    },
  })
  daemon = await start()
  hooks = await startHooks()
})
afterAll(async () => {
  await daemon.stop()
  await hooks.close()
  await upstream.close()
  await database.drop()
})

/** As Slack posts it: without a token. */
const post = (by: TestDaemon, body: string, raw: RawRequest = {}) =>
  send(by, '/slack/command', { method: 'POST', token: null, body, headers: signed(body), ...raw })

async function say(
  command: string,
  words = '',
  { by = daemon, ...more }: { by?: TestDaemon } & Record<string, unknown> = {},
) {
  const form = { response_url: `${hooks.url}/commands/1`, ...more } as Record<string, string>
  const { status, text, headers } = await post(by, formOf(command, words, form))
  expect([status, headers['content-type']]).toEqual([200, 'application/json'])
  return JSON.parse(text) as { response_type: string; text: string }
}

describe('what is taken for a request of Slack', () => {
  const body = () => formOf('/role', '')
  const now = () => Math.floor(Date.now() / 1_000)

  test('a signed one, with or without a token that a proxy adds', async () => {
    expect((await post(daemon, body())).status).toBe(200)
    expect((await post(daemon, body(), { token: daemon.token })).status).toBe(200)
    const form = body()
    const headers = {
      ...signed(form),
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    }
    expect((await post(daemon, form, { headers })).status).toBe(200)
  })

  test.each([
    ['without a signature', () => ({ 'x-slack-signature': '' })],
    ['signed with another secret', (form: string) => signed(form, { secret: 'other' })],
    ['older than five minutes', (form: string) => signed(form, { at: now() - 305 })],
    ['more than five minutes ahead', (form: string) => signed(form, { at: now() + 305 })],
    ['of a time that is no number', (form: string) => signed(form, { at: 'abc' })],
    ['of a time with a fraction', (form: string) => signed(form, { at: `${now()}.5` })],
  ])('none %s', async (_, headers) => {
    const form = body()
    const refused = await post(daemon, form, { headers: { ...signed(form), ...headers(form) } })
    expect(refused.status).toBe(401)
    expect(JSON.parse(refused.text).code).toBe('unauthorized')
  })

  test('none that a token alone would vouch for', async () => {
    const form = body()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await post(daemon, form, { token: daemon.token, headers })).status).toBe(401)
  })

  test('the edges of five minutes, either way', async () => {
    const at = 1_800_000_000
    const timed = await start({ slack: { secret: signingSecret, now: () => at * 1_000 } })
    const statuses = []
    for (const off of [-301, -300, 300, 301]) {
      const form = body()
      statuses.push((await post(timed, form, { headers: signed(form, { at: at + off }) })).status)
    }
    expect(statuses).toEqual([401, 200, 200, 401])
  })

  test('the raw bytes count, however they are encoded', async () => {
    const plus = 'team_id=T1&user_id=U1&command=%2Frole&text=Code+Reviewer&x=%2a&x=*'
    expect((await post(daemon, plus)).status).toBe(200)
    const twisted = plus.replace('+', '%20')
    expect((await post(daemon, twisted, { headers: signed(plus) })).status).toBe(401)
  })

  test('each once, on whichever replica', async () => {
    const other = await start()
    const form = body()
    const headers = signed(form)
    expect((await post(daemon, form, { headers })).status).toBe(200)
    for (const by of [daemon, other]) {
      expect((await post(by, form, { headers })).status).toBe(401)
    }
    const raced = body()
    const answers = await Promise.all(
      [daemon, other, daemon, other].map((by) => post(by, raced, { headers: signed(raced) })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401])
  })

  test('what was remembered long enough is forgotten', async () => {
    await database.pool.query(
      `INSERT INTO slack_requests VALUES ('\\x00', now() - interval '1 second')`,
    )
    await post(daemon, body())
    const { rows } = await database.pool.query(
      'SELECT FROM slack_requests WHERE expires_at < now()',
    )
    expect(rows).toEqual([])
  })

  test.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', ''])(
    'no body of type %j',
    async (type) => {
      const form = body()
      const headers = { ...signed(form), 'content-type': type }
      expect((await post(daemon, form, { headers })).status).toBe(415)
    },
  )

  test('no body that is far longer than any form of Slack', async () => {
    const form = formOf('/ask', 'x'.repeat(300_000))
    expect((await post(daemon, form)).status).toBe(413)
  })

  test('none at all without a secret: there is no such route', async () => {
    const without = await startDaemon({ database, upstream })
    for (const method of ['POST', 'GET']) {
      const answer = await send(without, '/slack/command', { method, token: null })
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([404, 'not_found'])
    }
  })

  test('the API document has it, without a token', async () => {
    const { text } = await send(daemon, '/api/openapi.json')
    const { post } = JSON.parse(text).paths['/slack/command']
    expect(post.security).toBeUndefined()
    expect(post.requestBody.content).toHaveProperty(['application/x-www-form-urlencoded'])
  })
})

describe('roles', () => {
  test('are listed, chosen in any capitals, kept for this user alone, and left', async () => {
    const [user, other] = [{ user_id: 'U1' }, { user_id: 'U2' }]
    expect(await say('/roles', '', user)).toEqual({
      response_type: 'ephemeral',
      text: 'There are no roles yet.',
    })
    await daemon.client.createRole({ name: 'Code Reviewer', instructions: 'Review.' })
    await daemon.client.createRole({ name: 'Q&A <b>', instructions: 'Answer.' })
    expect((await say('/role', '', user)).text).toContain('No role is active')
    const chosen = await say('/role', '  code reviewer ', user)
    expect(chosen.response_type).toBe('ephemeral')
    expect(chosen.text).toContain('*Code Reviewer* is active')
    const replica = await start()
    expect((await say('/role', '', { ...user, by: replica })).text).toContain('*Code Reviewer*')
    expect((await say('/role', '', other)).text).toContain('No role is active')
    expect((await say('/role', '', { ...user, team_id: 'T2' })).text).toContain('No role is active')
    expect((await say('/roles', '', user)).text).toContain(
      '• Code Reviewer (active)\n• Q&amp;A &lt;b&gt;\n',
    )
    // As Slack sends what was typed.
    expect((await say('/role', 'q&amp;a &lt;B&gt;', user)).text).toContain('*Q&amp;A &lt;b&gt;*')
    expect((await say('/role', 'none', user)).text).toBe('No role is active any more.')
    expect((await say('/role', '', user)).text).toContain('No role is active')
  })

  test('an unknown name gets the nearest, and changes nothing', async () => {
    await daemon.client.createRole({ name: 'Translator', instructions: 'x' })
    await say('/role', 'Translator', { user_id: 'U3' })
    const { text } = await say('/role', 'transaltor', { user_id: 'U3' })
    expect(text).toContain('no role “transaltor”')
    expect(text).toContain('Did you mean *Translator*?')
    expect((await say('/role', '<!channel>', { user_id: 'U3' })).text).toContain(
      '“&lt;!channel&gt;”',
    )
    expect((await say('/role', '', { user_id: 'U3' })).text).toContain('*Translator*')
  })

  test('one whose name differs only in capitals is found by its own', async () => {
    await daemon.client.createRole({ name: 'twin', instructions: 'x' })
    await daemon.client.createRole({ name: 'TWIN', instructions: 'x' })
    expect((await say('/role', 'twin', { user_id: 'U4' })).text).toContain('*twin*')
    expect((await say('/role', 'TWIN', { user_id: 'U4' })).text).toContain('*TWIN*')
  })

  test('one may be chosen while it is deleted: each way is an end', async () => {
    const users = Array.from({ length: 12 }, (_, nth) => ({ user_id: `U5${nth}` }))
    for (let round = 0; round < 5; round++) {
      const { id } = await daemon.client.createRole({ name: `Brief ${round}`, instructions: 'x' })
      const chosen = users.map((user) => say('/role', `brief ${round}`, user))
      await daemon.client.deleteRole(id)
      for (const { text } of await Promise.all(chosen)) {
        expect(text).toMatch(/is active|There is no role/)
      }
    }
    const { rows } = await database.pool.query(
      `SELECT FROM slack_users WHERE user_id LIKE 'U5%' AND user_id <> 'U5'`,
    )
    expect(rows).toEqual([])
  })

  test('one that is deleted is active for nobody', async () => {
    const { id } = await daemon.client.createRole({ name: 'Gone', instructions: 'x' })
    await say('/role', 'gone', { user_id: 'U5' })
    await daemon.client.deleteRole(id)
    expect((await say('/role', '', { user_id: 'U5' })).text).toContain('No role is active')
  })
})

describe('/ask', () => {
  test('answers everybody with the role and the default model, later', async () => {
    await daemon.client.createRole({ name: 'Pirate', instructions: 'Arr.' })
    await say('/role', 'pirate', { user_id: 'U10' })
    const before = hooks.posted.length
    const first = await say('/ask', 'a &lt; b?', { user_id: 'U10' })
    expect(first).toEqual({ response_type: 'ephemeral', text: 'Asking as *Pirate* …' })
    const { path, contentType, body } = await hooks.waitFor(before + 1)
    expect([path, contentType]).toEqual(['/commands/1', 'application/json; charset=utf-8'])
    expect(body).toEqual({
      response_type: 'in_channel',
      text: '>a &lt; b?\nYou said: a &lt; b?\n\n_echo · Pirate_',
    })
    expect(upstream.requests.at(-1)?.body).toMatchObject({
      model: 'echo',
      messages: [
        { role: 'system', content: 'Arr.' },
        { role: 'user', content: 'a < b?' },
      ],
    })
  })

  test('is a session of its own, of that Slack user, which nobody else sees', async () => {
    const before = hooks.posted.length
    await say('/ask', 'one', { user_id: 'U11' })
    await hooks.waitFor(before + 1)
    await say('/ask', 'two', { user_id: 'U11' })
    await hooks.waitFor(before + 2)
    const { rows } = await database.pool.query(
      `SELECT title FROM sessions WHERE owner = 'slack:T1DC2JH3J:U11' ORDER BY title`,
    )
    expect(rows).toEqual([{ title: 'one' }, { title: 'two' }])
    const mine = await daemon.client.listSessions()
    expect(mine.map(({ title }) => title)).not.toContain('one')
  })

  test('is answered within a second, however slow the model is', async () => {
    const slow = await start({ model: 'gate+slack' })
    const before = hooks.posted.length
    const began = performance.now()
    expect((await say('/ask', 'Hi', { by: slow })).text).toBe('Asking …')
    expect(performance.now() - began).toBeLessThan(1_000)
    const call = await upstream.waitFor('gate+slack')
    expect(hooks.posted.length).toBe(before)
    call.release('Late')
    call.finish()
    expect((await hooks.waitFor(before + 1)).body.text).toContain('Late')
  })

  test('is one question at a time of each user', async () => {
    const slow = await start({ model: 'gate+one' })
    const before = hooks.posted.length
    await say('/ask', 'First', { by: slow, user_id: 'U20' })
    const call = await upstream.waitFor('gate+one')
    const second = await say('/ask', 'Second', { by: slow, user_id: 'U20' })
    expect(second).toEqual({
      response_type: 'ephemeral',
      text: 'Your last question is not answered yet. Ask again when it is.',
    })
    // Another user's, and the same one's in another workspace, is another matter.
    for (const other of [{ user_id: 'U21' }, { user_id: 'U20', team_id: 'T2' }]) {
      expect((await say('/ask', 'Third', { by: slow, ...other })).text).toBe('Asking …')
    }
    call.finish()
    await hooks.waitFor(before + 1)
    expect((await say('/ask', 'Fourth', { by: slow, user_id: 'U20' })).text).toBe('Asking …')
    const titles = `SELECT title FROM sessions WHERE owner = 'slack:T1DC2JH3J:U20' ORDER BY title`
    await eventually(async () => {
      const { rows } = await database.pool.query(titles)
      expect(rows).toEqual([{ title: 'First' }, { title: 'Fourth' }])
    })
  })

  test('is as many questions a minute as a token may send requests', async () => {
    const by = await start({ limits: { requestsPerMinute: 1 } })
    const before = hooks.posted.length
    await say('/ask', 'One', { by, user_id: 'U22' })
    await hooks.waitFor(before + 1)
    expect((await say('/ask', 'Two', { by, user_id: 'U22' })).text).toMatch(
      /^You asked more than 1 time in a minute. Try again in \d+ s\.$/,
    )
    expect((await say('/role', '', { by, user_id: 'U22' })).text).toContain('No role')
  })

  test('so is anything else, however slow the database is, and what it is comes later', async () => {
    const client = await database.pool.connect()
    await client.query('BEGIN; LOCK TABLE slack_requests')
    const before = hooks.posted.length
    const began = performance.now()
    const form = formOf('/role', '', { response_url: `${hooks.url}/late`, user_id: 'U12' })
    const headers = signed(form)
    const first = await post(daemon, form, { headers })
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(JSON.parse(first.text).text).toBe('One moment …')
    // The same again meanwhile: it is not known yet which of them is the first.
    expect((await post(daemon, form, { headers })).status).toBe(200)
    await client.query('ROLLBACK')
    client.release()
    expect((await hooks.waitFor(before + 1)).body.text).toContain('No role is active')
    await say('/role', '', { user_id: 'U12' })
    expect(hooks.posted.length).toBe(before + 1)
  })

  test.each([
    'https://example.org/commands/1',
    'https://hooks.slack.com.example.org/1',
    'https://user@hooks.slack.com/1',
    'https://hooks.slack.com:8443/1',
    'http://hooks.slack.com/1',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'hooks.slack.com',
    '',
  ])('asks nobody when the answer is to go to %j', async (url) => {
    const strict = await start({ slack: { secret: signingSecret } })
    const asked = upstream.requests.length
    const { text } = await say('/ask', 'Hi', { by: strict, response_url: url })
    expect(text).toContain('no address of Slack')
    expect(upstream.requests.length).toBe(asked)
  })

  test('follows no redirect', async () => {
    const by = await start()
    const elsewhere = await startHooks()
    const redirecting = await startHooks((response) =>
      response.writeHead(307, { location: `${elsewhere.url}/stolen` }).end(),
    )
    await say('/ask', 'Hi', { by, response_url: `${redirecting.url}/x` })
    await redirecting.waitFor(1)
    await by.drain(5_000)
    expect(elsewhere.posted).toEqual([])
    expect(redirecting.posted).toHaveLength(1)
    expect(by.logged.join()).toContain('307')
    expect(by.logged.join()).not.toContain(redirecting.url)
    await elsewhere.close()
    await redirecting.close()
  })

  test('posts again where Slack fails, and not where it refuses', async () => {
    const failing = await startHooks((response, nth) => {
      response.statusCode = nth === 1 ? 503 : 200
      response.end()
    })
    await say('/ask', 'Hi', { response_url: failing.url })
    expect((await failing.waitFor(2)).body.text).toContain('You said: Hi')
    await failing.close()
  })

  test('cuts what Slack does not take, and says so', async () => {
    const by = await start({ model: 'long' })
    const before = hooks.posted.length
    await say('/ask', 'Go on', { by })
    const { text } = (await hooks.waitFor(before + 1)).body
    expect(text.length).toBeLessThanOrEqual(40_000)
    expect(text.length).toBeGreaterThan(39_900)
    expect(text).toContain('_The answer has 200,000 characters; Slack takes no more of it._')
    expect(text).not.toMatch(/[<>](?!Go)|&(?!lt;|amp;|gt;)/)
  })

  test("is in Slack's markup, and mentions nobody", async () => {
    const by = await start({ model: 'markup' })
    const before = hooks.posted.length
    await say('/ask', 'Hi', { by })
    expect((await hooks.waitFor(before + 1)).body.text).toBe(
      '>Hi\n*Bold* &lt;!channel&gt; `a&lt;b` &amp; more\n\n_markup_',
    )
  })

  test('a failure is told to nobody else, and leaves no secret', async () => {
    const by = await start({ model: 'status-503' })
    const before = hooks.posted.length
    await say('/ask', 'Hi', { by })
    const { body } = await hooks.waitFor(before + 1)
    expect(body.response_type).toBe('ephemeral')
    expect(body.text).toContain('There is no answer')
  })

  test('a half answer is shown, and called that', async () => {
    const by = await start({ model: 'error-frame' })
    const before = hooks.posted.length
    await say('/ask', 'Hi', { by })
    const { body } = await hooks.waitFor(before + 1)
    expect(body.text).toMatch(/^>Hi\nHello[\s\S]*_The answer was cut off: .*boom in the middle/)
  })

  test('a daemon that stops posts what there is before it goes', async () => {
    const by = await start({ model: 'gate+stop' })
    const before = hooks.posted.length
    await say('/ask', 'Hi', { by })
    const call = await upstream.waitFor('gate+stop')
    call.release('Half')
    const half = `SELECT FROM turn_events WHERE event = 'delta' AND data = 'Half'`
    await eventually(async () => expect((await database.pool.query(half)).rowCount).toBe(1))
    await by.stop()
    expect((await hooks.waitFor(before + 1)).body.text).toContain('cut off')
  })

  test('without a question says what it takes', async () => {
    expect((await say('/ask', '  ')).text).toContain('/ask <text>')
  })
})

test('what it does not know it answers with what it does', async () => {
  const reply = await say('/weather', 'here')
  expect(reply.response_type).toBe('ephemeral')
  expect(reply.text).toContain('I do not know `/weather`')
})

test("Slack's check of the certificate, and a form that is no command, get a 200", async () => {
  for (const form of ['ssl_check=1&token=x', 'text=hello', '']) {
    const { status, text } = await post(daemon, form)
    expect([status, JSON.parse(text).response_type]).toEqual([200, 'ephemeral'])
  }
})

test('a database that is away is a 200 with a text', async () => {
  const lost = await createTestDatabase()
  const by = await start({ database: lost })
  await lost.drop()
  const { text } = await say('/roles', '', { by })
  expect(text).toMatch(/did not work|One moment/)
})

test("docs/slack.md's manifest keeps Slack's limits, and its commands are those answered here", async () => {
  const page = readFileSync(join(packageRoot, 'docs/slack.md'), 'utf8')
  const manifest = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
  // Limits of Slack's reference of app manifests.
  expect(manifest.display_information.name.length).toBeLessThanOrEqual(35)
  expect(manifest.display_information.description.length).toBeLessThanOrEqual(140)
  expect(manifest.features.bot_user.display_name).toMatch(/^[a-z0-9._-]{1,80}$/)
  expect(manifest.oauth_config.scopes.bot).toContain('commands')
  expect(manifest.settings.socket_mode_enabled).toBe(false)

  const commands: { command: string; url: string }[] = manifest.features.slash_commands
  expect(commands.map(({ command }) => command)).toEqual(['/roles', '/role', '/ask'])
  for (const { command, url } of commands) {
    const { protocol, pathname } = new URL(url)
    expect([protocol, pathname]).toEqual(['https:', slackPath])
    expect((await say(command)).text).not.toContain('I do not know')
  }
})
