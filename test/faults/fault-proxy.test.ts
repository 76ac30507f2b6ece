import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { type FaultProxy, type Faults, startFaultProxy } from './support/fault-proxy.js'

let server: Server
let port: number
/** What the far side does with a connection. */
let serve: (socket: Socket) => void

beforeEach(async () => {
  serve = (socket) => socket.pipe(socket)
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  return () => void server.close()
})

interface Heard {
  bytes: Buffer
  chunks: number
  /** The code of the error that ended it; undefined: it ended in order. */
  error: string | undefined
  ms: number
}

function dial(proxy: FaultProxy): Socket {
  const socket =
    proxy.path === '' ? connect({ port: proxy.port, allowHalfOpen: true }) : connect(proxy.path)
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Says it all, and hears what comes back until the end. */
async function talk(proxy: FaultProxy, said: Buffer | string, noDelay = true): Promise<Heard> {
  const since = performance.now()
  const socket = dial(proxy).setNoDelay(noDelay)
  const chunks: Buffer[] = []
  let error: string | undefined
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', (failure: NodeJS.ErrnoException) => {
    error = failure.code
  })
  socket.on('end', () => socket.destroySoon())
  socket.end(said)
  await new Promise((resolve) => socket.once('close', resolve))
  const ms = performance.now() - since
  return { bytes: Buffer.concat(chunks), chunks: chunks.length, error, ms }
}

const proxyWith = (faults: Faults): Promise<FaultProxy> => startFaultProxy({ to: { port }, faults })

test('without faults everything passes, both ways, ends included', async () => {
  const whole = randomBytes(3_000_000)
  for (const at of ['tcp', 'unix'] as const) {
    const proxy = await startFaultProxy({ to: { port }, at })
    const { bytes, error } = await talk(proxy, whole)
    expect(error).toBeUndefined()
    expect(bytes.equals(whole)).toBe(true)
    await eventually(() => expect(proxy.open).toBe(0))
    expect(proxy.accepted).toBe(1)
  }
})

test('bytes can be late, and are still in order', async () => {
  const whole = randomBytes(400_000)
  const { bytes, ms } = await talk(await proxyWith({ latencyMs: 30, jitterMs: 10 }), whole)
  expect(bytes.equals(whole)).toBe(true)
  // Later, not slower: what comes together waits together.
  expect(ms).toBeGreaterThanOrEqual(60)
})

test('bytes can be few a second', async () => {
  const { bytes, ms } = await talk(
    await proxyWith({ down: { bandwidth: 100_000 } }),
    randomBytes(10_000),
  )
  expect(bytes).toHaveLength(10_000)
  expect(ms).toBeGreaterThanOrEqual(95)
})

test('bytes can be held back until the cable is in again', async () => {
  const proxy = await proxyWith({ bandwidth: 0 })
  let reached = ''
  serve = (socket) =>
    socket.on('data', (chunk) => {
      reached += String(chunk)
      socket.end(chunk)
    })
  const talking = talk(proxy, 'hello')
  await eventually(() => expect(proxy.open).toBe(1))
  expect(reached).toBe('')
  proxy.set({})
  expect(String((await talking).bytes)).toBe('hello')
})

test('bytes can come one at a time', async () => {
  const { bytes, chunks } = await talk(
    await proxyWith({ down: { sliceBytes: 1, latencyMs: 1 } }),
    'x'.repeat(200),
  )
  expect(bytes).toHaveLength(200)
  expect(chunks).toBeGreaterThan(20)
})

test.each([0, 1, 499, 500, 501])(
  'a connection can be cut after %i of 500 bytes',
  async (limitBytes) => {
    const whole = randomBytes(500)
    const heard = await talk(await proxyWith({ down: { limitBytes } }), whole)
    expect(heard.bytes.equals(whole.subarray(0, limitBytes))).toBe(true)
    expect(heard.error).toBeUndefined()

    let reached = Buffer.alloc(0)
    const ended = new Promise((resolve) => {
      serve = (socket) => {
        socket.on('data', (chunk) => {
          reached = Buffer.concat([reached, chunk])
        })
        socket.on('end', () => resolve(socket.end()))
      }
    })
    await talk(await proxyWith({ up: { limitBytes } }), whole)
    await ended
    expect(reached.equals(whole.subarray(0, limitBytes))).toBe(true)
  },
)

test('a cut can be a reset, at once, later, after so many bytes, or by hand', async () => {
  const plans: Faults[] = [
    { resetMs: 0 },
    { resetMs: 20, bandwidth: 0 },
    // Bytes just before it would hide it: Node may tell of the end first.
    { down: { limitBytes: 0 }, cutByReset: true },
  ]
  for (const faults of plans) {
    expect((await talk(await proxyWith(faults), 'hello')).error).toBe('ECONNRESET')
  }
  const proxy = await proxyWith({ bandwidth: 0 })
  const talking = talk(proxy, 'hello')
  await eventually(() => expect(proxy.open).toBe(1))
  proxy.cut('reset')
  expect((await talking).error).toBe('ECONNRESET')
})

test('bytes can vanish, and then the connection ends', async () => {
  let reached = 0
  serve = (socket) => socket.on('data', () => reached++)
  const { bytes, ms } = await talk(await proxyWith({ swallowMs: 50 }), 'hello')
  expect(bytes).toHaveLength(0)
  expect(ms).toBeGreaterThanOrEqual(49)
  expect(reached).toBe(0)
})

test('an end can be late', async () => {
  serve = (socket) => socket.end('bye')
  const { bytes, ms } = await talk(await proxyWith({ down: { slowCloseMs: 60 } }), '')
  expect(String(bytes)).toBe('bye')
  expect(ms).toBeGreaterThanOrEqual(59)
})

test('each connection can have its own faults, and others while it is open', async () => {
  const proxy = await startFaultProxy({
    to: { port },
    faults: (index) => ({ down: { limitBytes: index } }),
  })
  for (const length of [0, 1, 2, 3]) expect((await talk(proxy, 'hello')).bytes).toHaveLength(length)
  proxy.set((index) => (index === 4 ? { bandwidth: 0 } : {}))
  const fourth = talk(proxy, 'hello')
  await eventually(() => expect(proxy.open).toBe(1))
  expect(String((await talk(proxy, 'hello')).bytes)).toBe('hello')
  proxy.set({ down: { limitBytes: 2 } })
  expect(String((await fourth).bytes)).toBe('he')
})

test('it can go down, refusing everybody, and come back at the same address', async () => {
  for (const at of ['tcp', 'unix'] as const) {
    const proxy = await startFaultProxy({ to: { port }, at })
    const socket = dial(proxy)
    await once(socket, 'connect')
    await eventually(() => expect(proxy.open).toBe(1))
    const cut = new Promise((resolve) => socket.on('error', resolve).on('close', resolve))
    await proxy.down()
    await cut
    expect((await talk(proxy, 'hello')).error).toMatch(/^(ECONNREFUSED|ENOENT)$/)
    await proxy.up()
    expect(String((await talk(proxy, 'hello')).bytes)).toBe('hello')
  }
})

test('it can be pointed elsewhere', async () => {
  const other = createServer((socket) => socket.end('other'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const proxy = await proxyWith({})
  expect(String((await talk(proxy, 'hello')).bytes)).toBe('hello')
  proxy.pointTo({ port: (other.address() as AddressInfo).port })
  expect(String((await talk(proxy, '')).bytes)).toBe('other')
})

test('a place where nobody listens is a connection that ends', async () => {
  server.close()
  const { bytes } = await talk(await proxyWith({}), 'hello')
  expect(bytes).toHaveLength(0)
})
