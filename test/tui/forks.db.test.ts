import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { forkSession } from '../../cli/session/fork.js'
import { editorOf } from '../../cli/tui/composer/editor.js'
import { readModels } from '../../cli/tui/effects/models.js'
import { type Editing, emptyComposer } from '../../cli/tui/state/state.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Session } from '../../shared/contract/session.js'
import { collect } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { type ChatUnderTest, startChat } from './chat-under-test.js'

/** A chat in a session of these questions, each with an answer that repeats it. */
async function startTalk(...questions: string[]): Promise<{ chat: ChatUnderTest; from: Session }> {
  const chat = await startChat()
  const { id } = await chat.make('script', 'Counting')
  for (const message of questions) {
    await collect(await chat.other.chat(id, { message }, { idempotencyKey: randomUUID() }))
  }
  await chat.sessions.refresh()
  await chat.sessions.open(await chat.other.getSession(id))
  return { chat, from: await chat.other.getSession(id) }
}

const idOf = (chat: ChatUnderTest, text: string, role = 'assistant'): string => {
  const found = chat.deps.transcript
    .entries()
    .findLast(
      (entry) =>
        entry.kind === 'message' && entry.message.content === text && entry.message.role === role,
    )
  return found?.kind === 'message' ? found.message.id : 'none'
}
const textsOf = async (chat: ChatUnderTest, id: string) =>
  (await chat.other.listMessages(id)).map(({ content }) => content)

const two = ['user: one', 'assistant: one', 'user: two', 'assistant: two']

test('a fork is opened, says what it came from, and goes on by itself', async () => {
  const { chat, from } = await startTalk('one', 'two')
  await chat.sessions.fork({})
  expect(chat.state.session).toMatchObject({ title: 'Counting (fork)', model: 'script' })
  expect(chat.shown()).toEqual([
    ...two,
    'info: This is a fork of "Counting", which stays as it is.',
  ])
  expect(chat.state.sessions.map(({ title }) => title)).toEqual(['Counting (fork)', 'Counting'])
  chat.sessions.turns.send('three')
  await chat.idle()
  expect(await textsOf(chat, chat.state.session?.id ?? '')).toEqual([
    ...['one', 'one', 'two', 'two', 'three', 'three'],
  ])
  expect(await textsOf(chat, from.id)).toEqual(['one', 'one', 'two', 'two'])
  const { updated_at } = await chat.other.getSession(from.id)
  expect(updated_at).toBe(from.updated_at)
})

test('one up to an answer has what was said until then', async () => {
  const { chat } = await startTalk('one', 'two')
  await chat.sessions.fork({ message_id: idOf(chat, 'one') })
  expect(chat.shown().slice(0, -1)).toEqual(two.slice(0, 2))
})

test('an answer that runs goes on where it is, and the fork has what was before', async () => {
  const { chat, from } = await startTalk('one')
  await chat.sessions.patch({ model: 'gate+fork' })
  chat.sessions.turns.send('two')
  const call = await chat.upstream.waitFor('gate+fork')
  call.release('Half ')
  await eventually(() => expect(chat.deps.transcript.live()).toMatchObject({ characters: 5 }))
  await chat.sessions.fork({})
  expect(chat.state.turn).toBeUndefined()
  expect(chat.state.session?.model).toBe('gate+fork')
  expect(chat.shown()).toEqual([
    ...two.slice(0, 2),
    'info: This is a fork of "Counting", where its answer goes on.',
  ])
  call.release('and half.')
  call.finish()
  await eventually(async () => {
    expect((await textsOf(chat, from.id)).at(-1)).toBe('Half and half.')
  })
})

test('a model that was chosen just before comes along', async () => {
  const { chat } = await startTalk('one')
  const hold = chat.hold('patchSession')
  const patched = chat.sessions.patch({ model: 'ok' })
  const forked = chat.sessions.fork({})
  await hold.reached
  hold.letGo()
  await Promise.all([patched, forked])
  expect(chat.state.session).toMatchObject({ title: 'Counting (fork)', model: 'ok' })
})

test('where the user has gone somewhere else meanwhile, the fork is only listed', async () => {
  const { chat } = await startTalk('one')
  const other = await chat.make('ok', 'Other')
  const hold = chat.hold('patchSession')
  const patched = chat.sessions.patch({ model: 'ok' })
  const forked = chat.sessions.fork({})
  await hold.reached
  await chat.sessions.open(other)
  hold.letGo()
  await Promise.all([patched, forked])
  expect(chat.state.session?.title).toBe('Other')
  expect(chat.shown()).toEqual(['info: The fork "Counting (fork)" is in the list of sessions.'])
  expect(chat.state.sessions.map(({ title }) => title)).toContain('Counting (fork)')
})

test('what is sent before the fork is open is asked there', async () => {
  const { chat, from } = await startTalk('one')
  const forked = chat.sessions.fork({})
  chat.sessions.turns.send('two')
  await forked
  await chat.idle()
  expect(await textsOf(chat, chat.state.session?.id ?? '')).toEqual(['one', 'one', 'two', 'two'])
  expect(await textsOf(chat, from.id)).toEqual(['one', 'one'])
})

test('without a daemon nothing changes, and the error says so', async () => {
  const { chat, from } = await startTalk('one')
  await chat.daemon.stop()
  await expect(chat.sessions.fork({})).rejects.toMatchObject({ code: 'daemon_unreachable' })
  expect(chat.state.session?.id).toBe(from.id)
  expect(chat.shown()).toEqual(two.slice(0, 2))
})

test('a daemon that does not know how is said to be too old', async () => {
  const { chat, from } = await startTalk('one')
  // A path that this one does not know either.
  await expect(forkSession(chat.other, `${from.id}/of`, {})).rejects.toMatchObject({
    code: 'not_found',
    message: 'this daemon is too old to fork sessions',
  })
  await expect(forkSession(chat.other, randomUUID(), {})).rejects.toThrow('no session with this id')
})

/** Takes up a question of the open session, as `e` does, over a draft. */
function edit(chat: ChatUnderTest, text: string, draft = ''): Editing {
  const editing = { messageId: idOf(chat, text, 'user'), number: 1, text }
  const under = { ...emptyComposer, editor: editorOf(draft) }
  chat.deps.store.dispatch({ type: 'composed', composer: under })
  return { ...editing, draft: under }
}
const sessionsOf = async (chat: ChatUnderTest) =>
  (await chat.other.listSessions()).map(({ title }) => title)

test('a question is asked otherwise in a fork that ends before it, and nothing happens to the session', async () => {
  const { chat, from } = await startTalk('one', 'two')
  const editing = edit(chat, 'two', 'my draft')
  await chat.sessions.askOtherwise(editing, 'deux')
  await chat.idle()
  expect(chat.state.session).toMatchObject({ title: 'Counting (fork)', model: 'script' })
  expect(chat.shown()).toEqual([
    ...two.slice(0, 2),
    ...['user: deux', 'assistant: deux'],
    'info: This is a fork of "Counting", which stays as it is.\nWhat you had written waits there.',
  ])
  expect(chat.typed()).toBe('')
  expect(await textsOf(chat, from.id)).toEqual(['one', 'one', 'two', 'two'])
  expect((await chat.other.getSession(from.id)).updated_at).toBe(from.updated_at)
  await chat.sessions.open(from)
  expect(chat.typed()).toBe('my draft')
})

test('while its answer runs it goes on, and both are answered', async () => {
  const { chat, from } = await startTalk('one')
  await chat.sessions.patch({ model: 'gate+both' })
  chat.sessions.turns.send('two')
  const first = await chat.upstream.waitFor('gate+both')
  await eventually(() => expect(chat.state.turn?.turnId).toBeDefined())
  await chat.sessions.askOtherwise(edit(chat, 'two'), 'deux')
  const second = await chat.upstream.waitFor('gate+both', 2)
  second.release('Deuxième.')
  second.finish()
  await chat.idle()
  first.release('Second.')
  first.finish()
  await eventually(async () => {
    expect(await textsOf(chat, from.id)).toEqual(['one', 'one', 'two', 'Second.'])
  })
  expect(await textsOf(chat, chat.state.session?.id ?? '')).toEqual([
    ...['one', 'one', 'deux', 'Deuxième.'],
  ])
})

test('what is refused is in the composer again as an edit, and no fork stays', async () => {
  const { chat, from } = await startTalk('one', 'two')
  const editing = edit(chat, 'two', 'my draft')
  await expect(chat.sessions.askOtherwise(editing, '  ')).rejects.toMatchObject({
    code: 'invalid_request',
  })
  expect(chat.state.session?.id).toBe(from.id)
  expect(chat.state.composer.editing).toMatchObject({ messageId: editing.messageId })
  expect(chat.state.composer.editing?.draft.editor.text).toBe('my draft')
  expect(chat.shown()).toEqual(two)
  await eventually(async () => expect(await sessionsOf(chat)).toEqual(['Counting']))
})

test('what the daemon will not take after the fork was made is back, too', async () => {
  const { chat, from } = await startTalk('one')
  const hold = chat.hold('chat')
  const asked = chat.sessions.askOtherwise(edit(chat, 'one'), 'un')
  const refused = expect(asked).rejects.toMatchObject({ code: 'payload_too_large' })
  await hold.reached
  hold.letGo(new ProblemError('payload_too_large', 'too much'))
  await refused
  expect(chat.typed()).toBe('un')
  expect(chat.state.session?.id).toBe(from.id)
  await eventually(async () => expect(await sessionsOf(chat)).toEqual(['Counting']))
})

test('in another session by then, the text is a draft where it belongs, and that is said', async () => {
  const { chat, from } = await startTalk('one')
  const other = await chat.make('ok', 'Other')
  const hold = chat.hold('chat')
  const asked = chat.sessions.askOtherwise(edit(chat, 'one'), 'un')
  await hold.reached
  await chat.sessions.open(other)
  hold.letGo(new ProblemError('payload_too_large', 'too much'))
  await asked
  expect(chat.shown()).toEqual([
    'warn: A question was not asked: too much\nIt is a draft in "Counting".',
  ])
  expect(chat.typed()).toBe('')
  await chat.sessions.open(from)
  expect(chat.typed()).toBe('un')
  expect(chat.state.composer.editing).toBeDefined()
})

test('without a daemon nothing is made, and the edit is there', async () => {
  const { chat, from } = await startTalk('one')
  await chat.daemon.stop()
  await expect(chat.sessions.askOtherwise(edit(chat, 'one'), 'un')).rejects.toMatchObject({
    code: 'daemon_unreachable',
  })
  expect(chat.state.session?.id).toBe(from.id)
  expect(chat.typed()).toBe('un')
  expect(chat.state.composer.editing).toBeDefined()
})

test('while no gateway answers the demo does, and the fork is not to go on with it', async () => {
  const chat = await startChat({ isOffline: true })
  await chat.sessions.refresh()
  await readModels(chat.deps)
  await chat.sessions.open(await chat.make(null, 'Counting'))
  chat.sessions.turns.send('one')
  await chat.idle()
  await chat.sessions.askOtherwise(edit(chat, 'one'), 'un')
  await chat.idle()
  expect(chat.state.session).toMatchObject({ title: 'Counting (fork)', model: null })
  expect(chat.shown()[0]).toBe('user: un')
  expect(chat.shown()[1]).toContain('offline demo')
  const [fork] = await chat.other.listSessions()
  expect(fork).toMatchObject({ id: chat.state.session?.id, model: null })
})
