import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome()

const isIdle = (tui: Tui): Promise<void> => tui.shows('F1 help')

const numbered = (count: number): string =>
  Array.from({ length: count }, (_, line) => `- line ${line + 1}.`).join('\n')

/** An answer of many lines in a new session, to its end. */
async function openLong(tag: string) {
  const model = `gate+${tag}`
  const tui = await openTui(home, ['-n', '-m', model])
  tui.type('Count\r')
  const call = await home.upstream.waitFor(model)
  call.release(`${numbered(60)}\n`)
  await tui.shows('line 60.')
  return { tui, call }
}

describe('the transcript', () => {
  test.each([
    ['the wheel', keys.wheelUp(10, 8), 3],
    ['PgUp', keys.pageUp, 10],
    ['Shift+Up', '\x1b[1;2A', 1],
  ])(
    'is scrolled up with %s, stays there while text comes, and says how much',
    async (how, key, least) => {
      const { tui, call } = await openLong(`up-${least}`)
      tui.type(key)
      await tui.hides('line 60.')
      const top = (screen: string): string => screen.split('\n')[1] ?? ''
      const before = top(tui.screen())
      expect(before, how).toMatch(/line \d+\./)
      call.release('- line 61.\n- line 62.\n')
      await tui.until((screen) => /↓ \d+ new lines?/.test(screen))
      expect(top(tui.screen())).toBe(before)
      expect(tui.screen()).not.toContain('line 62.')
      tui.type(keys.ctrlEnd)
      await tui.shows('line 62.')
      await tui.until((screen) => !/new lines?/.test(screen))
      call.release('- line 63.\n')
      await tui.shows('line 63.')
      call.finish()
      await isIdle(tui)
    },
  )

  test('follows again once it is scrolled to its end', async () => {
    const { tui, call } = await openLong('down')
    tui.type(keys.wheelUp(10, 8))
    await tui.hides('line 60.')
    tui.type(keys.wheelDown(10, 8))
    await tui.shows('line 60.')
    call.release('- line 61.\n')
    await tui.shows('line 61.')
    call.finish()
    await isIdle(tui)
  })

  test('goes to its first line and back with Ctrl+Home and Ctrl+End', async () => {
    const { tui, call } = await openLong('ends')
    call.finish()
    await isIdle(tui)
    tui.type(keys.ctrlHome)
    await tui.shows('▸ You', 'Count', 'line 1.')
    tui.type(keys.ctrlEnd)
    await tui.shows('line 60.')
  })

  test('has keys of its own while it has the focus, and typing goes to the composer', async () => {
    const { tui, call } = await openLong('focus')
    call.finish()
    await isIdle(tui)
    tui.type(keys.tab)
    await tui.shows('j/k scroll')
    tui.type('g')
    await tui.shows('▸ You')
    tui.type('G')
    await tui.shows('line 60.')
    tui.type('k')
    await tui.hides('line 60.')
    tui.type('x')
    await tui.until(() => tui.draft() === 'x')
    await isIdle(tui)
  })

  test('keeps its place while the terminal is made wider and narrower', async () => {
    const { tui, call } = await openLong('place')
    call.finish()
    await isIdle(tui)
    tui.type(keys.pageUp)
    await tui.hides('line 60.')
    const [, top = ''] = tui.screen().split('\n')
    tui.resize(60, 24)
    await tui.until((screen) => /╭─{58}╮/.test(screen))
    tui.resize(80, 24)
    await tui.until((screen) => /╭─{78}╮/.test(screen))
    expect(tui.screen().split('\n')[1]).toBe(top)
  })

  test('of 150 messages has its newest page at first, and reads the older ones on the way up', async () => {
    const { client } = home
    const { id } = await client.createSession({ title: 'Long', model: 'echo' })
    for (let n = 1; n <= 75; n++) {
      const body = { message: `question ${n}.` }
      const stream = await client.chat(id, body, { idempotencyKey: randomUUID() })
      for await (const events of stream) void events
    }
    const tui = await openTui(home, ['-s', id])
    await tui.shows('You said: question 75.')
    const seen = new Set<string>()
    const look = (): void => {
      for (const [, n] of tui.screen().matchAll(/You said: question (\d+)\./g)) seen.add(n ?? '')
    }
    look()
    // At most half a page, so that none is missed when two of them come at once.
    const up = keys.wheelUp(10, 8).repeat(3)
    while (!/^▸ You[^\n]*\n {2}question 1\./m.test(tui.screen())) {
      const before = tui.screen()
      tui.type(up)
      // At the top there is nothing to see until older ones have come.
      await tui.until((screen) => screen !== before, 500).catch(() => undefined)
      look()
    }
    expect([...seen].map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 75 }, (_, index) => index + 1),
    )
    tui.type(keys.ctrlEnd)
    await tui.shows('You said: question 75.')
  })

  test('Ctrl+Home goes to the very first message, and End on an empty line to the newest', async () => {
    const { client } = home
    const { id } = await client.createSession({ title: 'Long', model: 'echo' })
    for (let n = 1; n <= 40; n++) {
      const body = { message: `question ${n}.` }
      const stream = await client.chat(id, body, { idempotencyKey: randomUUID() })
      for await (const events of stream) void events
    }
    const tui = await openTui(home, ['-s', id])
    await tui.shows('You said: question 40.')
    tui.type(keys.ctrlHome)
    await tui.until((screen) => /^▸ You[^\n]*\n {2}question 1\./m.test(screen))
    expect(tui.screen()).toContain('↓ End')
    tui.type(keys.end)
    await tui.shows('You said: question 40.')
    expect(tui.screen()).not.toContain('↓ End')
  })
})
