import { expect, test } from 'vitest'
import { ask, startGated } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { type ChatUnderTest, startChat } from './chat-under-test.js'

/** An answer of `ok` costs half a cent. */
const pricing = { prompt: '0.0001', completion: '0.001025' }

async function startPriced(): Promise<ChatUnderTest> {
  const chat = await startChat()
  chat.upstream.configure({ models: [{ id: 'ok', pricing }] })
  await chat.other.listModels(true)
  return chat
}

const costs = (chat: ChatUnderTest, dollars: number) =>
  eventually(() =>
    expect(chat.state.sessionUsage).toMatchObject({ cost_usd: dollars, cost_estimated: true }),
  )

test('what a session has cost is there when it opens, and grows with each of its turns', async () => {
  const chat = await startPriced()
  const session = await chat.make('ok')
  await ask(chat.daemon, { model: 'ok' }, { sessionId: session.id })
  await chat.sessions.open(session)
  await costs(chat, 0.005)
  chat.sessions.turns.send('Hi')
  await chat.idle()
  await costs(chat, 0.01)
  chat.sessions.turns.retry()
  await chat.idle()
  await costs(chat, 0.015)
  // By another client: a hint has the sessions read again.
  await ask(chat.daemon, { model: 'ok' }, { sessionId: session.id })
  await chat.sessions.refresh()
  await costs(chat, 0.02)
  expect(chat.state.sessionUsage).toMatchObject({ total_tokens: 4 * 13 })
})

test('another session has its own sum, a new one has none', async () => {
  const chat = await startPriced()
  const [one, other] = [await chat.make('ok'), await chat.make('ok')]
  await ask(chat.daemon, { model: 'ok' }, { sessionId: one.id })
  await chat.sessions.open(one)
  await costs(chat, 0.005)
  await chat.sessions.open(other)
  expect(chat.state.sessionUsage).toBeUndefined()
  await chat.sessions.open(one)
  await costs(chat, 0.005)
})

test('a session that opens while it answers is counted when the answer has ended', async () => {
  const chat = await startPriced()
  const { session, call } = await startGated(chat.daemon, chat.upstream, 'late')
  await chat.sessions.open(await chat.other.getSession(session.id))
  call.release('Hi')
  call.finish()
  await chat.idle()
  await eventually(() => expect(chat.state.sessionUsage).toMatchObject({ total_tokens: 18 }))
  expect(chat.state.sessionUsage).not.toHaveProperty('cost_usd')
})
