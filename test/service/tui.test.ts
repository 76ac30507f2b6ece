import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import { openTerminal, type TerminalUnderTest } from '../support/terminal.js'
import { createHome, type Home } from './home.js'
import { fakeRows, type LiteLLM, startLiteLLM } from './litellm.js'

/*
 * The chat on a real terminal with all of it for real, but the provider.
 */

let upstream: Upstream
let litellm: LiteLLM
let home: Home

beforeAll(async () => {
  upstream = await startUpstream()
  litellm = await startLiteLLM({
    rows: fakeRows(upstream, ['ok', 'gate', 'gate+plan', 'status-429']),
    fallbacks: { 'status-429': ['ok'] },
  })
  home = createHome({ LITELLM_ENDPOINT: litellm.url, LITELLM_API_KEY: litellm.key })
})

afterAll(async () => {
  await home?.dispose()
  await litellm?.dispose()
  await upstream?.close()
})

async function openChat(model: string): Promise<TerminalUnderTest> {
  const terminal = openTerminal(home, ['-n', '-m', model], { columns: 120, rows: 40 })
  await terminal.until((screen) => screen.includes('Ask anything') && screen.includes('local'))
  return terminal
}

test('a question is answered on the screen as the provider writes, and stays', async () => {
  const terminal = await openChat('gate')
  terminal.type('What is it?\r')
  const call = await upstream.waitFor('gate')
  call.release('It is **here**')
  await terminal.until((screen) => /answering.*\n[\s\S]*It is here/.test(screen))
  call.release(' now.')
  call.finish()
  await terminal.until((screen) => /It is here now\.[\s\S]*F1 help/.test(screen))
  terminal.type('\x04')
  expect(await terminal.exit).toBe(0)

  const again = openTerminal(home, [], { columns: 120, rows: 40 })
  await again.until((screen) => screen.includes('It is here now.'))
})

test('the picker shows what LiteLLM knows of its models', async () => {
  const terminal = await openChat('ok')
  terminal.type('\x0f')
  await terminal.until((screen) => /MODELS \(\d+\)/.test(screen))
  expect(terminal.screen()).toMatch(/● ok +openai +4k/)
  expect(terminal.screen()).toMatch(/claude-sonnet +anthropic/)
})

test('an answer stands under the name of the model that gave it', async () => {
  const terminal = await openChat('status-429')
  terminal.type('Who are you?\r')
  await terminal.until((screen) => /◆ ok .*\d tok\n.*│ +Hello, world\./.test(screen))
})

test('plan mode asks two models, and Esc stops the second at the provider', async () => {
  const terminal = await openChat('ok')
  terminal.type('/model:plan-mode ok gate+plan\r')
  await terminal.until((screen) => screen.includes('PLAN ok → gate+plan'))
  terminal.type('Build it.\r')
  const call = await upstream.waitFor('gate+plan')
  call.release('Step one')
  await terminal.until((screen) => /Plan · ok[\s\S]*Hello, world\.[\s\S]*Step one/.test(screen))
  terminal.type('\x1b')
  await terminal.until((screen) => screen.includes('stopped'))
  expect(await call.ended).toBe('aborted')
  expect(terminal.screen()).toContain('Step one')
})
