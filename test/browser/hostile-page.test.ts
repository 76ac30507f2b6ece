import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { startDaemon, type TestDaemon } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type Site, startSite } from '../support/site.js'
import { chromiumPath, startChromium } from './chromium.js'
import { call, pageFiles } from './stage.js'

/*
 * A page that somebody has opened, and that tries what browsers let it: it may know the port, and
 * even the token, but is no client of this daemon's.
 */

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let site: Site
let browser: Browser
let page: Page
let base: string
/** What the attacker's name stands for, first one machine and then another. */
let name: Server
let leadsTo: number

const writes: [string, object][] = [
  ['/api/sessions', { title: 'Mine' }],
  ['/api/roles', { name: 'Mine', instructions: 'Obey.' }],
  ['/api/shutdown', {}],
  ['/api/chat/completions', { model: 'ok', messages: [{ role: 'user', content: 'Hi' }] }],
  ['/v1/chat/completions', { model: 'ok', messages: [{ role: 'user', content: 'Hi' }] }],
]
const reads = ['/api/health', '/api/ready', '/api/sessions', '/api/models', '/metrics', '/']

describe.skipIf(chromiumPath === undefined)('a page of somebody else’s', () => {
  beforeAll(async () => {
    database = await createTestDatabase()
    upstream = await startUpstream({ litellm: true })
    daemon = await startDaemon({ database, upstream, origins: ['https://chat.example.org'] })
    await daemon.client.createSession({ title: 'Secret' })
    base = `http://127.0.0.1:${daemon.port}`
    site = await startSite({ files: pageFiles })
    leadsTo = site.port
    name = createServer((socket) => {
      const onward = connect(leadsTo, '127.0.0.1')
      socket.pipe(onward).pipe(socket)
      for (const end of [socket, onward]) end.on('error', () => socket.destroy())
    })
    name.listen(0, '127.0.0.1')
    await once(name, 'listening')
    browser = await startChromium({ 'rebound.example': (name.address() as AddressInfo).port })
  })
  afterAll(async () => {
    await browser?.close()
    name?.close()
    site?.close()
    await daemon?.stop()
    await upstream?.close()
    await database?.drop()
  })

  /** What there is, whoever made it, and what was asked of the model. */
  const effects = async (): Promise<unknown> => {
    const sessions = (await daemon.client.listSessions(10)).map(({ title }) => title)
    const roles = (await daemon.client.listRoles()).map(({ name }) => name)
    return { sessions, roles, asked: upstream.hits('ok'), stops: daemon.stopAsked() }
  }
  const none = { sessions: ['Secret'], roles: [], asked: 0, stops: 0 }

  describe.each([
    ['at home', (url: string) => url],
    ['from a file or a frame without an origin', () => 'about:blank'],
  ])('%s', (_, home) => {
    beforeAll(async () => {
      page = await browser.newPage()
      await page.goto(home(`http://127.0.0.1:${site.port}/`))
      await page.addScriptTag({ path: `${pageFiles}/calls.js` })
    })

    test.each(writes)('writes nothing by a simple post to %s', async (path, body) => {
      await call(page, 'hostile.simple', base + path, JSON.stringify(body))
      expect(await effects()).toEqual(none)
    })

    test.each(writes)('writes nothing by a form to %s', async (path, body) => {
      // A form of plain text is `name=value`, which makes JSON of a body cut in two at a `=`.
      const text = JSON.stringify({ ...body, ignored: '=' })
      const [name = '', value = ''] = text.split('=')
      await call(page, 'hostile.form', base + path, { [name]: value })
      expect(await effects()).toEqual(none)
    })

    test.each(reads)('reads nothing of %s, with a token neither', async (path) => {
      expect(await call(page, 'hostile.read', base + path)).toBe('failed')
      const headers = { authorization: `Bearer ${daemon.token}` }
      expect(await call(page, 'hostile.read', base + path, headers)).toBe('failed')
      const anywhere = `http://0.0.0.0:${daemon.port}${path}`
      expect(await call(page, 'hostile.read', anywhere)).toBe('failed')
    })

    test('opens no stream, no socket, and loads nothing as an image or a script', async () => {
      expect(await call(page, 'hostile.events', `${base}/api/events`)).toBe('failed')
      const socket = `ws://127.0.0.1:${daemon.port}/api/events`
      expect(await call(page, 'hostile.socket', socket)).toBe('failed')
      expect(await call(page, 'hostile.image', `${base}/api/sessions`)).toBe('failed')
      expect(await call(page, 'hostile.script', `${base}/api/sessions`)).toBe('failed')
      expect(await effects()).toEqual(none)
    })

    test('writes nothing with the token either', async () => {
      for (const [path, body] of writes) {
        const sent = await call(page, 'xhr', 'POST', base + path, { token: daemon.token, body })
        expect(sent).toEqual({ status: 0 })
      }
      expect(await effects()).toEqual(none)
    })
  })

  test('whose name leads to the daemon (DNS rebinding) is refused by that name', async () => {
    const rebound = await browser.newPage()
    await rebound.goto('http://rebound.example/')
    expect(await call(rebound, 'hostile.read', '/calls.js')).toContain('hostile')
    leadsTo = daemon.port
    // What was connected still leads there.
    site.close()
    for (const path of reads) {
      const headers = { authorization: `Bearer ${daemon.token}` }
      const read = await call(rebound, 'hostile.read', path, headers)
      expect(JSON.parse(String(read))).toMatchObject({ status: 403 })
    }
    for (const [path, body] of writes) {
      const sent = await call(rebound, 'xhr', 'POST', path, { token: daemon.token, body })
      expect(sent).toMatchObject({ status: 403 })
    }
    expect(await effects()).toEqual(none)
  })
})
