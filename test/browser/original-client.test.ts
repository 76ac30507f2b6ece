import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packetGapMs } from '../../daemon/http/whole-frames.js'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { startDaemon, type TestDaemon } from '../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../support/database.js'
import { type Site, startSite } from '../support/site.js'
import { chromiumPath, startChromium } from './chromium.js'

/*
 * The original web client itself, unchanged: a build of it (`vite build`, without
 * VITE_BACKEND_ENDPOINT) in the folder that C2A_WEB_CLIENT names. On 127.0.0.1 it calls
 * http://localhost:3001, another origin, which leads to a proxy here that adds the token.
 */

const build = process.env['C2A_WEB_CLIENT']

let database: TestDatabase
let upstream: Upstream
let daemon: TestDaemon
let site: Site
let proxy: Site
let browser: Browser
let page: Page
const errors: string[] = []

describe.skipIf(build === undefined || chromiumPath === undefined)(
  'the original web client',
  () => {
    beforeAll(async () => {
      database = await createTestDatabase()
      upstream = await startUpstream({
        litellm: true,
        models: ['ok', 'echo', 'status-500', 'cut-mid'],
      })
      site = await startSite({ files: build ?? '' })
      const origins = [`http://127.0.0.1:${site.port}`]
      daemon = await startDaemon({ database, upstream, origins, gapMs: packetGapMs })
      proxy = await startSite({ daemon })
      browser = await startChromium({ 'localhost:3001': proxy.port })
      page = await browser.newPage()
      page.on('pageerror', (error) => errors.push(String(error)))
      page.on('dialog', (dialog) => void dialog.accept())
    })
    afterAll(async () => {
      await browser?.close()
      proxy?.close()
      site?.close()
      await daemon?.stop()
      await upstream?.close()
      await database?.drop()
    })

    const users = () => page.locator('.user-message .message-text')
    const answers = () => page.locator('.assistant-message .message-text')
    const titles = () => page.locator('#sessions-list .title').allInnerTexts()

    /** No answer streams, and the next message would be sent. */
    const idle = async (): Promise<void> => {
      await page.locator('button.send-button', { hasText: /^Send$/ }).waitFor()
      await page.locator('.streaming-cursor').waitFor({ state: 'detached' })
    }
    const say = async (text: string): Promise<void> => {
      await page.locator('textarea.message-input').fill(text)
      await page.locator('button.send-button').click()
      await idle()
    }
    /** Does what makes it read a session's messages, and waits until it has. */
    const whenRead = async (act: () => Promise<unknown>): Promise<void> => {
      const read = page.waitForResponse((response) => response.url().endsWith('/messages'))
      await act()
      await read
      await idle()
    }
    const login = async (password: string): Promise<void> => {
      await page.locator('#username').fill('ann')
      await page.locator('#password').fill(password)
      await page.locator('form.login-form button[type=submit]').click()
    }

    test('its login says what is wrong, and takes a token', async () => {
      await page.goto(`http://127.0.0.1:${site.port}/`)
      await login('wrong')
      await page.locator('.error-message', { hasText: 'not a token' }).waitFor()
      await whenRead(() => login(daemon.token))
      expect(await titles()).toEqual(['New Chat'])
    })

    test('its models are those of the gateway', async () => {
      await page.locator('#model-select option[value="echo"]').waitFor({ state: 'attached' })
      const listed = await page.locator('#model-select option').count()
      expect(listed).toBe((await daemon.client.listModels()).data.length)
      await page.locator('#model-select').selectOption('echo')
    })

    test('an answer streams, is stored, and gives the session its title', async () => {
      await say('What is a roux?')
      expect(await answers().allInnerTexts()).toEqual(['You said: What is a roux?'])
      await page.locator('#sessions-list button[title="What is a roux?"]').waitFor()
      await whenRead(() => page.reload())
      expect(await users().allInnerTexts()).toEqual(['What is a roux?'])
      expect(await answers().allInnerTexts()).toEqual(['You said: What is a roux?'])
      await page.locator('#model-select').selectOption('echo')
    })

    test('its Edit is answered', async () => {
      await page.getByRole('button', { name: 'Edit message' }).click()
      await page.locator('textarea.message-edit-input').fill('And a bisque?')
      await page.locator('button.save-edit-button').click()
      await page.locator('.message-text', { hasText: 'You said: And a bisque?' }).waitFor()
      await idle()
      expect(await answers().allInnerTexts()).toEqual(['You said: And a bisque?'])
    })

    test('its slash commands set a model, and its plan mode asks two', async () => {
      await say('/model:plan-mode ok echo')
      await page.locator('.plan-mode-indicator', { hasText: 'ok → echo' }).waitFor()
      const before = await answers().count()
      await say('Write a parser')
      await answers()
        .nth(before + 1)
        .waitFor()
      await idle()
      const [plan, implementation] = (await answers().allInnerTexts()).slice(before)
      expect(plan).toMatch(/^Plan:\s+Hello, world\./)
      expect(implementation).toMatch(/^Implementation:[\s\S]*Write a parser[\s\S]*Hello, world\./)
      const asked = upstream.requests.slice(-2).map(({ model }) => model)
      expect(asked).toEqual(['ok', 'echo'])
      await say('/model:plan-mode-off')
    })

    test('a role is made, used as the system message, changed and deleted', async () => {
      const roles = page.locator('.menu-section', { has: page.locator('#roles-list') })
      await roles.locator('button.new-session-btn').click()
      await page.getByPlaceholder('Role name').fill('Pirate')
      await page.getByPlaceholder('Role instructions...').fill('Talk so.\n---\nAlways.')
      await page.locator('.role-editor-actions').getByRole('button', { name: 'Create' }).click()
      await page.locator('.role-item .item-main', { hasText: 'Pirate' }).click()
      await page.locator('.role-item.active').waitFor()
      await say('Ahoy')
      expect(upstream.requests.at(-1)?.body).toMatchObject({
        messages: expect.arrayContaining([{ role: 'system', content: 'Talk so.\n---\nAlways.' }]),
      })
      await page.getByRole('button', { name: 'Edit role Pirate' }).click()
      await page.locator('textarea.role-editor-textarea').fill('Talk otherwise.')
      await page.locator('.role-editor-actions').getByRole('button', { name: 'Save' }).click()
      await page.locator('textarea.message-input').waitFor()
      expect((await daemon.client.listRoles()).map(({ instructions }) => instructions)).toContain(
        'Talk otherwise.',
      )
      await page.getByRole('button', { name: 'Delete role Pirate' }).click()
      await page.locator('#roles-list .empty').waitFor()
    })

    test('sessions are made, changed to and deleted', async () => {
      const sessions = page.locator('.menu-section', { has: page.locator('#sessions-list') })
      await whenRead(() => sessions.locator('button.new-session-btn').click())
      expect(await titles()).toEqual(['New Chat', 'What is a roux?'])
      await whenRead(() => page.locator('#sessions-list button[title="What is a roux?"]').click())
      // The prefix of its role is not the user's word, nor is it stored.
      expect(await users().allInnerTexts()).toEqual(
        expect.arrayContaining(['What is a roux?', 'Ahoy']),
      )
      await page.getByRole('button', { name: 'Delete session What is a roux?' }).click()
      await page
        .locator('#sessions-list button[title="What is a roux?"]')
        .waitFor({ state: 'detached' })
      const left = (await daemon.client.listSessions(10)).map(({ title }) => title)
      expect(left).toEqual(['New Chat'])
    })

    test('what fails before its first word is a banner, and what breaks off keeps its text', async () => {
      await page.locator('#model-select').selectOption('status-500')
      await say('Will it fail?')
      await page.locator('.messages-container > .error-message').waitFor()
      await page.locator('#model-select').selectOption('cut-mid')
      await say('Will it break?')
      expect((await answers().allInnerTexts()).at(-1)).toBe('Hello there')
    })

    test('nothing of it threw', () => {
      expect(errors).toEqual([])
    })
  },
)
