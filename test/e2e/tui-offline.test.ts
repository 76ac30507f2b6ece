import { beforeAll, describe, expect, test } from 'vitest'
import { startUpstream } from '../fakes/upstream/upstream.js'
import { keys, openTui, shareHome } from '../support/tui.js'

const home = shareHome({ models: ['ok'] })

beforeAll(async () => {
  // Nothing was read from it so far, and its port is free from now on.
  await home.upstream.close()
})

describe('without a gateway', () => {
  test('the chat opens, says so and what to do in a line, and the demo answers', async () => {
    const tui = await openTui(home, ['-n'])
    await tui.shows('offline/demo', 'c2a config set gateway.url')
    await tui.matchesAtAllSizes('offline')
    tui.resize(80, 24)
    tui.type('Who are you?\r')
    await tui.shows('◆ offline/demo', 'F1 help')
    await tui.matchesAtAllSizes('offline-answered')
    const [session] = await home.client.listSessions(1)
    expect(session?.model, 'what stood in is not kept').toBeNull()
  })

  test('the models are asked for again with r, and the gateway that came answers', async () => {
    const tui = await openTui(home, ['-n'])
    await tui.shows('○ offline')
    const upstream = await startUpstream({
      ...{ litellm: true, models: ['ok'], port: home.upstream.port },
    })
    try {
      tui.type(keys.ctrl('o'))
      await tui.shows('MODELS (1)')
      tui.type(`${keys.tab}r`)
      await tui.shows('openai', '● local')
      tui.type(keys.escape)
      await tui.hides('MODELS (1)')
      expect(tui.screen()).not.toContain('offline')
      tui.type('hi\r')
      await tui.shows('◆ ok', 'Hello, world.', 'F1 help')
    } finally {
      await upstream.close()
    }
  })
})

describe('a gateway that goes away while the chat is open', () => {
  test('is told within seconds, and again when it is back; its models stay chosen', async () => {
    const { port } = home.upstream
    const options = { litellm: true, models: ['ok'], port } as const
    const before = await startUpstream(options)
    const tui = await openTui(home, ['-n', '-m', 'ok'])
    await tui.shows('ok │ ● local')
    await before.close()
    await tui.shows('ok │ ○ offline', 'The gateway does not answer', 'c2a doctor says why')
    tui.type('hi\r')
    await tui.shows('not reachable', 'F1 help')
    expect(tui.screen()).toContain('ok │ ○ offline')
    const after = await startUpstream(options)
    try {
      await tui.shows('ok │ ● local')
      expect(tui.screen()).not.toContain('The gateway does not answer')
    } finally {
      await after.close()
    }
  })
})
