import { describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { keys, openTui, shareHome, type Tui } from '../support/tui.js'

const home = shareHome()

async function open(model: string, args: readonly string[] = ['-n']): Promise<Tui> {
  return openTui(home, [...args, '-m', model])
}

const draftIs = (tui: Tui, text: string): Promise<void> => tui.until(() => tui.draft() === text)

/** What the model was asked the last time. */
async function lastAsked(model: string, n = 1): Promise<unknown> {
  const { body } = await home.upstream.waitFor(model, n)
  return (body['messages'] as { content: unknown }[]).at(-1)?.content
}

describe('several lines', () => {
  test.each([
    ['Shift+Enter of the kitty protocol', '\x1b[13;2u', 'kitty'],
    ['Shift+Enter of modifyOtherKeys', '\x1b[27;2;13~', 'other-keys'],
    ['Ctrl+J', '\n', 'ctrl-j'],
    ['Alt+Enter', '\x1b\r', 'alt-enter'],
    ['a backslash before Enter', '\\\r', 'backslash'],
  ])('are made with %s, and Enter sends them as one message', async (_, key, tag) => {
    const tui = await open(`ok+${tag}`)
    tui.type('one')
    tui.type(key)
    tui.type('two')
    await draftIs(tui, 'one\ntwo')
    tui.type(keys.enter)
    await tui.shows('Hello, world.')
    expect(await lastAsked(`ok+${tag}`)).toBe('one\ntwo')
    expect(tui.draft()).toBe('')
  })

  test('grow the composer up to a third of the screen, and it shrinks again', async () => {
    const tui = await open('ok')
    tui.paste(Array.from({ length: 30 }, (_, line) => `line ${line + 1}`).join('\n'))
    await tui.shows('line 30')
    expect(tui.draft().split('\n')).toHaveLength(8)
    expect(tui.draft()).not.toContain('line 22')
    tui.type('\x1b[1;5H')
    await tui.until((screen) => screen.includes('Chat2AnyLLM'))
    tui.type(keys.ctrl('c'))
    await draftIs(tui, '')
  })
})

describe('a paste', () => {
  test('of several lines is text, not sent, and one step of undo', async () => {
    const tui = await open('ok+paste')
    tui.type('before ')
    await draftIs(tui, 'before')
    tui.paste('first\rsecond\rthird')
    await draftIs(tui, 'before first\nsecond\nthird')
    expect(home.upstream.hits('ok+paste')).toBe(0)
    tui.type('\x1f')
    await draftIs(tui, 'before')
    tui.type('\x1b_')
    await draftIs(tui, 'before first\nsecond\nthird')
    tui.type(keys.enter)
    await tui.shows('Hello, world.')
    expect(await lastAsked('ok+paste')).toBe('before first\nsecond\nthird')
  })

  test('that begins with a slash is a message', async () => {
    const tui = await open('ok+slash')
    tui.paste('/quit')
    await draftIs(tui, '/quit')
    tui.type(keys.enter)
    await tui.shows('Hello, world.')
    expect(await lastAsked('ok+slash')).toBe('/quit')
  })

  test('with control characters shows marks, and reaches no terminal', async () => {
    const tui = await open('ok+hostile')
    tui.paste('a\x1b]0;owned\x07b\x1b[2Jc')
    await draftIs(tui, 'a␛]0;owned␇b␛[2Jc')
    expect(tui.title()).not.toContain('owned')
  })
})

describe('what is typed', () => {
  test('while an answer streams stays in the composer, and the answer goes on', async () => {
    const tui = await open('gate+typing')
    tui.type('go\r')
    const call = await home.upstream.waitFor('gate+typing')
    call.release('The answer ')
    await tui.shows('The answer')
    tui.type('half a tho')
    call.release('comes in parts.')
    await tui.shows('The answer comes in parts.')
    tui.type('ught')
    await draftIs(tui, 'half a thought')
    call.finish()
    await tui.shows('F1 help')
    expect(tui.draft()).toBe('half a thought')
    expect(home.upstream.hits('gate+typing')).toBe(1)
  })

  test('is kept while another session is open', async () => {
    const other = await home.client.createSession({ title: 'Other one', model: 'ok' })
    const tui = await open('ok')
    tui.type('unsent words')
    await draftIs(tui, 'unsent words')
    tui.type(keys.ctrl('s'))
    await tui.shows(other.title)
    tui.type(`${keys.down}${keys.enter}`)
    await tui.until(() => tui.screen().startsWith(' c2a │ Other one'))
    expect(tui.draft()).toBe('')
    tui.type('others')
    await draftIs(tui, 'others')
    tui.type(keys.ctrl('s'))
    await tui.shows('SESSIONS')
    tui.type(`${keys.up}${keys.enter}`)
    await draftIs(tui, 'unsent words')
  })

  test('is kept when the daemon refuses it, and can be sent again', async () => {
    const tui = await open('ok+refused')
    const [session] = await home.client.listSessions(1)
    tui.type('precious words')
    await draftIs(tui, 'precious words')
    await home.client.deleteSession(session?.id ?? '')
    tui.type(keys.enter)
    await tui.shows('precious words', 'session')
    await draftIs(tui, 'precious words')
  })

  test('waits for the running answer, and is sent after it', async () => {
    const tui = await open('gate+queue')
    tui.type('first\r')
    const call = await home.upstream.waitFor('gate+queue')
    call.release('One.')
    await tui.shows('One.')
    tui.type('second\r')
    await tui.shows('Sent after this answer: second')
    expect(home.upstream.hits('gate+queue')).toBe(1)
    call.finish()
    const next = await home.upstream.waitFor('gate+queue', 2)
    expect(await lastAsked('gate+queue', 2)).toBe('second')
    await tui.hides('Sent after this answer')
    next.release('Two.')
    next.finish()
    await tui.shows('One.', 'Two.', 'F1 help')
  })

  test('comes back to be edited while it waits', async () => {
    const tui = await open('gate+edit')
    tui.type('first\r')
    const call = await home.upstream.waitFor('gate+edit')
    tui.type('secnd\r')
    await tui.shows('Sent after this answer: secnd')
    tui.type(keys.up)
    await draftIs(tui, 'secnd')
    await tui.hides('Sent after this answer')
    call.finish()
    await tui.shows('F1 help')
    expect(tui.draft()).toBe('secnd')
    expect(home.upstream.hits('gate+edit')).toBe(1)
  })

  test('before is what Up brings back, also in the next start', async () => {
    const tui = await open('ok+history')
    tui.type('older words\r')
    await tui.shows('Hello, world.', 'F1 help')
    tui.type('newer words\r')
    await eventually(() => expect(home.upstream.hits('ok+history')).toBe(2))
    await tui.until((screen) => screen.split('Hello, world.').length === 3)
    tui.type('draft')
    await draftIs(tui, 'draft')
    tui.type(keys.home + keys.up)
    await draftIs(tui, 'newer words')
    tui.type(keys.home + keys.up)
    await draftIs(tui, 'older words')
    tui.type(keys.end + keys.down)
    await draftIs(tui, 'newer words')
    tui.type(keys.end + keys.down)
    await draftIs(tui, 'draft')
    tui.type(keys.ctrl('c'))
    await draftIs(tui, '')
    tui.type(keys.ctrl('d'))
    expect(await tui.exit).toBe(0)
    const next = await open('ok')
    next.type(keys.up)
    await draftIs(next, 'draft')
    next.type(keys.home + keys.up)
    await draftIs(next, 'newer words')
  })

  test('may be wide and combined: each key moves by what one sees', async () => {
    const tui = await open('ok+wide')
    tui.type('日本e\u0301👍🏽x')
    await tui.shows('日本')
    const start = tui.cursor().column
    tui.type('\x1b[D\x1b[D\x1b[D')
    await tui.until(() => tui.cursor().column < start - 3)
    tui.type('|')
    await tui.until((screen) => screen.includes('|'))
    tui.type(keys.enter)
    await tui.shows('Hello, world.')
    expect(await lastAsked('ok+wide')).toBe('日本|e\u0301👍🏽x')
  })
})
