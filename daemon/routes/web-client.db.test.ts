import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { lorem } from '../../test/fakes/upstream/script-table.js'
import { done, finish, pause, text } from '../../test/fakes/upstream/steps.js'
import type { Upstream } from '../../test/fakes/upstream/upstream.js'
import { open, send, startDaemon, type TestDaemon } from '../../test/support/daemon.js'
import type { TestDatabase } from '../../test/support/database.js'
import { startStage } from '../../test/support/stage.js'

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
const ends = [finish(), done()]
const origin = 'https://chat.example.org'

const awkward = `${'"\\\n\t\u0001é漢👩‍🚀'.repeat(300)}end`

beforeAll(async () => {
  const stage = await startStage({
    upstream: {
      scripts: {
        awkward: { steps: () => [text(awkward), pause(1), text(' and on'), ...ends] },
        late: { steps: () => [pause(400), text('late'), ...ends] },
      },
    },
    origins: [origin],
  })
  ;({ database, upstream, daemon } = stage)
  return stage.close
})

/** The original client's reader: no buffer between reads, no notion of an event. */
async function readAsOriginal(
  body: AsyncIterable<Buffer>,
  onDone?: () => void,
): Promise<{ text: string; done: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  let done = false
  for await (const value of body) {
    if (done) continue
    for (const line of decoder.decode(value, { stream: true }).split('\n')) {
      const trimmed = line.trim()
      if (!trimmed.startsWith('data: ')) continue
      const data = trimmed.slice(6)
      if (data === '[DONE]') {
        done = true
        onDone?.()
        break
      }
      try {
        const content = JSON.parse(data).choices?.[0]?.delta?.content
        if (content) text += content
      } catch {
        // As the original: a line that it cannot read is lost.
      }
    }
  }
  return { text, done }
}

const chat = (sessionId: string, body: object, by = daemon) =>
  open(by, `/api/sessions/${sessionId}/chat/stream`, {
    method: 'POST',
    headers: { origin },
    body,
  })

describe('the original client', () => {
  test.each(['ok', 'reasoning', 'bytes', 'error-frame', 'policy-text'])(
    'reads the whole answer of %s, and the response ends',
    async (model) => {
      const { id } = await daemon.client.createSession({})
      const response = await chat(id, { model, message: 'Hi' })
      expect(response.statusCode).toBe(200)
      expect(response.headers['access-control-allow-origin']).toBe(origin)
      const { text, done } = await readAsOriginal(response)
      const [, answer] = await daemon.client.listMessages(id)
      expect(text).toBe(answer!.content)
      expect(done).toBe(true)
    },
  )

  test('gets frames that fit a packet, whatever the text', async () => {
    const { id } = await daemon.client.createSession({})
    const response = await chat(id, { model: 'awkward', message: 'Hi' })
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const frames = Buffer.concat(chunks).toString().split('\n\n')
    const chunkFrames = frames.filter((frame) => frame.includes('"choices"'))
    expect(chunkFrames.length).toBeGreaterThan(3)
    for (const frame of chunkFrames) expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(1_200)
    const { text } = await readAsOriginal(
      (async function* () {
        for (const frame of frames) yield Buffer.from(`${frame}\n\n`)
      })(),
    )
    expect(text).toBe(`${awkward} and on`)
  })

  test('does plan mode by two posts, the second fired at the first [DONE]', async () => {
    const { id } = await daemon.client.createSession({})
    let second: Promise<{ text: string; done: boolean }> | undefined
    const first = await readAsOriginal(await chat(id, { model: 'ok', message: 'Plan it' }), () => {
      second = chat(id, { model: 'ok+2', message: 'Do it' }).then((response) => {
        expect(response.statusCode).toBe(200)
        return readAsOriginal(response)
      })
    })
    expect([first, await second]).toEqual([
      { text: 'Hello, world.', done: true },
      { text: 'Hello, world.', done: true },
    ])
    expect(await daemon.client.listMessages(id)).toHaveLength(4)
  })

  test('sees a failure before the first text as a status', async () => {
    const { id } = await daemon.client.createSession({})
    const response = await chat(id, { model: 'status-503', message: 'Hi' })
    expect(response.statusCode).toBe(503)
    expect(response.headers['access-control-allow-origin']).toBe(origin)
    response.resume()
  })

  test('gets its head without text when patience ends', async () => {
    const hasty = await startDaemon({ database, upstream, origins: [origin], headPatienceMs: 60 })
    const { id } = await hasty.client.createSession({})
    const response = await chat(id, { model: 'late', message: 'Hi' }, hasty)
    expect(upstream.requests.at(-1)!.outcome).toBeUndefined()
    expect(await readAsOriginal(response)).toEqual({ text: 'late', done: true })
  })
})

describe('login', () => {
  const login = (body: unknown) =>
    send(daemon, '/api/login', { method: 'POST', token: null, headers: { origin }, body })

  test('takes the token as the password and gives it back with a user', async () => {
    const { status, text } = await login({ username: 'ann', password: daemon.token })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ token: daemon.token, user: { username: 'ann' } })
  })

  test('refuses any other password with a sentence in `error`, and too many at once', async () => {
    const { status, text } = await login({ username: 'ann', password: 'guess' })
    expect(status).toBe(401)
    expect(JSON.parse(text)).toMatchObject({ code: 'unauthorized', error: expect.any(String) })
    const attempts = await Promise.all(
      Array.from({ length: 40 }, () => login({ username: 'ann', password: 'guess' })),
    )
    const refused = attempts.filter((attempt) => attempt.status === 429)
    expect(refused.length).toBeGreaterThan(5)
    expect(JSON.parse(refused[0]!.text).code).toBe('rate_limited_client')
    expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0)
    // Somebody who guesses does not keep out who knows.
    expect((await login({ username: 'ann', password: daemon.token })).status).toBe(200)
  })
})

describe('the Edit stream', () => {
  const edit = (model: string) =>
    open(daemon, '/api/chat/completions/stream', {
      method: 'POST',
      headers: { origin },
      body: { model, messages: [{ role: 'user', content: 'Hi' }] },
    })

  test('answers in chunks and stores nothing', async () => {
    const before = await database.pool.query('SELECT count(*) AS n FROM messages')
    const response = await edit('echo')
    expect(response.headers['access-control-allow-origin']).toBe(origin)
    expect(await readAsOriginal(response)).toEqual({ text: 'You said: Hi', done: true })
    const after = await database.pool.query('SELECT count(*) AS n FROM messages')
    expect(after.rows).toEqual(before.rows)
  })

  test('a model that is faster than its packets is not held up by each word', async () => {
    const paced = await startDaemon({ database, upstream, gapMs: 100 })
    onTestFinished(() => paced.stop())
    const { text } = await send(paced, '/api/chat/completions/stream', {
      method: 'POST',
      body: { model: 'lorem-100', messages: [{ role: 'user', content: 'Hi' }] },
    })
    const frames = text.match(/(?<="content":)".*?"/g) ?? []
    expect(frames.map((frame) => JSON.parse(frame)).join('')).toBe(lorem(100))
    expect(frames.length).toBeLessThan(50)
  })

  test('a failure before any text is a status with the problem', async () => {
    const response = await edit('no-such')
    expect(response.statusCode).toBe(404)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    expect(JSON.parse(Buffer.concat(chunks).toString()).code).toBe('model_not_found')
  })

  test('one in the middle keeps the text, says so by name, and ends in order', async () => {
    const { text } = await send(daemon, '/api/chat/completions/stream', {
      method: 'POST',
      body: { model: 'error-frame', messages: [{ role: 'user', content: 'Hi' }] },
    })
    expect(text).toContain('"content":"Hello"')
    expect(text).toMatch(/event: turn\.failed\ndata: \{[^\n]*boom in the middle/)
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  test('a client that leaves closes the upstream socket', async () => {
    const leave = new AbortController()
    const gone = open(daemon, '/api/chat/completions/stream', {
      method: 'POST',
      body: { model: 'gate+edit', messages: [{ role: 'user', content: 'Hi' }] },
      signal: leave.signal,
    })
    const call = await upstream.waitFor('gate+edit')
    leave.abort()
    await expect(gone).rejects.toThrow()
    expect(await call.ended).toBe('aborted')
  })
})
