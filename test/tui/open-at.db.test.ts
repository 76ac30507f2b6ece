import { expect, test } from 'vitest'
import { messagesPerStep } from '../../cli/tui/effects/read-back.js'
import { idOf } from '../../cli/tui/transcript/entry.js'
import { type ChatUnderTest, startChat } from './chat-under-test.js'

/** A session of messages that say their number, from 1 on. Gives their ids. */
async function filled(chat: ChatUnderTest, count: number) {
  const session = await chat.make('echo')
  return { session, ids: await say(chat, session.id, 1, count) }
}

async function say({ database }: ChatUnderTest, id: string, from: number, to: number) {
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO messages (session_id, role, content)
     SELECT $1, 'user', n FROM generate_series($2::int, $3::int) AS n ORDER BY n RETURNING id`,
    [id, from, to],
  )
  return rows.map((row) => row.id)
}

const numbers = (chat: ChatUnderTest) => chat.shown().map((line) => Number(line.split(' ')[1]))
const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('a session is opened far enough back for a message to be there, without a gap', async () => {
  const chat = await startChat()
  const { session, ids } = await filled(chat, 600)
  let far = 0
  await chat.sessions.openAt(session, ids[149] ?? '', () => far++)
  expect(far).toBe(1)
  expect(chat.state.session?.id).toBe(session.id)
  const [first = 0] = numbers(chat)
  expect(first).toBeLessThanOrEqual(150)
  expect(first).toBeGreaterThan(150 - messagesPerStep)
  expect(numbers(chat)).toEqual(upTo(first, 600))
  // From there on as always.
  while (await chat.sessions.loadOlder());
  expect(numbers(chat)).toEqual(upTo(1, 600))
})

test('the open session is read back; what was said in it stays', async () => {
  const chat = await startChat()
  const { session, ids } = await filled(chat, 100)
  await chat.sessions.open(session)
  chat.deps.transcript.append({ kind: 'notice', id: 'n', tone: 'info', text: 'said' })
  await chat.sessions.openAt(session, ids[2] ?? '')
  const shown = chat.deps.transcript.entries()
  expect(shown.map(idOf).slice(2)).toEqual([...ids.slice(2), 'n'])
})

test('while an answer runs the open session is read back, and the answer goes on', async () => {
  const chat = await startChat()
  const { session, ids } = await filled(chat, 40)
  await chat.sessions.open({ ...session, model: 'gate+back' })
  await chat.sessions.patch({ model: 'gate+back' })
  chat.sessions.turns.send('Hi')
  const call = await chat.upstream.waitFor('gate+back')
  await chat.sessions.openAt(session, ids[0] ?? '')
  expect(chat.deps.transcript.entries().map(idOf)[0]).toBe(ids[0])
  call.release('Yes.')
  call.finish()
  await chat.idle()
  expect(chat.shown().slice(-2)).toEqual(['user: Hi', 'assistant: Yes.'])
})

test('a message that is not there leaves the whole session', async () => {
  const chat = await startChat()
  const { session } = await filled(chat, 30)
  await chat.sessions.openAt(session, '00000000-0000-4000-8000-000000000000')
  expect(numbers(chat)).toEqual(upTo(1, 30))
})

test('who opens another one meanwhile gets that one', async () => {
  const chat = await startChat()
  const { session, ids } = await filled(chat, 300)
  const other = await filled(chat, 1)
  const held = chat.hold('pageMessages')
  const going = chat.sessions.openAt(session, ids[0] ?? '')
  await held.reached
  const opening = chat.sessions.open(other.session)
  held.letGo()
  await Promise.all([going, opening])
  expect(chat.state.session?.id).toBe(other.session.id)
  expect(numbers(chat)).toEqual([1])
})

test('older messages that come after the session was read again leave no gap', async () => {
  const chat = await startChat()
  const { session } = await filled(chat, 40)
  await chat.sessions.open(session)
  await chat.sessions.refresh()
  const slow = chat.hold('pageMessages')
  const loading = chat.sessions.loadOlder()
  await slow.reached
  const again = chat.hold('pageMessages')
  await say(chat, session.id, 41, 70)
  const refreshing = chat.sessions.refresh()
  await again.reached
  again.letGo()
  await refreshing
  expect(numbers(chat)).toEqual(upTo(55, 70))
  slow.letGo()
  expect(await loading).toBe(false)
  expect(numbers(chat)).toEqual(upTo(55, 70))
  await chat.sessions.loadOlder()
  expect(numbers(chat)).toEqual(upTo(39, 70))
})
