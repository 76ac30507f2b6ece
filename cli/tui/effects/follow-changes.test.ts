import { expect, onTestFinished, test } from 'vitest'
import type { Hint } from '../../../shared/contract/hint.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import { eventually } from '../../../test/support/eventually.js'
import { catalogueOf } from '../slash/test-support.js'
import { initialState } from '../state/state.js'
import { createStore } from '../state/store.js'
import type { Deps } from './deps.js'
import { followChanges } from './follow-changes.js'
import type { Roles } from './roles.js'
import type { Sessions } from './sessions.js'

/** Hints that come when the test says so, and what is done because of them. */
function changesUnderTest(refresh: () => Promise<void> = async () => undefined) {
  const did: string[] = []
  const told: unknown[] = []
  let give = (_: Hint[]): void => undefined
  const leave = new AbortController()
  async function* stream() {
    while (!leave.signal.aborted) {
      yield await new Promise<Hint[]>((resolve) => {
        give = resolve
      })
    }
  }
  const link = {
    online: async () => undefined,
    once: async () => stream(),
    async untilDone() {
      did.push('models')
      return catalogueOf({})
    },
  }
  const size = { columns: 80, rows: 24 }
  const store = createStore(initialState({ size, theme: 'dark', mouse: true }), () => undefined)
  const transcript = { entries: () => [], append: (entry: unknown) => told.push(entry) }
  const sessions = {
    refresh() {
      did.push('sessions')
      return refresh()
    },
    gone: async (id: string) => void did.push(`gone ${id}`),
  }
  const roles = { refresh: async () => void did.push('roles') }
  void followChanges(
    { store, link, transcript, redraw: () => undefined } as unknown as Deps,
    { sessions: sessions as unknown as Sessions, roles: roles as unknown as Roles },
    leave.signal,
  )
  onTestFinished(() => {
    leave.abort()
    give([])
  })
  const hint = async (...hints: Hint[]): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    give(hints)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { store, did, told, hint }
}

const session = (id: string): Hint => ({ event: 'session.changed', data: { id } })

test.each<[Hint, string[]]>([
  [session('a'), ['sessions']],
  [{ event: 'session.deleted', data: { id: 'a' } }, ['gone a', 'sessions']],
  [{ event: 'turn.changed', data: { id: 't', session_id: 'a' } }, ['sessions']],
  [{ event: 'role.changed', data: { id: 'r' } }, ['roles']],
  [{ event: 'role.deleted', data: { id: 'r' } }, ['roles']],
  [{ event: 'reset', data: {} }, ['sessions', 'roles']],
])('%j brings about %j', async (change, expected) => {
  const { did, hint } = changesUnderTest()
  await hint(change)
  expect(did).toEqual(expected)
})

test('however much comes while the list is read, it is read once more after that', async () => {
  let answer = (): void => undefined
  const { did, hint } = changesUnderTest(
    () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  )
  for (let n = 0; n < 50; n++) await hint(session(`${n}`))
  expect(did).toEqual(['sessions'])
  answer()
  await eventually(() => expect(did).toEqual(['sessions', 'sessions']))
  answer()
  await hint(session('last'))
  await eventually(() => expect(did).toHaveLength(3))
})

test('a list that is refused is told, and the next hint reads it again', async () => {
  const { did, told, hint } = changesUnderTest(() => Promise.reject(new ProblemError('forbidden')))
  await hint(session('a'))
  expect(told).toMatchObject([{ kind: 'notice', tone: 'error' }])
  await hint(session('b'))
  await eventually(() => expect(did).toHaveLength(2))
})

test('how the gateway stands is kept, and its models are read again when it is back', async () => {
  const { store, did, hint } = changesUnderTest()
  const changed = (reachable: boolean): Hint => ({ event: 'gateway.changed', data: { reachable } })
  await hint(changed(true))
  expect(did, 'it was never away').toEqual([])
  await hint(changed(false))
  expect(store.state.isGatewayAway).toBe(true)
  await hint(changed(true))
  expect(store.state.isGatewayAway).toBe(false)
  expect(did).toEqual(['models'])
})
