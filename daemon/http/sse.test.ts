import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Context } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import type { AppEnv } from './env.js'
import { createSseSink } from './sse.js'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('a reader that takes nothing is dropped, however often garbage is collected', async () => {
  let isDropped = (): void => undefined
  const dropped = new Promise<void>((resolve) => {
    isDropped = resolve
  })
  const server = createServer((incoming, outgoing) => {
    const env = { incoming, outgoing, transport: 'tcp' as const }
    const c = new Context<AppEnv>(new Request('http://c2a/'), { env })
    const sink = createSseSink(c, { heartbeatMs: 60_000, stalledMs: 200 })
    sink.open()
    const flood = async (): Promise<void> => {
      while (!sink.signal.aborted) await sink.write(`data: ${'x'.repeat(64 * 1024)}\n\n`)
      isDropped()
    }
    void flood()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const reader = connect(port, '127.0.0.1')
  const collecting = setInterval(collectGarbage, 10)
  onTestFinished(() => {
    clearInterval(collecting)
    reader.destroy()
    server.closeAllConnections()
    server.close()
  })
  reader.pause()
  reader.write('GET / HTTP/1.1\r\nHost: c2a\r\n\r\n')
  await expect(dropped).resolves.toBeUndefined()
})
