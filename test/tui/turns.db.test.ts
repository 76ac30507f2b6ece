import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { readModels } from '../../cli/tui/effects/models.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { startGated } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { startChat } from './chat-under-test.js'

test('a message is sent, its answer streams and ends, as the daemon keeps it', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('gate+a'))
  chat.sessions.turns.send('Hi')
  expect(chat.shown()).toEqual(['user: Hi'])
  const call = await chat.upstream.waitFor('gate+a')
  call.release('One ')
  await eventually(() => expect(chat.deps.transcript.live()).toMatchObject({ characters: 4 }))
  expect(chat.state.turn?.turnId).toBeDefined()
  call.release('two.')
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant: One two.'])
  const kept = await chat.other.listMessages(chat.state.session?.id ?? '')
  const entries = chat.deps.transcript.entries()
  const ids = entries.map((entry) => entry.kind === 'message' && entry.message.id)
  expect(ids).toEqual(kept.map(({ id }) => id))
  await eventually(() =>
    expect(chat.state.session).toMatchObject({ title: 'Hi', live_turn_id: null }),
  )
})

test('a message that is refused goes back to the composer and leaves nothing but the reason', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok'))
  chat.sessions.turns.send('   ')
  await chat.idle()
  expect(chat.typed()).toBe('   ')
  expect(chat.shown()).toEqual([expect.stringMatching(/^error: /)])
})

test('what is sent while a new session is on its way is asked in that one', async () => {
  const chat = await startChat()
  const before = await chat.make('ok', 'before')
  await chat.sessions.open(before)
  chat.sessions.turns.send('Hi')
  await chat.idle()
  const making = chat.sessions.create()
  chat.sessions.turns.send('To the new one')
  await making
  await chat.idle()
  expect(chat.state.session?.id).not.toBe(before.id)
  await eventually(() =>
    expect(chat.shown()).toEqual(['user: To the new one', 'assistant: Hello, world.']),
  )
  expect(await chat.other.listMessages(before.id)).toHaveLength(2)
})

test('what is sent while a session is being opened says that it waits', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok', 'before'))
  const { reached, letGo } = chat.hold('pageMessages')
  const opening = chat.sessions.open(await chat.make('ok', 'next'))
  await reached
  chat.sessions.turns.send('Wait for it')
  expect(chat.state.hint).toMatch(/as soon as the session is open/)
  letGo()
  await opening
  await chat.idle()
  await eventually(() =>
    expect(chat.shown()).toEqual(['user: Wait for it', 'assistant: Hello, world.']),
  )
})

test('what is sent while a session is being opened and the daemon is away stays where it was written', async () => {
  const chat = await startChat()
  const before = await chat.make('ok', 'before')
  await chat.sessions.open(before)
  const next = await chat.make('ok', 'next')
  const { reached, letGo } = chat.hold('pageMessages')
  const opening = chat.sessions.open(next)
  await reached
  chat.deps.link.lost(undefined)
  chat.sessions.turns.send('Not lost')
  expect(chat.typed()).toBe('Not lost')
  expect(chat.state.hint).toMatch(/^Not sent/)
  letGo()
  await opening
  expect(chat.state.session?.id).toBe(next.id)
  expect(await chat.other.listMessages(next.id)).toEqual([])
  await chat.sessions.open(before)
  expect(chat.typed()).toBe('Not lost')
})

test('what another client was quicker to ask is shown, and the own message waits', async () => {
  const chat = await startChat()
  const { session, call } = await startGated(chat.daemon, chat.upstream, 'busy')
  // As it was before the other client asked.
  const { store, transcript } = chat.deps
  store.dispatch({ type: 'session-opened', session: { ...session, live_turn_id: null } })
  transcript.open([])
  chat.sessions.turns.send('Mine')
  await eventually(() => {
    expect(chat.shown()).toEqual(['user: Go', expect.stringContaining('info: Another client')])
  })
  expect(chat.typed()).toBe('Mine')
  call.release('Theirs.')
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual([
    ...['user: Go', 'assistant: Theirs.'],
    expect.stringContaining('info: Another client'),
  ])
})

test('an answer that is stopped keeps what has come', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('gate+stop'))
  chat.sessions.turns.send('Hi')
  const call = await chat.upstream.waitFor('gate+stop')
  call.release('Half')
  await eventually(() => expect(chat.deps.transcript.live()).toMatchObject({ characters: 4 }))
  await chat.sessions.turns.stop()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant: Half (stopped)'])
  expect(chat.typed()).toBe('')
})

test('a stop before the message was accepted stops it as soon as it is', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('gate+early'))
  const { reached, letGo } = chat.hold()
  chat.sessions.turns.send('Hi')
  await reached
  await chat.sessions.turns.stop()
  expect(chat.state.turn).toMatchObject({ isStopping: true, turnId: undefined })
  letGo()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant:  (stopped)'])
})

test('a stop while the daemon is away gives the message back at once, and only once', async () => {
  const chat = await startChat()
  const session = await chat.make('ok')
  await chat.sessions.open(session)
  const { reached, letGo } = chat.hold()
  chat.sessions.turns.send('Hi')
  await reached
  chat.deps.link.lost(undefined)
  await chat.sessions.turns.stop()
  expect(chat.state.turn).toBeUndefined()
  expect(chat.typed()).toBe('Hi')
  expect(chat.shown()).toEqual([])
  letGo()
  await eventually(() => expect(chat.state.link.kind).toBe('online'))
  expect(chat.typed()).toBe('Hi')
  expect(await chat.other.listMessages(session.id)).toEqual([])
})

test('a stop is not forgotten when the line breaks before the message was accepted', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok'))
  const { reached, letGo } = chat.hold()
  chat.sessions.turns.send('Hi')
  await reached
  await chat.sessions.turns.stop()
  letGo(new ProblemError('daemon_unreachable', 'the line broke'))
  await chat.idle()
  expect(chat.typed()).toBe('Hi')
})

test('with nothing to stop it says so, once', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok'))
  await chat.sessions.turns.stop()
  await chat.sessions.turns.stop()
  expect(chat.shown()).toEqual(['info: Nothing is running.'])
})

test('a message on its way when one leaves is answered all the same', async () => {
  const chat = await startChat()
  const [left, next] = [await chat.make('ok', 'left'), await chat.make('ok', 'next')]
  await chat.sessions.open(left)
  const { reached, letGo } = chat.hold()
  chat.sessions.turns.send('Hi')
  await reached
  await chat.sessions.open(next)
  expect(chat.state.turn).toBeUndefined()
  letGo()
  await eventually(async () => {
    const [, answer] = await chat.other.listMessages(left.id)
    expect(answer?.status).toBe('complete')
  })
  expect(chat.shown()).toEqual([])
  await chat.sessions.open(left)
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant: Hello, world.'])
  expect(chat.typed()).toBe('')
})

test('a message on its way is shown when one comes back before it was accepted', async () => {
  const chat = await startChat()
  const [left, next] = [await chat.make('ok'), await chat.make('ok')]
  await chat.sessions.refresh()
  await chat.sessions.open(left)
  await chat.sessions.patch({ model: 'gate+back' })
  const { reached, letGo } = chat.hold()
  chat.sessions.turns.send('Hi')
  await reached
  await chat.sessions.open(next)
  await chat.sessions.open(left)
  expect(chat.shown()).toEqual([])
  letGo()
  const call = await chat.upstream.waitFor('gate+back')
  await eventually(() => expect(chat.shown()).toEqual(['user: Hi']))
  call.release('Here.')
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant: Here.'])
})

test('a message refused after one left is the draft there; what waits here is untouched', async () => {
  const chat = await startChat()
  const [left, next] = [await chat.make('ok', 'left'), await chat.make('gate+next', 'next')]
  await chat.sessions.refresh()
  await chat.sessions.open(left)
  const first = chat.hold()
  chat.sessions.turns.send('Hi')
  await first.reached
  const second = chat.hold()
  await chat.sessions.open(next)
  chat.sessions.turns.send('Here')
  chat.sessions.turns.send('then')
  await second.reached
  first.letGo(new ProblemError('forbidden', 'not you'))
  await eventually(() => expect(chat.shown()).toHaveLength(2))
  expect(chat.shown()[1]).toBe('warn: A message was not sent: not you\nIt is a draft in "left".')
  expect(chat.state.drafts.get(left.id)?.editor.text).toBe('Hi')
  expect(chat.state.queue).toEqual(['then'])
  second.letGo()
})

test('a running turn is shown from its beginning, exactly once', async () => {
  const chat = await startChat()
  const { session, call } = await startGated(chat.daemon, chat.upstream, 'running')
  call.release('One ')
  await eventually(async () => {
    const [, answer] = await chat.other.listMessages(session.id)
    expect(answer?.content).toBe('One ')
  })
  await chat.sessions.open(await chat.other.getSession(session.id))
  await eventually(() => expect(chat.deps.transcript.live()).toMatchObject({ characters: 4 }))
  // Both terminals say for how long it has been running.
  const [, answer] = await chat.other.listMessages(session.id)
  expect(chat.state.turn?.startedAt).toBe(Date.parse(answer?.created_at ?? ''))
  call.release('two.')
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Go', 'assistant: One two.'])
})

test('a turn that ended between list and messages is not answered twice', async () => {
  const chat = await startChat()
  const { session, call } = await startGated(chat.daemon, chat.upstream, 'ended')
  const before = await chat.other.getSession(session.id)
  call.release('All.')
  call.finish()
  await eventually(async () => {
    expect((await chat.other.getSession(session.id)).live_turn_id).toBeNull()
  })
  await chat.sessions.open(before)
  expect(chat.state.turn).toBeUndefined()
  expect(chat.shown()).toEqual(['user: Go', 'assistant: All.'])
})

test('what another client asks in the open session is shown with the next look at the list', async () => {
  const chat = await startChat()
  const session = await chat.make('gate+theirs')
  await chat.sessions.refresh()
  await chat.sessions.open(session)
  await chat.other.chat(session.id, { message: 'Go' }, { idempotencyKey: randomUUID() })
  const call = await chat.upstream.waitFor('gate+theirs')
  await chat.sessions.refresh()
  call.release('Seen.')
  call.finish()
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Go', 'assistant: Seen.'])
})

test('what was queued is sent after a complete answer', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('echo'))
  chat.sessions.turns.send('one')
  chat.sessions.turns.send('two')
  chat.sessions.turns.send('three')
  expect(chat.state.queue).toEqual(['two', 'three'])
  await eventually(() => {
    expect(chat.shown()).toEqual([
      ...['user: one', 'assistant: You said: one'],
      ...['user: two\n\nthree', 'assistant: You said: two\n\nthree'],
    ])
  })
})

test.each(['status-400', 'rst-mid'])('what was queued is given back after %s', async (model) => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make(model))
  chat.sessions.turns.send('one')
  chat.sessions.turns.send('two')
  await chat.idle()
  expect(chat.typed()).toBe('two')
  expect(chat.state.queue).toEqual([])
  expect(chat.upstream.requests.filter(({ model: asked }) => asked === model)).not.toHaveLength(0)
})

test('what was queued is given back with a message that was refused, in its order', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('ok'))
  const { reached, letGo } = chat.hold()
  chat.sessions.turns.send('one')
  chat.sessions.turns.send('two')
  await reached
  letGo(new ProblemError('forbidden', 'not you'))
  await chat.idle()
  expect(chat.typed()).toBe('one\n\ntwo')
  expect(chat.state.queue).toEqual([])
})

test('a model that was chosen just before answers', async () => {
  const chat = await startChat()
  await chat.sessions.open(await chat.make('hang'))
  const { reached, letGo } = chat.hold('patchSession')
  const chosen = Promise.all([
    chat.sessions.patch({ model: 'lorem-1' }),
    chat.sessions.patch({ model: 'ok' }),
  ])
  chat.sessions.turns.send('Hi')
  await reached
  letGo()
  await chosen
  await chat.idle()
  expect(chat.shown()).toEqual(['user: Hi', 'assistant: Hello, world.'])
  expect((await chat.other.getSession(chat.state.session?.id ?? '')).model).toBe('ok')
})

test('the demo stands in while no gateway answers, and the session does not keep it', async () => {
  const chat = await startChat({ isOffline: true })
  await readModels(chat.deps)
  expect(chat.state.catalogue?.source).toBe('offline')
  const session = await chat.make(null)
  await chat.sessions.refresh()
  await chat.sessions.open(session)
  chat.sessions.turns.send('one')
  chat.sessions.turns.send('two')
  await eventually(() => expect(chat.shown()).toHaveLength(4))
  await chat.idle()
  expect(chat.shown()[1]).toContain('offline demo')
  await eventually(async () => {
    expect((await chat.other.getSession(session.id)).model).toBeNull()
    expect(chat.state.session?.model).toBeNull()
  })
})

test('a model that the session has is not touched by the demo', async () => {
  const chat = await startChat({ isOffline: true })
  await readModels(chat.deps)
  const session = await chat.make('gpt-4o')
  await chat.sessions.open(session)
  chat.sessions.turns.send('one')
  await chat.idle()
  expect(chat.shown()[1]).toContain('offline demo')
  expect((await chat.other.getSession(session.id)).model).toBe('gpt-4o')
})
