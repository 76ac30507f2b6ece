import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Context } from 'hono'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ProblemError } from '../../shared/contract/problem.js'
import { eventually } from '../../test/support/eventually.js'
import { serve } from '../../test/support/serve.js'
import { createDatabaseWatch } from '../store/database-watch.js'
import type { AppEnv } from './env.js'
import { createSseSink, type SseOptions, type SseSink } from './sse.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** No heartbeat, and no reader that is too slow, while a test lasts. */
const patient = { heartbeatMs: 60_000, stalledMs: 60_000 }

/** A server whose every answer is an open stream, for `use`. Gives what makes a request, by hand. */
async function streamOf(options: SseOptions, use: (sink: SseSink) => void): Promise<() => Socket> {
  const { port } = await serve((incoming, outgoing) => {
    const env = { incoming, outgoing, transport: 'tcp' as const }
    const context = new Context<AppEnv>(new Request('http://c2a/'), { env })
    const sink = createSseSink(context, options)
    sink.open()
    use(sink)
  })
  return () => {
    const reader = connect(port, '127.0.0.1')
    onTestFinished(() => void reader.destroy())
    reader.write('GET / HTTP/1.1\r\nHost: c2a\r\n\r\n')
    return reader
  }
}

test('a heartbeat says at once that the database is away, and that it is back', async () => {
  const watch = createDatabaseWatch()
  let answer = (): void => undefined
  const away = (): Promise<void> =>
    watch.during(() => Promise.reject(new ProblemError('db_unavailable'))).catch(() => undefined)
  const request = await streamOf({ ...patient, watch }, (sink) => {
    answer = sink.end
  })
  await away()
  const reader = request().setEncoding('utf8')
  let heard = ''
  reader.on('data', (text: string) => {
    heard += text
  })
  const beats = () => heard.match(/: hb.*/g) ?? []
  await eventually(() => expect(beats()).toEqual([': hb stalled']))
  await watch.during(async () => undefined)
  await away()
  await away()
  await eventually(() => expect(beats()).toEqual([': hb stalled', ': hb', ': hb stalled']))
  answer()
  // Nobody listens any more.
  await watch.during(async () => undefined)
  expect(beats()).toHaveLength(3)
})

test('work that hangs holds a stream up just as well', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const watch = createDatabaseWatch()
  let finish = (): void => undefined
  const work = watch.during(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve
      }),
  )
  await vi.advanceTimersByTimeAsync(1_000)
  expect(watch.stalled).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(watch.stalled).toBe(true)
  finish()
  await work
  expect(watch.stalled).toBe(false)
  await expect(watch.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(watch.stalled).toBe(false)
})

test('a reader that takes nothing is dropped, however often garbage is collected', async () => {
  let isDropped = (): void => undefined
  const dropped = new Promise<void>((resolve) => {
    isDropped = resolve
  })
  const request = await streamOf({ ...patient, stalledMs: 200 }, (sink) => {
    const flood = async (): Promise<void> => {
      while (!sink.signal.aborted) await sink.write(`data: ${'x'.repeat(64 * 1024)}\n\n`)
      isDropped()
    }
    void flood()
  })
  const collecting = setInterval(collectGarbage, 10)
  onTestFinished(() => clearInterval(collecting))
  request().pause()
  await expect(dropped).resolves.toBeUndefined()
})

test('what waits for its packet is forgotten when the reader of whole frames leaves', async () => {
  let isWritten = (): void => undefined
  const written = new Promise<void>((resolve) => {
    isWritten = resolve
  })
  const request = await streamOf({ ...patient, gapMs: 60_000, wholeFrames: true }, (sink) => {
    void sink.write(`data: ${'x'.repeat(1_000)}\n\n`.repeat(3)).then(isWritten)
  })
  const reader = request()
  await once(reader, 'data')
  reader.destroy()
  await expect(written).resolves.toBeUndefined()
})
