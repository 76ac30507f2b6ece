import { expect, test } from 'vitest'
import { messagesPerPage } from '../../cli/session/start-chat.js'
import { editorOf } from '../../cli/tui/composer/editor.js'
import { eventually } from '../support/eventually.js'
import { type ChatUnderTest, startChat } from './chat-under-test.js'

const type = ({ deps }: ChatUnderTest, text: string) =>
  deps.store.dispatch({ type: 'composed', composer: { editor: editorOf(text) } })
const titles = ({ state }: ChatUnderTest) => state.sessions.map(({ title }) => title)

/** A session with a question and its answer. */
async function answered(chat: ChatUnderTest, question: string) {
  const session = await chat.make('echo')
  await chat.sessions.open(session)
  chat.sessions.turns.send(question)
  await chat.settled()
  return chat.other.getSession(session.id)
}

/** Seventy messages. */
async function fill({ database }: ChatUnderTest, sessionId: string): Promise<void> {
  const text = `INSERT INTO messages (session_id, role, content)
    SELECT $1, 'user', n FROM generate_series(1, 70) AS n ORDER BY n`
  await database.pool.query(text, [sessionId])
}

test('switching fast between three sessions shows the last one only', async () => {
  const chat = await startChat()
  const all = [
    ...[await answered(chat, 'one'), await answered(chat, 'two'), await answered(chat, 'three')],
  ]
  const [one, two, three] = all
  for (const order of [
    [one, two, three],
    [three, one, two],
    [two, three, one],
  ]) {
    await Promise.all(order.map((session) => session && chat.sessions.open(session)))
    const last = order.at(-1)
    expect(chat.state.session?.id).toBe(last?.id)
    expect(chat.shown()).toEqual([
      ...[`user: ${last?.title}`, `assistant: You said: ${last?.title}`],
    ])
  }
})

test('opening the session that answers, once more, does not interrupt it', async () => {
  const chat = await startChat()
  const session = await chat.make('gate+same')
  const next = await chat.make('ok')
  await chat.sessions.open(session)
  chat.sessions.turns.send('Hi')
  const call = await chat.upstream.waitFor('gate+same')
  await Promise.all([chat.sessions.open(next), chat.sessions.open(session)])
  expect(chat.state.session?.id).toBe(session.id)
  call.release('Yes.')
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant: Yes.'])
})

test('a new session has model, role, plan and parameters of the open one', async () => {
  const chat = await startChat()
  const role = await chat.other.createRole({ name: 'Zoe', instructions: 'Be brief.' })
  const session = await answered(chat, 'one')
  const params = { temperature: 0, stop: ['a'] }
  await chat.sessions.patch({ role_id: role.id, model: 'ok', params })
  await chat.sessions.create()
  expect(chat.state.session).toMatchObject({ model: 'ok', role_id: role.id, title: 'New Chat' })
  expect(chat.state.session?.params).toEqual(params)
  expect(chat.state.session?.id).not.toBe(session.id)
  expect(chat.shown()).toEqual([])
})

test('a new session is made although its role was deleted elsewhere', async () => {
  const chat = await startChat()
  const role = await chat.other.createRole({ name: 'Zoe', instructions: 'Be brief.' })
  await answered(chat, 'one')
  await chat.sessions.patch({ role_id: role.id })
  await chat.other.deleteRole(role.id)
  await chat.sessions.create()
  expect(chat.state.session).toMatchObject({ role_id: null, title: 'New Chat' })
})

test('an empty session is as good as a new one', async () => {
  const chat = await startChat()
  const session = await chat.make('ok')
  await chat.sessions.open(session)
  await chat.sessions.turns.stop()
  await chat.sessions.create()
  expect(chat.shown()).toEqual([])
  expect(await chat.other.listSessions()).toHaveLength(1)
})

test('a session whose only message was refused is still an empty one', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok'))
  chat.sessions.turns.send('   ')
  await chat.idle()
  await chat.sessions.create()
  expect(await chat.other.listSessions()).toHaveLength(1)
})

test('who asks for a new session does not get the one that was being opened', async () => {
  const chat = await startChat()
  const full = await answered(chat, 'one')
  const empty = await chat.make('ok')
  await chat.sessions.open(empty)
  const opening = chat.sessions.open(full)
  await chat.sessions.create()
  await opening
  expect(chat.state.session?.id).toBe(empty.id)
  expect(chat.shown()).toEqual([])
})

test('a new session is opened although nothing was open yet', async () => {
  const chat = await startChat()
  const full = await chat.make('ok', 'full')
  const opening = chat.sessions.open(full)
  await chat.sessions.create()
  await opening
  expect(chat.state.session?.title).toBe('New Chat')
})

test('deleting the open session opens the next one, and what was typed stays', async () => {
  const chat = await startChat()
  for (const title of ['third', 'second', 'first']) await chat.make('ok', title)
  await chat.sessions.refresh()
  const second = chat.state.sessions[1]
  if (second === undefined) throw new Error('there are three')
  await chat.sessions.open(second)
  type(chat, 'mine')
  await chat.sessions.remove(second.id)
  expect(titles(chat)).toEqual(['first', 'third'])
  expect(chat.state.session?.title).toBe('third')
  expect(chat.typed()).toBe('mine')
  expect(chat.shown()).toEqual([])
})

test('deleting the only session, an empty one, makes a new one like it', async () => {
  const chat = await startChat()
  const session = await chat.make('echo')
  await chat.sessions.open(session)
  await chat.sessions.remove(session.id)
  expect(chat.state.session).toMatchObject({ model: 'echo' })
  expect(chat.state.session?.id).not.toBe(session.id)
  expect(await chat.other.listSessions()).toHaveLength(1)
})

test('deleting the session that answers says nothing of others', async () => {
  const chat = await startChat()
  await chat.make('ok', 'next')
  const session = await chat.make('gate+mine')
  await chat.sessions.refresh()
  await chat.sessions.open(session)
  chat.sessions.turns.send('Hi')
  await chat.upstream.waitFor('gate+mine')
  await chat.sessions.remove(session.id)
  expect(chat.state).toMatchObject({ session: { title: 'next' }, turn: undefined })
  expect(chat.shown()).toEqual([])
})

test('a session that is deleted while it is being opened does not come back', async () => {
  const chat = await startChat()
  const [open, gone] = [await chat.make('ok', 'open'), await chat.make('ok', 'gone')]
  await chat.sessions.refresh()
  await chat.sessions.open(open)
  const { reached, letGo } = chat.hold('pageMessages')
  const opening = chat.sessions.open(gone)
  await reached
  await chat.sessions.remove(gone.id)
  letGo()
  await opening
  expect(titles(chat)).toEqual(['open'])
  expect(chat.state.session?.title).toBe('open')
})

test('a session that another client deleted is left with the next message, which is kept', async () => {
  const chat = await startChat()
  await chat.make('ok', 'next')
  const session = await chat.make('ok', 'gone')
  await chat.sessions.refresh()
  await chat.sessions.open(session)
  await chat.other.deleteSession(session.id)
  chat.sessions.turns.send('Hi')
  await eventually(() => {
    expect(chat.shown()).toEqual([expect.stringMatching(/^warn: .*"gone" was deleted elsewhere/)])
  })
  expect(chat.state.session?.title).toBe('next')
  expect(chat.typed()).toBe('Hi')
  expect(titles(chat)).toEqual(['next'])
})

test('a session that another client deletes while it answers is left', async () => {
  const chat = await startChat()
  const session = await chat.make('gate+deleted', 'gone')
  await chat.sessions.refresh()
  await chat.sessions.open(session)
  chat.sessions.turns.send('Hi')
  chat.sessions.turns.send('then')
  await chat.upstream.waitFor('gate+deleted')
  await chat.other.deleteSession(session.id)
  await eventually(() => {
    expect(chat.shown()).toEqual([expect.stringMatching(/^warn: .*"gone" was deleted elsewhere/)])
  })
  expect(chat.state.session).toMatchObject({ model: 'gate+deleted', title: 'New Chat' })
  expect(chat.typed()).toBe('then')
})

test('a session that is gone when it is to be opened leaves the list, and its draft here', async () => {
  const chat = await startChat()
  const [open, gone] = [await chat.make('ok', 'open'), await chat.make('ok', 'gone')]
  await chat.sessions.refresh()
  await chat.sessions.open(gone)
  type(chat, 'draft')
  await chat.sessions.open(open)
  await chat.other.deleteSession(gone.id)
  await chat.sessions.open(gone)
  expect(chat.state.session?.title).toBe('open')
  expect(titles(chat)).toEqual(['open'])
  expect(chat.typed()).toBe('draft')
  expect(chat.shown()).toEqual([expect.stringContaining('is in the composer')])
})

test('a list that was asked for before a change does not undo it', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok'))
  const models: (string | null | undefined)[] = []
  const { reached, letGo } = chat.hold('listSessions')
  const listed = chat.sessions.refresh()
  await reached
  await chat.sessions.patch({ model: 'echo' })
  const { dispatch } = chat.deps.store
  chat.deps.store.dispatch = (action) => {
    dispatch(action)
    models.push(chat.state.session?.model)
  }
  letGo()
  await listed
  expect(new Set(models)).toEqual(new Set(['echo']))
})

test('a change of a session before one is open is refused', async () => {
  const chat = await startChat()
  await expect(chat.sessions.patch({ model: 'ok' })).rejects.toThrow('no session is open')
})

test('older messages are loaded page by page', async () => {
  const chat = await startChat()
  const session = await chat.make('echo', 'long')
  await fill(chat, session.id)
  await chat.sessions.open(session)
  expect(chat.shown()).toHaveLength(messagesPerPage)
  await Promise.all([chat.sessions.loadOlder(), chat.sessions.loadOlder()])
  expect(chat.shown()).toHaveLength(2 * messagesPerPage)
  while (await chat.sessions.loadOlder()) {
    // To the oldest.
  }
  expect(chat.shown()).toHaveLength(70)
  expect(chat.shown().slice(0, 2)).toEqual(['user: 1', 'user: 2'])
  await chat.sessions.loadOlder()
  expect(chat.shown()).toHaveLength(70)
})

test('older messages that are refused are asked for once', async () => {
  const chat = await startChat()
  const session = await chat.make('echo')
  await fill(chat, session.id)
  await chat.sessions.open(session)
  await chat.other.deleteSession(session.id)
  await expect(chat.sessions.loadOlder()).rejects.toThrow('no session')
  await expect(chat.sessions.loadOlder()).resolves.toBe(false)
})

test('what another client asked and was answered in the open session is shown at the next look', async () => {
  const chat = await startChat()
  const session = await answered(chat, 'mine')
  await chat.sessions.refresh()
  const stream = await chat.other.chat(
    session.id,
    { message: 'theirs' },
    { idempotencyKey: 'another client' },
  )
  for await (const _ of stream) {
    // To its end.
  }
  expect(chat.shown()).toEqual(['user: mine', 'assistant: You said: mine'])
  await chat.sessions.refresh()
  expect(chat.shown()).toEqual([
    ...['user: mine', 'assistant: You said: mine'],
    ...['user: theirs', 'assistant: You said: theirs'],
  ])
})

test('a look that finds nothing new leaves what is shown alone', async () => {
  const chat = await startChat()
  await answered(chat, 'mine')
  const before = chat.deps.transcript.entries()
  await chat.sessions.refresh()
  await chat.sessions.refresh()
  const after = chat.deps.transcript.entries()
  expect(after.every((entry, index) => entry === before[index])).toBe(true)
})
