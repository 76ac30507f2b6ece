import { expect, test } from 'vitest'
import { sessionOf } from '../slash/test-support.js'
import { type AppUnderTest, keys, narrow, startApp } from './fixtures/app-under-test.js'

const two = [sessionOf({ id: 'a', title: 'a' }), sessionOf({ id: 'b', title: 'b' })]

test('Tab and Shift+Tab go round the panes', async () => {
  const { app, press } = await startApp()
  const seen = Array.from({ length: 5 }, () => {
    press(keys.tab)
    return app.state.focus
  })
  expect(seen).toEqual(['transcript', 'sessions', 'roles', 'composer', 'transcript'])
  press(keys.shiftTab, keys.shiftTab)
  expect(app.state.focus).toBe('roles')
})

test('where there are no side panes the focus goes between composer and transcript', async () => {
  const { app, press } = await startApp({ size: narrow })
  press(keys.tab)
  expect(app.state.focus).toBe('transcript')
  press(keys.tab)
  expect(app.state.focus).toBe('composer')
  press(keys.shiftTab)
  expect(app.state.focus).toBe('transcript')
})

test('the key of a list goes to its pane and back, or opens it over the rest and closes it', async () => {
  const { app, press } = await startApp()
  press(keys.ctrl('s'))
  expect(app.state).toMatchObject({ focus: 'sessions', overlay: undefined })
  press(keys.ctrl('s'))
  expect(app.state.focus).toBe('composer')
  const small = await startApp({ size: narrow })
  small.press(keys.ctrl('t'))
  expect(small.app.state.overlay).toEqual({ kind: 'roles' })
  small.press(keys.ctrl('t'))
  expect(small.app.state.overlay).toBeUndefined()
})

test('global keys reach what they are for', async () => {
  const { press, did } = await startApp()
  press(keys.f4, keys.ctrl('l'), keys.ctrl('z'), keys.ctrl('g'))
  expect(did).toEqual(['toggle theme', 'redraw', 'suspend', 'edit'])
})

test('a new session takes the focus to the composer', async () => {
  const { app, press } = await startApp()
  press(keys.tab, keys.ctrl('n'))
  expect(app.state.focus).toBe('composer')
})

test('Ctrl+C closes what is open, stops the answer, clears the text, and leaves at the second', async () => {
  const { app, press, did, typed, settle } = await startApp()
  press('Hi', keys.enter)
  await settle()
  press('more', keys.f1, keys.ctrl('c'))
  expect(app.state.overlay).toBeUndefined()
  expect(did).not.toContain('stop')
  press(keys.ctrl('c'))
  await settle()
  expect(did.at(-1)).toBe('stop')
  expect(app.state.turn?.isStopping).toBe(true)
  expect(typed()).toBe('more')
  press(keys.ctrl('c'))
  expect(typed()).toBe('')
  expect(did.at(-1)).toBe('remember more')
  press(keys.ctrl('c'))
  expect(app.state.hint).toContain('once more')
  expect(did).not.toContain('quit')
  press(keys.ctrl('c'))
  expect(did.at(-1)).toBe('quit')
})

test('Ctrl+C leaves only twice in a row, within two seconds', async () => {
  const { press, did, wait } = await startApp()
  press(keys.ctrl('c'))
  wait(2_100)
  press(keys.ctrl('c'), 'x', keys.backspace, keys.ctrl('c'))
  expect(did).not.toContain('quit')
  press(keys.ctrl('c'))
  expect(did).toContain('quit')
})

test('Up brings back what Ctrl+C cleared', async () => {
  const { press, typed } = await startApp()
  press('precious', keys.ctrl('c'), keys.up)
  expect(typed()).toBe('precious')
})

test('Esc leaves a pane, then stops the answer, for whose end the queue waits', async () => {
  const { app, press, did, settle } = await startApp()
  press('one', keys.enter, 'two', keys.enter)
  await settle()
  expect(app.state.queue).toEqual(['two'])
  press(keys.tab, keys.escape)
  expect(app.state.focus).toBe('composer')
  expect(did).not.toContain('stop')
  press(keys.escape)
  await settle()
  expect(did.at(-1)).toBe('stop')
  expect(app.state.queue).toEqual(['two'])
  press(keys.escape, keys.escape)
  await settle()
  expect(did.filter((what) => what === 'stop')).toHaveLength(1)
  expect(did).not.toContain('quit')
})

test('Ctrl+D leaves only when nothing is typed', async () => {
  const { press, did } = await startApp()
  press('x', keys.ctrl('d'))
  expect(did).toEqual([])
  press(keys.backspace, keys.ctrl('d'))
  expect(did).toEqual(['quit'])
})

test('space and letters scroll the transcript; other letters are typed', async () => {
  const { app, press, typed } = await startApp()
  const pages: number[] = []
  const { page } = app.transcript
  app.transcript.page = (direction) => {
    pages.push(direction)
    page(direction)
  }
  press(keys.tab, ' ', 'b', 'j', 'G')
  expect(pages).toEqual([1, -1])
  expect(typed()).toBe('')
  press('z')
  expect(app.state.focus).toBe('composer')
  expect(typed()).toBe('z')
})

test('r in the transcript has the last message answered again; in the composer it is a letter', async () => {
  const at = '2026-01-01T00:00:00.000Z'
  const fixed = {
    kind: 'chat',
    status: 'complete',
    model: 'ok',
    created_at: at,
    timestamp: at,
  } as const
  const { app, press, typed, did, settle } = await startApp({
    messages: [
      { ...fixed, id: 'q', role: 'user', content: 'Why?', seq: 1 },
      { ...fixed, id: 'a', role: 'assistant', content: 'So.', seq: 2, turn_id: 'first' },
    ],
  })
  press('r')
  expect(typed()).toBe('r')
  press(keys.backspace, keys.tab, 'r')
  await settle()
  expect(did).toEqual(['retry first'])
  expect(app.state.focus).toBe('composer')
  expect(app.state.turn?.turnId).toBe('t')
})

test('a paste means the composer, wherever the focus is', async () => {
  const { app, press, typed } = await startApp()
  press(keys.tab, keys.tab, keys.paste('dj'))
  expect(app.state.focus).toBe('composer')
  expect(typed()).toBe('dj')
})

test('a side pane that is not shown any more gets no keys', async () => {
  const { app, press, typed } = await startApp({ sessions: two })
  press(keys.ctrl('s'))
  app.dispatch({ type: 'resized', size: narrow })
  press('d')
  expect(app.state.overlay).toBeUndefined()
  expect(typed()).toBe('d')
})

test('a hint goes with the next key', async () => {
  const { app, press } = await startApp()
  press('/nonsense', keys.enter)
  expect(app.state.hint).toContain('nonsense')
  press('x')
  expect(app.state.hint).toBeUndefined()
})

test('coming back to the window reads the list, but not while the daemon is away', async () => {
  const { app, press, settle } = await startApp({ sessions: two })
  app.dispatch({ type: 'session-deleted', id: 'b' })
  press('\x1b[I')
  await settle()
  expect(app.state.sessions).toHaveLength(2)
  app.link.lost(undefined)
  app.dispatch({ type: 'session-deleted', id: 'b' })
  press('\x1b[I')
  await settle()
  expect(app.state.sessions).toHaveLength(1)
})

test('a long text that comes at once is one edit, whatever it is made of', async () => {
  const { app, press, typed } = await startApp()
  const texts: string[] = []
  const { dispatch } = app.store
  app.dispatch = (action) => {
    if (action.type === 'composed') texts.push(action.composer.editor?.text ?? '')
    dispatch(action)
  }
  press('up enter', ` é e\u0301 👩‍💻 ${'x'.repeat(4_000)}`)
  expect(texts).toHaveLength(2)
  expect(typed()).toBe(`up enter é e\u0301 👩‍💻 ${'x'.repeat(4_000)}`)
})

test('keys that come at once do what they do one by one', async () => {
  const words = ['jjzé up', 'hello\x7fd', 'd', 'nxy', '/b\rz', 'n', 'n a\tb c', 'Gi/xyz', '/ok']
  const places = ['', keys.tab, keys.tab + keys.tab, keys.shiftTab, keys.ctrl('o'), keys.f1]
  for (const place of places) {
    for (const word of words) {
      const world = { sessions: two, models: ['ok', 'b'] }
      const atOnce = await startApp(world)
      const oneByOne = await startApp(world)
      atOnce.press(place)
      oneByOne.press(place)
      atOnce.press(word)
      oneByOne.press(...word)
      await atOnce.settle()
      await oneByOne.settle()
      expect([place, word, seen(atOnce)]).toEqual([place, word, seen(oneByOne)])
    }
  }
})

function seen({ app, did, typed }: AppUnderTest) {
  const { overlay, focus, filter, markedSession, markedRole } = app.state
  const what = { ...overlay, filter: undefined, name: undefined, instructions: undefined }
  const fields = [filter, overlay].map((one) => JSON.stringify(textsOf(one)))
  return { what, fields, focus, markedSession, markedRole, did, typed: typed() }
}

function textsOf(some: object | undefined): unknown[] {
  return Object.values(some ?? {}).map((one) => (one?.text === undefined ? undefined : one.text))
}
