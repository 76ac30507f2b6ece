import { expect, test } from 'vitest'
import type { Message } from '../../../shared/contract/message.js'
import { startApp } from '../keys/fixtures/app-under-test.js'
import { sessionOf } from '../slash/test-support.js'

function messageOf(id: string): Message {
  const at = '2026-01-01T00:00:00.000Z'
  const fixed = { role: 'user', kind: 'chat', status: 'complete', model: null } as const
  return { id, content: id, seq: 1, created_at: at, timestamp: at, ...fixed }
}

/** An open session in which another client has just done something, as far as the daemon knows. */
async function startShared(elsewhere: { live_turn_id?: string }) {
  const session = sessionOf({ id: 'a' })
  const messages = [messageOf('first')]
  const { app, settle } = await startApp({ sessions: [session], messages })
  messages.push(messageOf('from elsewhere'))
  Object.assign(session, { updated_at: '2030-01-01T00:00:00.000Z', ...elsewhere })
  const openId = () => app.state.session?.id
  return { app, settle, openId }
}

/** Holds back every call of one kind until the test lets them go. */
function hold(link: object, method: 'once' | 'untilDone', isHeld: (call: string) => boolean) {
  const real: (call: unknown) => Promise<unknown> = Reflect.get(link, method)
  let release = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  Reflect.set(link, method, async (call: unknown) => {
    if (isHeld(String(call))) await gate
    return real(call)
  })
  return () => release()
}

test('messages that come late do not take the place of a session that was made meanwhile', async () => {
  const { app, settle, openId } = await startShared({})
  const releasePage = hold(app.link, 'untilDone', (call) => call.includes('pageMessages'))
  const releaseNew = hold(app.link, 'once', (call) => call.includes('createSession'))
  const created = app.sessions.create()
  const refreshed = app.sessions.refresh()
  await settle()
  releaseNew()
  await created
  expect(openId()).toBe('new-1')
  releasePage()
  await refreshed
  expect(openId()).toBe('new-1')
})

test('an answer that begins elsewhere does not keep a session from being made', async () => {
  const { app, settle, openId } = await startShared({ live_turn_id: 't' })
  const release = hold(app.link, 'once', (call) => call.includes('createSession'))
  const created = app.sessions.create()
  void app.sessions.refresh()
  await settle()
  release()
  await created
  await settle()
  expect(openId()).toBe('new-1')
})
