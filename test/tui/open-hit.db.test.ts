import { expect, test } from 'vitest'
import { openHit } from '../../cli/tui/effects/open-hit.js'
import { type ChatUnderTest, startChat } from './chat-under-test.js'

async function answer(chat: ChatUnderTest, tag: string, text: string, ask: () => void) {
  ask()
  const call = await chat.upstream.waitFor(tag)
  call.release(text)
  call.finish()
  await chat.idle()
}

/** Asked, answered again and once more, each time with other words. */
async function answeredThrice(chat: ChatUnderTest) {
  const session = await chat.make('gate+one')
  await chat.sessions.open(session)
  const { turns } = chat.sessions
  await answer(chat, 'gate+one', 'the ptarmigan', () => turns.send('A bird?'))
  for (const [tag, text] of [
    ['gate+two', 'the osprey'],
    ['gate+three', 'the heron'],
  ] as const) {
    await chat.sessions.patch({ model: tag })
    await answer(chat, tag, text, () => turns.retry())
  }
  return session
}

async function search({ other }: ChatUnderTest, q: string) {
  const [hit] = (await other.search({ q })).items
  if (hit === undefined) throw new Error('nothing found')
  return hit
}

test('what was found in an older answer is shown there, and is said to be older', async () => {
  const chat = await startChat()
  const session = await answeredThrice(chat)
  await chat.sessions.open(await chat.make('ok'))
  await openHit({ ...chat.deps, sessions: chat.sessions }, await search(chat, 'osprey'))
  expect(chat.state.session?.id).toBe(session.id)
  expect(chat.shown()).toEqual(['user: A bird?', 'assistant: the osprey'])
  const drawn = chat.deps.transcript.draw().lines.join('\n')
  expect(drawn).toContain('older answer 2/3')
  expect(chat.state.hint).toContain('older answer')
  await openHit({ ...chat.deps, sessions: chat.sessions }, await search(chat, 'heron'))
  expect(chat.shown()).toEqual(['user: A bird?', 'assistant: the heron'])
})

test('further back than older answers are read, the newest is shown and it is said why', async () => {
  const chat = await startChat()
  const session = await answeredThrice(chat)
  await chat.database.pool.query(
    `INSERT INTO messages (session_id, role, content)
     SELECT $1, 'user', n FROM generate_series(1, 300) AS n ORDER BY n`,
    [session.id],
  )
  await openHit({ ...chat.deps, sessions: chat.sessions }, await search(chat, 'ptarmigan'))
  expect(chat.shown().slice(0, 2)).toEqual(['user: A bird?', 'assistant: the heron'])
  expect(chat.state.hint).toContain('which this one has replaced')
})

test('a message is opened in its session, and nothing needs to be said', async () => {
  const chat = await startChat()
  const session = await answeredThrice(chat)
  await chat.sessions.open(await chat.make('ok'))
  await openHit({ ...chat.deps, sessions: chat.sessions }, await search(chat, 'heron'))
  expect(chat.state.session?.id).toBe(session.id)
  expect(chat.shown()).toContain('assistant: the heron')
  expect(chat.state.hint).toBeUndefined()
})
