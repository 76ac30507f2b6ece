import type { ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../test/support/eventually.js'
import { serve } from '../../test/support/serve.js'
import type { Hint } from '../contract/hint.js'
import { ProblemError } from '../contract/problem.js'
import { createClient } from './client.js'
import { followHints } from './follow-hints.js'

const reset: Hint = { event: 'reset', data: {} }
const changed = (id: string): Hint => ({ event: 'session.changed', data: { id } })
const frame = ({ event, data }: { event: string; data: object }): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
const ready = frame({ event: 'ready', data: {} })

/** Follows a server whose n-th answer is that of the n-th script. */
async function follow(...scripts: ((response: ServerResponse) => void)[]) {
  let calls = 0
  const { url } = await serve((_, response) => {
    const script = scripts[calls]
    calls += 1
    if (script === undefined) response.destroy()
    else script(response)
  })
  const client = createClient({ target: { url } })
  const leave = new AbortController()
  const heard: Hint[] = []
  const end = followHints({
    open: () => client.events(leave.signal),
    signal: leave.signal,
    onHints: (hints) => heard.push(...hints),
    leastPauseMs: 1,
  })
  end.catch(() => undefined)
  onTestFinished(() => {
    leave.abort()
    client.close()
  })
  return { heard, end, leave, calls: () => calls }
}

/** An open stream that says this. */
const says =
  (...frames: string[]) =>
  (response: ServerResponse): ServerResponse => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.write([ready, ...frames].join(''))
    return response
  }

const refuses = (error: ProblemError) => (response: ServerResponse) => {
  const problem = error.toProblem()
  response.writeHead(problem.status, { 'content-type': 'application/problem+json' })
  response.end(JSON.stringify(problem))
}

test('begins with a reset, passes hints on, and knows nothing of what a newer daemon says', async () => {
  const newer = frame({ event: 'moon.changed', data: { id: 'x' } })
  const { heard, end, leave } = await follow(says(': hb\n\n', newer, frame(changed('a'))))
  await eventually(() => expect(heard).toEqual([reset, changed('a')]))
  leave.abort()
  await end
})

test('comes back after an end, a cut and a daemon that is busy ending, each time with a reset', async () => {
  const { heard, leave, end } = await follow(
    (response) => says(frame(changed('a')))(response).end(),
    (response) => says(frame(changed('b')))(response).socket?.destroySoon(),
    refuses(new ProblemError('shutting_down')),
    says(frame(changed('c'))),
  )
  await eventually(() => expect(heard).toContainEqual(changed('c')))
  const resets = heard.filter(({ event }) => event === 'reset')
  expect(resets.length).toBeGreaterThanOrEqual(2)
  expect(heard.at(-2)).toEqual(reset)
  leave.abort()
  await end
})

test.each([
  ['JSON that is cut', 'event: session.changed\ndata: {"id":\n\n'],
  ['data that is no object', 'event: session.deleted\ndata: null\n\n'],
  ['data without what it is about', 'event: turn.changed\ndata: {"id":5}\n\n'],
  ['a frame over the limit', `data: ${'x'.repeat(9 * 1024 * 1024)}\n\n`],
])('comes back after %s, with what was good and a reset', async (_, bytes) => {
  const { heard, leave, end } = await follow(
    says(frame(changed('a')), bytes),
    says(frame(changed('b'))),
  )
  await eventually(() => expect(heard).toContainEqual(changed('b')))
  expect(heard).toEqual([reset, changed('a'), reset, changed('b')])
  leave.abort()
  await end
})

test('ends with a refusal that no time cures', async () => {
  const { end, calls } = await follow(refuses(new ProblemError('unauthorized')))
  await expect(end).rejects.toMatchObject({ code: 'unauthorized' })
  expect(calls()).toBe(1)
})

test('ends when it is left, also while it waits to try again', async () => {
  const { end, leave, calls } = await follow()
  await eventually(() => expect(calls()).toBeGreaterThan(1))
  leave.abort()
  await end
})
