import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packetGapMs } from '../../daemon/http/whole-frames.js'
import { done, finish, type Step, text } from '../fakes/upstream/steps.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { startDaemon, type TestDaemon } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type Site, startSite } from '../support/site.js'
import { chromiumPath, startChromium } from './chromium.js'
import { call, pageFiles } from './stage.js'

/*
 * A page in Chromium that makes the original web client's calls: from another origin than the
 * daemon's, which is listed, and behind a proxy that adds the token, as docs/operations.md has it.
 */

/** Long enough for an edge where Chromium's pipe ends and begins again, at every 2 MiB. */
const long = 'Wörter und mehr 😀\n'.repeat(120_000)

function* inPieces(): Iterable<Step> {
  for (const [piece] of long.matchAll(/[\s\S]{1,60000}/g)) yield text(piece)
  yield finish()
  yield done()
}

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
/** A page's home that is no proxy, and one that is. */
let elsewhere: Site
let front: Site
let browser: Browser
let page: Page

const origin = 'http://chat.example.org'

describe.skipIf(chromiumPath === undefined)('in a browser', () => {
  beforeAll(async () => {
    database = await createTestDatabase()
    upstream = await startUpstream({
      litellm: true,
      scripts: { long: { steps: inPieces } },
    })
    elsewhere = await startSite({ files: pageFiles })
    const origins = [origin, `http://127.0.0.1:${elsewhere.port}`]
    daemon = await startDaemon({
      database,
      upstream,
      origins,
      hosts: ['chat.example.org'],
      gapMs: packetGapMs,
    })
    front = await startSite({ files: pageFiles, daemon })
    browser = await startChromium({ 'chat.example.org': front.port })
    page = await browser.newPage()
  })
  afterAll(async () => {
    await browser?.close()
    front?.close()
    elsewhere?.close()
    await daemon?.stop()
    await upstream?.close()
    await database?.drop()
  })

  const xhr = (method: string, url: string, more?: object) => call(page, 'xhr', method, url, more)

  describe.each([
    ['on an origin that is listed', () => `http://127.0.0.1:${elsewhere.port}/`],
    ['behind a proxy on its own origin', () => `${origin}/`],
  ])('%s', (where, home) => {
    const isBehindProxy = where.startsWith('behind')
    let base: string
    let token: string
    beforeAll(async () => {
      await page.goto(home())
      base = isBehindProxy ? '' : `http://127.0.0.1:${daemon.port}`
      token = daemon.token
    })

    test('its login takes the token, and says why it takes nothing else', async () => {
      expect(await call(page, 'login', `${base}/api/login`, 'ann', token)).toEqual({
        status: 200,
        body: { token, user: { username: 'ann' } },
      })
      expect(await call(page, 'login', `${base}/api/login`, 'ann', 'wrong')).toEqual({
        status: 401,
        body: expect.objectContaining({ error: expect.stringMatching(/token/) }),
      })
    })

    test('sessions, roles and messages come and go', async () => {
      const made = await xhr('POST', `${base}/api/sessions`, { token, body: { title: 'New Chat' } })
      expect(made).toMatchObject({ status: 201, body: { title: 'New Chat' } })
      const { id } = (made as { body: { id: string } }).body
      const path = `${base}/api/sessions/${id}`
      expect(await xhr('GET', `${path}/messages`, { token })).toEqual({ status: 200, body: [] })

      const role = { name: `Chef ${where}`, instructions: 'You cook.\n---\nWell.' }
      const posted = await xhr('POST', `${base}/api/roles`, { token, body: role })
      expect(posted).toMatchObject({ status: 201, body: role })
      const rolePath = `${base}/api/roles/${(posted as { body: { id: string } }).body.id}`
      const name = `Cook ${where}`
      expect(await xhr('PUT', rolePath, { token, body: { name } })).toMatchObject({
        status: 200,
        body: { ...role, name },
      })

      const message = `[[ROLE:${name}]]\n${role.instructions}\n---\nWhat is a roux?`
      const asked = { model: 'echo', message }
      expect(await call(page, 'stream', `${path}/chat/stream`, asked, token)).toMatchObject({
        text: 'You said: What is a roux?',
        end: 'done',
      })
      expect(upstream.requests.at(-1)?.body).toMatchObject({
        messages: [{ role: 'system', content: role.instructions }, {}],
      })
      const listed = (await xhr('GET', `${base}/api/sessions`, { token })) as { body: object[] }
      expect(listed.body[0]).toMatchObject({ id, title: 'What is a roux?' })
      expect(await xhr('GET', `${path}/messages`, { token })).toMatchObject({
        body: [
          { role: 'user', content: 'What is a roux?' },
          { role: 'assistant', content: 'You said: What is a roux?' },
        ],
      })
      expect(await xhr('DELETE', rolePath, { token })).toEqual({ status: 204 })
      expect(await xhr('DELETE', path, { token })).toEqual({ status: 204 })
      expect(await xhr('GET', `${path}/messages`, { token })).toMatchObject({ status: 404 })
    })

    test('models and Edit, which it asks without a token, are there behind the proxy', async () => {
      const models = await xhr('GET', `${base}/api/models`)
      const messages = [{ role: 'user', content: 'Again' }]
      const edit = await call(page, 'stream', `${base}/api/chat/completions/stream`, {
        model: 'echo',
        messages,
      })
      if (isBehindProxy) {
        expect(models).toMatchObject({ status: 200, body: { data: expect.any(Array) } })
        expect(edit).toMatchObject({ text: 'You said: Again', end: 'done' })
      } else {
        expect(models).toMatchObject({ status: 401 })
        expect(edit).toEqual({ status: 401 })
      }
    })

    test('an answer of more than 2 MiB loses nothing where its browser cuts the body', async () => {
      const { id } = await daemon.client.createSession({})
      const url = `${base}/api/sessions/${id}/chat/stream`
      const body = { model: 'long', message: 'Go on' }
      const read = (await call(page, 'stream', url, body, token)) as { text: string; end: string }
      expect(read.text.length).toBe(long.length)
      expect(read.text === long).toBe(true)
      expect(read.end).toBe('done')
    })

    test('ten answers in a row do not use up its six connections', async () => {
      const { id } = await daemon.client.createSession({})
      const url = `${base}/api/sessions/${id}/chat/stream`
      for (let n = 1; n <= 10; n++) {
        const body = { model: 'echo', message: `Number ${n}` }
        expect(await call(page, 'stream', url, body, token)).toMatchObject({
          text: `You said: Number ${n}`,
        })
      }
    })

    test('a failure in mid-answer keeps the text that came', async () => {
      const { id } = await daemon.client.createSession({})
      const url = `${base}/api/sessions/${id}/chat/stream`
      const body = { model: 'cut-mid', message: 'Go on' }
      expect(await call(page, 'stream', url, body, token)).toMatchObject({
        text: 'Hello there',
        end: 'done',
      })
    })
  })
})
