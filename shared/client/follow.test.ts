import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { TurnEvent, TurnOutcome } from '../contract/event.js'
import { createClient } from './client.js'
import { askAndFollow, attachAndFollow } from './follow.js'

const turnId = '11111111-1111-4111-8111-111111111111'
const id = (n: number): string => `${turnId}:${n}`

interface Connection {
  /** Method and path of its request. */
  asked: string
  say(bytes: string | Uint8Array): void
  /** Ends the connection, in order or not. */
  hangUp(how?: 'reset'): void
}

/** A daemon that says exactly these bytes: each connection is served by the next script, the last one by all others. */
async function scripted(...scripts: ((connection: Connection) => void)[]) {
  const asked: string[] = []
  const directory = mkdtempSync(join(tmpdir(), 'c2a-follow-'))
  const socketPath = join(directory, 's')
  const serve = (socket: Socket): void => {
    socket.on('error', () => undefined)
    socket.once('data', (request) => {
      const [method, path] = String(request).split(' ')
      const script = scripts[Math.min(asked.length, scripts.length - 1)]
      asked.push(`${method} ${path}`)
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n')
      script?.({
        asked: `${method} ${path}`,
        say: (bytes) => void socket.write(bytes),
        hangUp: (how) => void (how === 'reset' ? socket.destroy() : socket.end()),
      })
    })
  }
  const server: Server = createServer(serve)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  onTestFinished(() => {
    server.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return { socketPath, asked }
}

const frame = (n: number, event: string, data: unknown): string =>
  `event: ${event}\nid: ${id(n)}\ndata: ${JSON.stringify(data)}\n\n`
const started = frame(1, 'turn.started', { turn_id: turnId, session_id: 's', message_id: 'm' })
const delta = (n: number, content: string): string =>
  `id: ${id(n)}\ndata: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
const piece = delta(2, 'x'.repeat(1_000)).replace(/^id: .*\n/, '')
const ended = (n: number, length: number): string => {
  const message = { id: 'm', kind: 'chat', status: 'complete', length }
  const outcome = { turn_id: turnId, session_id: 's', status: 'complete', messages: [message] }
  return `${frame(n, 'turn.done', outcome)}data: [DONE]\n\n`
}
const whole = started + delta(2, 'Hel') + delta(3, 'lo ') + delta(4, '🚀') + ended(5, 8)

/** Follows to the end: what was shown, and how it ended. */
async function follow(
  socketPath: string,
  how: { attachAfter?: string; reconnectMs?: number } = {},
): Promise<{
  text: string
  events: TurnEvent[]
  outcome: TurnOutcome
  breaks: number
  stalls: boolean[]
}> {
  const events: TurnEvent[] = []
  const stalls: boolean[] = []
  let breaks = 0
  const options = {
    connect: async () => createClient({ target: { socketPath } }),
    reconnectMs: how.reconnectMs ?? 10_000,
    onBreak: () => {
      breaks++
    },
    onStall: (stalled: boolean) => void stalls.push(stalled),
    onEvents: (batch: readonly TurnEvent[]) => void events.push(...batch),
  }
  const outcome =
    how.attachAfter === undefined
      ? await askAndFollow({
          ...options,
          sessionId: 's',
          body: { message: 'Hi' },
          idempotencyKey: 'k',
        })
      : await attachAndFollow({ ...options, turnId, after: how.attachAfter })
  const text = events.map((one) => (one.event === 'delta' ? one.data.text : '')).join('')
  return { text, events, outcome, breaks, stalls }
}

const post = 'POST /api/sessions/s/chat/stream'
const resume = (n: number): string => `GET /api/turns/${turnId}/stream?after=${id(n)}`

test('events that come twice are shown once, on one connection and on the next', async () => {
  const { socketPath, asked } = await scripted(
    ({ say, hangUp }) => {
      say(started + delta(2, 'Hel') + delta(2, 'Hel') + started + delta(3, 'lo '))
      hangUp('reset')
    },
    // As if it did not know the cursor.
    ({ say }) => say(whole),
  )
  const { text, events, breaks } = await follow(socketPath)
  expect(text).toBe('Hello 🚀')
  expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5].map(id))
  expect(asked).toEqual([post, resume(3)])
  expect(breaks).toBe(1)
})

test('a stall is over when the daemon says so, and when its stream ends without a word', async () => {
  const { socketPath } = await scripted(
    ({ say, hangUp }) => {
      say(`${started}: hb stalled\n\n: hb\n\n: hb stalled\n\n`)
      hangUp()
    },
    ({ say }) => say(whole),
  )
  const { text, stalls } = await follow(socketPath)
  expect(text).toBe('Hello 🚀')
  expect(stalls).toEqual([true, false, true, false])
})

test.each<[string, string, number]>([
  ['an event that is missing', started + delta(2, 'Hel') + delta(4, '🚀'), 2],
  ['the first event that is missing', delta(2, 'Hel'), 0],
  [
    'an event of another turn',
    started + delta(2, 'x').replaceAll(turnId, turnId.replace('1', '2')),
    1,
  ],
  ['a number that is none', started + delta(2, 'x').replace(':2\n', ':two\n'), 1],
  ['JSON that is cut', `${started}id: ${id(2)}\ndata: {"choices":[{"del\n\n`, 1],
  ['JSON that is no object', `${started}id: ${id(2)}\ndata: null\n\n`, 1],
  ['a named event without an object', `${started}event: usage\nid: ${id(2)}\ndata: 5\n\n`, 1],
  ['an end without an outcome', `${started}${frame(2, 'turn.done', {})}`, 1],
  ['an end of half an outcome', `${started}${frame(2, 'turn.done', { messages: [{}] })}`, 1],
  [
    'a delta that is no text',
    `${started}id: ${id(2)}\ndata: {"choices":[{"delta":{"content":5}}]}\n\n`,
    1,
  ],
  ['a turn without an id', frame(1, 'turn.started', { turn_id: 5 }), 0],
  ['an event whose pieces do not end', `${started}${piece.repeat(10_000)}`, 1],
  ['a frame over the limit', `${started}id: ${id(2)}\ndata: ${'x'.repeat(9 * 1024 * 1024)}`, 1],
  ['the end of all without an end of the turn', `${started}data: [DONE]\n\n`, 1],
])('%s is a break, after what was good', async (_, bytes, good) => {
  const { socketPath, asked } = await scripted(
    ({ say, hangUp }) => {
      say(bytes)
      // What is damaged is left at once; only an end in order has to come.
      if (bytes.endsWith('[DONE]\n\n')) hangUp()
    },
    ({ say }) => say(whole),
  )
  const { text, breaks, outcome } = await follow(socketPath)
  expect(text).toBe('Hello 🚀')
  expect(outcome.status).toBe('complete')
  expect(breaks).toBe(1)
  expect(asked).toEqual([post, good === 0 ? post : resume(good)])
})

test('bytes may come in any pieces', async () => {
  const bytes = Buffer.from(whole)
  for (let at = 1; at < bytes.length; at += 7) {
    const { socketPath, asked } = await scripted(({ say }) => {
      say(bytes.subarray(0, at))
      setImmediate(() => say(bytes.subarray(at)))
    })
    expect((await follow(socketPath)).text).toBe('Hello 🚀')
    expect(asked).toHaveLength(1)
  }
})

test('a cut anywhere is resumed after the last event that was whole', async () => {
  const bytes = Buffer.from(whole)
  const frames = [started, delta(2, 'Hel'), delta(3, 'lo '), delta(4, '🚀'), ended(5, 8)]
  const cutAt = async (at: number): Promise<void> => {
    const { socketPath, asked } = await scripted(
      ({ say, hangUp }) => {
        say(bytes.subarray(0, at))
        hangUp(at % 2 === 0 ? 'reset' : undefined)
      },
      ({ asked: path, say }) => {
        const after = Number(/:(\d+)$/.exec(path)?.[1] ?? 0)
        say(frames.slice(after).join(''))
      },
    )
    const { text, events } = await follow(socketPath)
    expect(text).toBe('Hello 🚀')
    expect(events.map((event) => event.id)).toEqual([1, 2, 3, 4, 5].map(id))
    expect(asked.length).toBeLessThanOrEqual(2)
  }
  const every = 5
  await Promise.all(Array.from({ length: bytes.length / every }, (_, i) => cutAt(i * every)))
})

test('a piece of an event without the rest of it is nothing', async () => {
  const piece = delta(2, 'He').replace(/^id: .*\n/, '')
  const { socketPath } = await scripted(
    ({ say, hangUp }) => {
      say(started + piece)
      hangUp()
    },
    ({ say }) =>
      say(started + piece + delta(2, 'l') + delta(3, 'lo ') + delta(4, '🚀') + ended(5, 8)),
  )
  const { text, events } = await follow(socketPath)
  expect(text).toBe('Hello 🚀')
  expect(events.map((event) => event.id)).toEqual([1, undefined, 2, 3, 4, 5].map((n) => n && id(n)))
})

test('events of a newer daemon count, and are not shown', async () => {
  const news = frame(2, 'tool', { name: 'hammer' })
  const { socketPath, asked } = await scripted(({ say }) =>
    say(started + news + delta(3, 'Hello') + ended(4, 5)),
  )
  expect((await follow(socketPath)).text).toBe('Hello')
  expect(asked).toHaveLength(1)
})

test('an end that tells of more text than came is read again, and brings what was missing', async () => {
  const { socketPath, asked } = await scripted(
    ({ say }) => say(started + delta(2, 'Hel') + delta(3, '') + delta(4, '') + ended(5, 8)),
    ({ say }) => say(whole),
  )
  const { text, events, outcome, breaks } = await follow(socketPath)
  expect(text).toBe('Hello 🚀')
  expect(outcome.status).toBe('complete')
  expect(events.filter(({ event }) => event === 'turn.done')).toHaveLength(1)
  expect(asked).toEqual([post, `GET /api/turns/${turnId}/stream`])
  expect(breaks).toBe(1)
})

test('text that was shown and is not what is stored is an error, not an answer', async () => {
  const { socketPath } = await scripted(
    ({ say }) => say(started + delta(2, 'Hex') + ended(3, 8)),
    ({ say }) => say(whole),
  )
  await expect(follow(socketPath)).rejects.toMatchObject({ code: 'cursor_expired' })
})

test('a length that is wrong again ends it all the same', async () => {
  const { socketPath, asked } = await scripted(({ say }) =>
    say(started + delta(2, 'Hel') + ended(3, 8)),
  )
  const { text, outcome } = await follow(socketPath)
  expect(text).toBe('Hel')
  expect(outcome.status).toBe('complete')
  expect(asked).toHaveLength(2)
})

test('who comes later is not held to the length of the whole', async () => {
  const { socketPath, asked } = await scripted(({ say }) => say(delta(4, '🚀') + ended(5, 8)))
  const { text } = await follow(socketPath, { attachAfter: id(3) })
  expect(text).toBe('🚀')
  expect(asked).toEqual([resume(3)])
})

test('a stream that is damaged for ever is given up in the end, with the reason', async () => {
  const { socketPath, asked } = await scripted(({ say }) => say(`id: ${id(1)}\ndata: nonsense\n\n`))
  const following = follow(socketPath, { reconnectMs: 300 })
  await expect(following).rejects.toMatchObject({
    code: 'daemon_unreachable',
    message: expect.stringContaining('damaged'),
  })
  expect(asked.length).toBeGreaterThan(1)
})
