import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readToken } from '../../cli/personal/find.js'
import { type Client, createClient } from '../../shared/client/client.js'
import { gatewayCodes, type Problem, problems } from '../../shared/contract/problem.js'
import { homeOf } from '../../shared/home.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { type C2a, createC2a, type Finished, finished } from '../support/c2a.js'
import { canary, type ErrorRow, errorRows, failing, shortClocks } from '../support/error-rows.js'
import { keys, openTui } from '../support/tui.js'

let upstream: Upstream
let c2a: C2a
let client: Client
/** Whatever a client of any kind got. */
const outputs: string[] = []

beforeAll(async () => {
  upstream = await startUpstream(failing)
  c2a = await createC2a({
    gateway: upstream.url,
    env: { LITELLM_API_KEY: canary, C2A_LOG_LEVEL: 'debug', ...shortClocks },
  })
  // Starts the daemon, and tells it how much a model takes.
  expect((await c2a.run(['models'])).stdout).toContain('tiny')
  const target = { socketPath: c2a.daemon()?.socket ?? '' }
  client = createClient({ target, token: readToken(homeOf({ C2A_HOME: c2a.home })) })
})
afterAll(async () => {
  client.close()
  await c2a.dispose()
  await upstream.close()
})

/** Does something while the gateway is as the row wants it. */
async function under<Result>({ gateway }: ErrorRow, act: () => Promise<Result>): Promise<Result> {
  const { port } = upstream
  if (gateway === 'away') await upstream.close()
  if (gateway === 'other key') upstream.configure({ key: 'another' })
  try {
    return await act()
  } finally {
    if (gateway === 'away') upstream = await startUpstream({ ...failing, port })
    if (gateway === 'other key') upstream.configure({ key: canary })
  }
}

async function run(...args: string[]): Promise<Finished> {
  const ended = await c2a.run(args)
  outputs.push(ended.stdout, ended.stderr)
  return ended
}

/** As curl posts, which does not say that it takes events. */
function post(path: string, body: object): Promise<{ status: number; type: string; text: string }> {
  const token = readToken(homeOf({ C2A_HOME: c2a.home }))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const socketPath = c2a.daemon()?.socket ?? ''
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method: 'POST', headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      outputs.push(text, JSON.stringify(response.headers))
      const type = String(response.headers['content-type'])
      resolve({ status: response.statusCode ?? 0, type, text })
    })
    asked.on('error', reject).end(JSON.stringify(body))
  })
}

const messageOf = (row: ErrorRow): string => row.message ?? 'Hi'
const hintOf = ({ code, hint }: ErrorRow): string => hint ?? problems[code].hint ?? ''

/** (a) The problem that the API gives, of the row's code, in whole. */
async function askApi(row: ErrorRow, sessionId: string): Promise<Problem> {
  const body = { message: messageOf(row), model: row.model }
  const { status, type, text } = await post(`/api/sessions/${sessionId}/chat/stream`, body)
  if (row.text === undefined && row.thought === undefined) {
    expect({ status, type }).toEqual({
      status: problems[row.code].status,
      type: 'application/problem+json',
    })
    const { request_id, ...problem } = JSON.parse(text)
    expect(request_id).toEqual(expect.any(String))
    return problem
  }
  expect({ status, type }).toMatchObject({
    status: 200,
    type: expect.stringMatching('event-stream'),
  })
  const [, end = ''] =
    /event: turn\.failed\nid: \S+\ndata: (.*)\n\ndata: \[DONE\]\n\n$/.exec(text) ?? []
  return JSON.parse(end).problem
}

test('each code of the gateway has a row', () => {
  const rows = new Set(errorRows.map(({ code }) => code))
  expect([...gatewayCodes].filter((code) => !rows.has(code))).toEqual(['cancelled'])
})

describe('the same problem at every door', () => {
  test.each(errorRows)('$code ($model)', (row) =>
    under(row, async () => {
      const { id } = await client.createSession({ model: row.model })
      const [problem, bare, json] = await Promise.all([
        askApi(row, id),
        run('ask', '-m', row.model, messageOf(row)),
        run('ask', '--json', '-m', row.model, messageOf(row)),
      ])
      const { code, detail } = problem
      const hint = hintOf(row)
      const { title, status } = problems[row.code]
      expect(problem).toMatchObject({ code: row.code, title, status, hint })
      expect(detail).toContain(row.detail)

      const exit = row.text === undefined ? 6 : 7
      const said = `c2a: ${detail}\n     ${hint}\n`
      expect(bare).toMatchObject({ code: exit, stderr: said })
      if (row.text === undefined) expect(bare.stdout).toBe('')
      else expect(bare.stdout.replace(/\n$/, '')).toMatch(row.text)

      expect(json.code).toBe(exit)
      const object = JSON.parse(json.stdout)
      expect(object.problem).toEqual(problem)
      expect(object.answer).toMatch(row.text ?? /^$/)
      expect(JSON.parse(json.stderr)).toEqual(problem)

      const messages = await client.listMessages(id)
      outputs.push(JSON.stringify(messages))
      if (row.isRefused) return expect(messages).toEqual([])
      expect(messages[1]).toMatchObject({ status: 'failed', error_code: code })
      expect(messages[1]?.problem).toEqual(problem)
      const [shown, attached] = await Promise.all([run('sessions', 'show', id), run('attach', id)])
      expect(shown.stdout).toMatch(`\n[${code}: ${detail}]\n[${hint}]\n`)
      expect(attached).toMatchObject({ code: exit, stderr: said })
    }),
  )

  test('cancelled: who did not stop it themselves is told', async () => {
    const stopped = async (model: string, piece: string, ...args: string[]): Promise<Finished> => {
      const child = c2a.spawn(['ask', '-m', model, ...args, 'Hi'])
      child.stdin?.end()
      const end = finished(child)
      const seen = new Promise((resolve) => child.stdout?.once('data', resolve))
      const call = await upstream.waitFor(model)
      if (piece !== '') call.release(piece)
      const [session] = await client.listSessions(1)
      if (piece !== '') await seen
      await client.stopSession(session?.id ?? '')
      return end
    }
    const { hint } = problems.cancelled
    expect(await stopped('gate+1', '')).toEqual({
      ...{ code: 6, stdout: '' },
      stderr: `c2a: the answer was stopped\n     ${hint}\n`,
    })
    const some = await stopped('gate+2', 'Half')
    expect(some).toMatchObject({ code: 7, stdout: 'Half\n' })
    expect(some.stderr).toMatch(
      /^c2a: the answer was stopped\n {5}What came is kept: c2a sessions show /,
    )
    const json = await stopped('gate+3', '', '--json')
    expect(json.code).toBe(6)
    const { problem } = JSON.parse(json.stdout)
    expect(problem).toMatchObject({ code: 'cancelled', detail: 'the answer was stopped' })
    expect(JSON.parse(json.stderr)).toEqual(problem)
  })
})

test('the chat says so under the answer, and again when it is opened later', async () => {
  const size = { columns: 200, rows: 240 }
  const tui = await openTui({ c2a }, ['-n', '-m', 'ok'], size)
  const question = (row: ErrorRow): string => `${row.code} of ${row.model}`
  /** What stands under the question of a row. */
  const partOf = (screen: string, row: ErrorRow): string =>
    screen
      .split('▸ You')
      .slice(1)
      .find((part) => part.includes(question(row))) ?? ''
  const holds = (screen: string, row: ErrorRow): boolean => {
    const part = partOf(screen, row)
    return [`✗ ${row.code}: `, row.detail, hintOf(row).replace('-m ', '/model ')].every((words) =>
      part.includes(words),
    )
  }
  for (const row of errorRows) {
    await under(row, async () => {
      tui.type(`/model ${row.model}\r`)
      await tui.until((screen) => screen.split('\n')[0]?.includes(` ${row.model} `) ?? false)
      if (row.isRefused) {
        tui.type(`${messageOf(row)}\r`)
        await tui.shows(row.detail, `${problems[row.code].hint}`)
        tui.type(keys.ctrl('u'))
        return
      }
      tui.type(`${question(row)}\r`)
      await tui.until((screen) => holds(screen, row))
      await tui.hides('esc stop')
    })
  }
  tui.type(keys.ctrl('d'))
  expect(await tui.exit).toBe(0)
  const later = await openTui({ c2a }, ['-C'], size)
  const stored = errorRows.filter(({ isRefused }) => !isRefused)
  await later.until((screen) => stored.every((row) => holds(screen, row)))
  outputs.push(tui.raw(), later.raw())
})

test("the gateway's key is in nothing of all that, nor in the daemon's log", () => {
  const log = readFileSync(join(c2a.home, 'daemon.log'), 'utf8')
  expect(log).toContain('A completion did not open')
  const forms = [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')]
  for (const text of [...outputs, log]) for (const form of forms) expect(text).not.toContain(form)
  expect(outputs.length).toBeGreaterThan(100)
})
