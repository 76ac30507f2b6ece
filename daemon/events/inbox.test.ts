import { expect, test } from 'vitest'
import type { Hint } from '../../shared/contract/hint.js'
import { createInbox } from './inbox.js'

const session = (id: string, event: 'changed' | 'deleted' = 'changed'): Hint => ({
  event: `session.${event}`,
  data: { id },
})
const reset: Hint = { event: 'reset', data: {} }

test('hints that come together are one batch, with the last word on each thing', async () => {
  const inbox = createInbox()
  const batches = inbox.batches()
  const first = batches.next()
  for (const hint of [session('a'), session('b'), session('a'), session('b', 'deleted')]) {
    inbox.put(hint)
  }
  expect((await first).value).toEqual([session('a'), session('b', 'deleted')])
  const second = batches.next()
  inbox.put(session('c'))
  expect((await second).value).toEqual([session('c')])
})

test('a reader that takes nothing gets one reset, however much has come', async () => {
  const inbox = createInbox()
  const batches = inbox.batches()
  for (let n = 0; n < 100_000; n++) inbox.put(session(`${n}`))
  expect((await batches.next()).value).toEqual([reset])
  const next = batches.next()
  inbox.put(session('a'))
  expect((await next).value).toEqual([session('a')])
})

test('a reset stands for all that came before it, and for what comes until it is taken', async () => {
  const inbox = createInbox()
  const batches = inbox.batches()
  inbox.put(session('a'))
  inbox.reset()
  inbox.put(session('b'))
  expect((await batches.next()).value).toEqual([reset])
})

test('a reset does not stand for how the gateway stands, whichever comes first', async () => {
  const inbox = createInbox()
  const batches = inbox.batches()
  const gateway = (reachable: boolean): Hint => ({ event: 'gateway.changed', data: { reachable } })
  inbox.put(session('a'))
  inbox.put(gateway(false))
  inbox.reset()
  inbox.put(session('b'))
  expect((await batches.next()).value).toEqual([reset, gateway(false)])
  inbox.reset()
  for (const reachable of [false, true]) inbox.put(gateway(reachable))
  expect((await batches.next()).value).toEqual([reset, gateway(true)])
})

test('closed it gives what is there, and ends', async () => {
  const inbox = createInbox()
  const batches = inbox.batches()
  inbox.put(session('a'))
  inbox.close()
  inbox.put(session('b'))
  inbox.reset()
  expect((await batches.next()).value).toEqual([session('a')])
  expect((await batches.next()).done).toBe(true)
  const waiting = createInbox()
  const end = waiting.batches().next()
  waiting.close()
  expect((await end).done).toBe(true)
})
