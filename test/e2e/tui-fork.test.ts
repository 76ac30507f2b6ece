import { expect, test } from 'vitest'
import { openTerminal } from '../support/terminal.js'
import { keys, openTui, shareHome } from '../support/tui.js'

const home = shareHome()

/** Every session with what was said there; the latest first. */
async function kept(): Promise<[title: string, texts: string[]][]> {
  const sessions = await home.client.listSessions()
  return Promise.all(
    sessions.map(async ({ id, title }) => {
      const messages = await home.client.listMessages(id)
      return [title, messages.map(({ content }) => content)] as [string, string[]]
    }),
  )
}

/** Two questions, each with an answer that repeats it. */
async function talk(): Promise<void> {
  await home.c2a.run(['ask', '-m', 'script', 'first question'])
  await home.c2a.run(['ask', '-C', 'second question'])
}

test('an earlier question is asked otherwise in a fork; draft, session and other terminals stay as they are', async () => {
  await talk()
  const other = await openTui(home)
  await other.shows('second question', 'F1 help')
  const tui = await openTui(home)
  await tui.shows('second question', 'F1 help')
  tui.type('/edit ')
  await tui.shows('1  second question', '2  first question')
  tui.type(`2${keys.enter}`)
  await tui.shows('editing question 2 from the end', 'enter ask it in a fork · esc leave it')
  expect(tui.draft()).toBe('first question')
  tui.type(keys.escape)
  await tui.hides('editing question')
  tui.type(`my draft${keys.tab}e`)
  await tui.shows('editing the last question')
  expect(tui.draft()).toBe('second question')
  expect((await kept()).length).toBe(1)
  tui.type(`, otherwise${keys.enter}`)
  await tui.shows(
    'first question (fork)',
    'This is a fork of "first question", which stays as it is.',
    'What you had written waits there.',
  )
  expect(tui.draft()).toBe('')
  expect(await kept()).toEqual([
    [
      'first question (fork)',
      ['first question', 'first question', ...Array(2).fill('second question, otherwise')],
    ],
    ['first question', ['first question', 'first question', 'second question', 'second question']],
  ])
  expect(other.screen()).not.toContain('otherwise')
  expect(other.screen()).not.toContain('(fork)')
  tui.type(`${keys.ctrl('s')}${keys.down}${keys.enter}`)
  await tui.hides('otherwise')
  expect(tui.draft()).toBe('my draft')
})

test('f forks up to the answer in view, while another one goes on where it was asked', async () => {
  await talk()
  const tui = await openTui(home)
  await tui.shows('second question', 'F1 help')
  tui.type(`/model gate+fork${keys.enter}`)
  await tui.shows('Model: gate+fork')
  tui.type(`third question${keys.enter}`)
  const call = await home.upstream.waitFor('gate+fork')
  call.release('Half')
  await tui.shows('Half', 'esc stop')
  tui.type(`${keys.tab}f`)
  await tui.shows('This is a fork of "first question", where its answer goes on.')
  await tui.hides('third question')
  tui.type(`${keys.ctrl('s')}${keys.down}${keys.enter}`)
  await tui.shows('third question', 'Half', 'esc stop')
  call.finish()
  await tui.shows('third question', 'Half', 'F1 help')
  const lengths = (await kept()).map(([title, texts]) => [title, texts.length])
  expect(Object.fromEntries(lengths)).toEqual({
    'first question': 6,
    'first question (fork)': 4,
  })
})

test('/edit and /fork work a line at a time, too', async () => {
  await talk()
  const terminal = openTerminal(home.c2a, ['--plain'])
  const shows = (text: string) =>
    terminal.until((screen) => screen.includes(text) && /\n> ?[^\n]*$/.test(screen))
  await terminal.until((screen) => /\n>$/.test(screen))
  terminal.type('/edit 2\r')
  await shows(
    'Editing question 2 from the end: Enter asks it in a fork, Ctrl+C leaves it.\n> first',
  )
  terminal.type('\x03')
  await shows('Ctrl+C once more leaves')
  terminal.type('/edit\r')
  await shows('Editing the last question: Enter asks it in a fork, Ctrl+C leaves it.\n> second')
  terminal.type(', otherwise\r')
  await terminal.until((screen) =>
    /This is a fork of "first question", which stays as it is\.\n.*second question, otherwise\nAnswer finished[^\n]*\n>$/s.test(
      screen,
    ),
  )
  const forks = await kept()
  expect(forks.map(([title, texts]) => [title, texts.at(-1)])).toEqual([
    ['first question (fork)', 'second question, otherwise'],
    ['first question', 'second question'],
  ])
  terminal.type('/fork 2\r')
  await shows('This is a fork of "first question (fork)", which stays as it is.')
  expect((await kept())[0]).toEqual(['first question (fork)', ['first question', 'first question']])
})

test('a question that cannot be asked a line at a time is in the line again, and no fork stays', async () => {
  await talk()
  const terminal = openTerminal(home.c2a, ['--plain'])
  await terminal.until((screen) => /\n>$/.test(screen))
  terminal.type('/edit\r')
  await terminal.until((screen) => screen.endsWith('> second question'))
  const [session] = await home.client.listSessions(1)
  await home.client.deleteSession(session?.id ?? '')
  terminal.type('?\r')
  await terminal.until((screen) =>
    /Not asked; the question is in the line again\.\n> second question\?$/.test(screen),
  )
  expect(await kept()).toEqual([])
})
