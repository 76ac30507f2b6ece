import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openTerminal } from '../support/terminal.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome({ models: ['ok', 'echo', 'gate'] })

const isOpen = (tui: Tui, title: string): Promise<void> =>
  tui.until((screen) => screen.startsWith(` c2a │ ${title} `))

/** A session in which these were asked, one after the other. */
async function asked(title: string, questions: readonly string[]): Promise<string> {
  const { client } = home
  const { id } = await client.createSession({ title, model: 'echo' })
  for (const message of questions) {
    const stream = await client.chat(id, { message }, { idempotencyKey: randomUUID() })
    for await (const events of stream) void events
  }
  return id
}

const numbered = (count: number, what: string): string[] =>
  Array.from({ length: count }, (_, index) => `${what} ${index}`)

/** The row of the screen that a text is in. */
const rowOf = (tui: Tui, text: string): number =>
  tui
    .screen()
    .split('\n')
    .findIndex((line) => line.includes(text))

describe('the search', () => {
  test('finds while one types, opens what is far back in another session, and goes on from there', async () => {
    const questions = numbered(30, 'heron')
    await asked('Birds', [...questions.slice(0, 2), 'the osprey dives', ...questions.slice(2)])
    const { id } = await home.client.createSession({ title: 'Here', model: 'ok' })
    const tui = await openTui(home, ['-s', id])
    tui.type(`a draft${keys.ctrl('f')}`)
    await tui.shows('SEARCH', 'all sessions · best first')
    tui.type('ospr')
    await tui.shows('SEARCH (2)', 'the osprey dives', 'You said: the osprey dives')
    await tui.matchesAtAllSizes('search')
    tui.resize(80, 24)
    await tui.until((screen) => /╭─ SEARCH \(2\) ─{36,} all/.test(screen))
    await tui.until((screen) => /^│▌ {2}Birds.*You/m.test(screen))
    tui.type(keys.enter)
    await isOpen(tui, 'Birds')
    await tui.shows('the osprey dives', 'You said: the osprey dives', 'heron 1')
    const row = rowOf(tui, '  the osprey dives')
    expect([row > rowOf(tui, 'You said: heron 1'), row < 12]).toEqual([true, true])
    expect(tui.draft()).toBe('')
    // What stands out is drawn anew without its marks.
    const marked = tui.raw().length
    tui.type(keys.escape)
    await tui.until(() => tui.raw().slice(marked).includes('ospr'))

    tui.type(keys.ctrl('f'))
    await tui.shows('SEARCH (2)', '/ ospr')
    expect(tui.screen()).toMatch(/^│▌● Birds.*You/m)
    tui.type('nothing of that')
    await tui.shows('/ nothing of that', 'nothing found')
    tui.type(keys.escape)
    await tui.hides('SEARCH')
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS (2)')
    tui.type('/Here\r')
    await isOpen(tui, 'Here')
    expect(tui.draft()).toBe('a draft')
  })

  test('of this session leaves out the others, and its next page comes on the way down', async () => {
    await asked('Elsewhere', ['a lone osprey'])
    const id = await asked('Birds', numbered(15, 'osprey'))
    const tui = await openTui(home, ['-s', id])
    await tui.shows('osprey 14')
    tui.type('/search osprey\r')
    await tui.shows('SEARCH (20+)', 'all sessions')
    tui.type(`${keys.tab}\x1b[Z`)
    await tui.shows('this session · newest first', 'You said: osprey 14')
    expect(tui.screen()).not.toContain('lone')
    tui.type(keys.pageDown.repeat(2))
    await tui.shows('SEARCH (30)')
    tui.type(keys.pageDown.repeat(2))
    await tui.until((screen) => /│▌ {2}(You said: )?osprey 0 /.test(screen))
    tui.type(keys.enter)
    await tui.hides('SEARCH')
    await tui.shows('You said: osprey 0')
  })

  test('while an answer streams opens another session, and the answer goes on', async () => {
    const birds = await asked('Birds', ['the osprey dives'])
    const { id } = await home.client.createSession({ title: 'Here', model: 'gate+search' })
    const tui = await openTui(home, ['-s', id])
    tui.type('Tell me\r')
    const call = await home.upstream.waitFor('gate+search')
    call.release('It began. ')
    await tui.shows('It began.')
    tui.type(`${keys.ctrl('f')}osprey dives`)
    await tui.shows('SEARCH (2)')
    tui.type(keys.enter)
    await isOpen(tui, 'Birds')
    await tui.shows('You said: the osprey dives', 'F1 help')
    expect(birds).not.toBe(id)
    call.release('It ended.')
    call.finish()
    tui.type(`${keys.ctrl('f')}"tell me"`)
    await tui.shows('SEARCH (1)')
    tui.type(keys.enter)
    await tui.shows('It began. It ended.', 'F1 help')
  })
})

test('the chat a line at a time prints what is found; a number opens it there', async () => {
  await asked('Birds', ['the osprey dives', ...numbered(6, 'heron')])
  const terminal = openTerminal(home.c2a, ['--plain', '-n', '-m', 'ok'])
  const idle = (screen: string): boolean => screen.split('\n').at(-1) === '>'
  await terminal.until(idle)
  terminal.type('/search "osprey dives" -said\r')
  await terminal.until((screen) => idle(screen) && screen.includes('A number opens one'))
  expect(terminal.screen()).toContain('1. Birds, now, You: the osprey dives')
  terminal.type('1\r')
  await terminal.until((screen) => idle(screen) && screen.includes('You said: the osprey dives'))
  expect(terminal.screen()).toContain('"Birds"')
  terminal.type('/search albatross\r')
  await terminal.until((screen) => screen.includes('Nothing found.'))
})
