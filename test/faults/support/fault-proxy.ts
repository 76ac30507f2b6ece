import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, TestRunner } from 'vitest'
import { createRandom } from './random.js'

/*
 * A bad network between two real sockets, on loopback:
 *
 *   const proxy = await startFaultProxy({ to: { port: daemon.port } })
 *   const client = createClient({ target: { url: proxy.url }, token })
 *   proxy.set({ latencyMs: 20, down: { limitBytes: 900 } })
 *   await proxy.down()
 *   await proxy.up()
 *
 * In a test it closes by itself. In front of a database: database-proxy.ts.
 */

/** What happens to bytes on their way; nothing set: they just pass, in order. */
interface Toxics {
  /** Each read of a socket arrives so much later, ms. */
  latencyMs?: number
  /** And up to so much more, at random, ms. */
  jitterMs?: number
  /** Bytes a second. 0: they are held back until this is changed, as while a cable is out. */
  bandwidth?: number
  /** Bytes are written in pieces of so many, each in a turn of the event loop of its own. */
  sliceBytes?: number
  /** After exactly so many bytes the connection is cut; 0: at the first. */
  limitBytes?: number
  /** All bytes vanish, and so long after the first of them the connection is cut, ms. Infinity: never. */
  swallowMs?: number
  /** The end of one side is passed on so much later, ms. */
  slowCloseMs?: number
}

export interface Faults extends Toxics {
  /** More for one way only: up is from who connected, down is back to it. */
  up?: Toxics
  down?: Toxics
  /** Reset (RST) so long after it was made, ms. 0: at once. A unix socket knows no reset: it is closed. */
  resetMs?: number
  /** A cut is a reset, so that bytes on their way may be lost. Default: it ends as if all had been said. */
  cutByReset?: boolean
}

/** The faults of each connection; the first has index 0. */
type FaultPlan = Faults | ((index: number) => Faults)

type Place = { port: number; host?: string } | { path: string }

export interface FaultProxy {
  /** Of a TCP proxy; 0 on a unix socket. */
  readonly port: number
  /** http, for a TCP proxy. */
  readonly url: string
  /** Of a unix socket; empty for TCP. */
  readonly path: string
  /** How many connections there were ever. */
  readonly accepted: number
  /** How many there are. */
  readonly open: number
  /** From now on, for the connections that are there, too. */
  set(plan: FaultPlan): void
  /** Other connections from now on: to another place. Those that are there stay. */
  pointTo(place: Place): void
  /** Cuts all connections; new ones are served. */
  cut(how?: 'end' | 'reset'): void
  /** Cuts all connections and refuses new ones. */
  down(): Promise<void>
  /** Serves again at the same address. */
  up(): Promise<void>
  close(): Promise<void>
}

interface Options {
  to: Place
  /** Default: TCP on any free port. */
  at?: 'tcp' | 'unix'
  faults?: FaultPlan
}

export async function startFaultProxy(options: Options): Promise<FaultProxy> {
  const random = createRandom()
  const lines = new Set<Line>()
  let place = options.to
  let plan = options.faults ?? {}
  let accepted = 0
  const faultsOf = (index: number): Faults => (typeof plan === 'function' ? plan(index) : plan)

  const accept = (near: Socket): void => {
    const far = connect({ ...place, allowHalfOpen: true, noDelay: true })
    const index = accepted++
    const line = createLine(near, far, faultsOf(index), index, random.next)
    lines.add(line)
    void line.gone.then(() => lines.delete(line))
  }

  const directory = options.at === 'unix' ? mkdtempSync(join(tmpdir(), 'c2a-fault-')) : undefined
  const path = directory === undefined ? '' : join(directory, 's')
  let port = 0
  let server: Server | undefined

  const up = async (): Promise<void> => {
    if (server?.listening) return
    const fresh = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    server = fresh
    await new Promise<void>((resolve, reject) => {
      fresh.once('error', reject)
      if (path === '') fresh.listen(port, '127.0.0.1', resolve)
      else fresh.listen(path, resolve)
    })
    if (path === '') port = (fresh.address() as AddressInfo).port
  }
  const cut = (how: 'end' | 'reset' = 'end'): void => {
    for (const line of lines) line.cut(how === 'reset')
  }
  const down = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server?.close(() => resolve()))
    cut('reset')
    await closed
  }
  const close = async (): Promise<void> => {
    if (server?.listening) await down()
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  }

  await up()
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(close)
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    path,
    get accepted() {
      return accepted
    },
    get open() {
      return lines.size
    },
    set(next) {
      plan = next
      for (const line of lines) line.change(faultsOf(line.index))
    },
    pointTo(next) {
      place = next
    },
    cut,
    down,
    up,
    close,
  }
}

/** One connection through the proxy. */
interface Line {
  readonly index: number
  readonly gone: Promise<void>
  change(faults: Faults): void
  cut(byReset: boolean): void
}

/** So many bytes may be under way before a side is no longer read. */
const mostUnderWay = 256 * 1024

function createLine(
  near: Socket,
  far: Socket,
  initial: Faults,
  index: number,
  random: () => number,
): Line {
  let faults = initial
  const changes = new EventEmitter().setMaxListeners(0)
  let resetTimer: NodeJS.Timeout | undefined
  const over = new AbortController()
  const pause = (ms: number): Promise<void> =>
    ms > 0 ? sleep(ms, undefined, { signal: over.signal }) : Promise.resolve()

  const cut = (byReset: boolean): void => {
    clearTimeout(resetTimer)
    over.abort()
    for (const socket of [near, far]) {
      if (!byReset) socket.destroySoon()
      else if (socket.remoteFamily === undefined) socket.destroy()
      else socket.resetAndDestroy()
    }
  }
  const arm = (): void => {
    clearTimeout(resetTimer)
    if (faults.resetMs === 0) cut(true)
    else if (faults.resetMs !== undefined) resetTimer = setTimeout(cut, faults.resetMs, true)
  }

  const pump = (from: Socket, to: Socket, way: 'up' | 'down'): Promise<void> => {
    let underWay = 0
    let passed = 0
    let last = Promise.resolve()
    const toxics = (): Toxics => ({ ...faults, ...faults[way] })

    const write = async (bytes: Buffer): Promise<void> => {
      const { limitBytes = Infinity } = toxics()
      const part = bytes.subarray(0, Math.max(0, limitBytes - passed))
      passed += part.length
      const written = new Promise<void>((resolve) => to.write(part, () => resolve()))
      if (passed >= limitBytes) return cut(faults.cutByReset === true)
      await written
    }
    const deliver = async (bytes: Buffer, arrived: number): Promise<void> => {
      const { latencyMs = 0, jitterMs = 0, swallowMs } = toxics()
      if (swallowMs !== undefined) {
        if (swallowMs < Infinity)
          pause(swallowMs).then(() => cut(faults.cutByReset === true), quiet)
        return
      }
      await pause(arrived + latencyMs + random() * jitterMs - performance.now())
      for (let at = 0; at < bytes.length; ) {
        while (toxics().bandwidth === 0) await once(changes, 'change', { signal: over.signal })
        const { bandwidth = Infinity, sliceBytes = bytes.length } = toxics()
        const piece = bytes.subarray(at, at + sliceBytes)
        await pause((piece.length / bandwidth) * 1_000)
        // Or the kernel would join what was cut.
        if (at > 0) await nextTurn()
        over.signal.throwIfAborted()
        await write(piece)
        at += piece.length
      }
    }

    from.on('data', (bytes: Buffer) => {
      const arrived = performance.now()
      underWay += bytes.length
      if (underWay > mostUnderWay) from.pause()
      last = last
        .then(() => deliver(bytes, arrived))
        .then(() => {
          underWay -= bytes.length
          if (underWay <= mostUnderWay) from.resume()
        }, quiet)
    })
    return new Promise((resolve) => {
      from.on('end', () => {
        last
          .then(() => pause(toxics().slowCloseMs ?? 0))
          .then(() => to.end(resolve))
          .catch(quiet)
      })
    })
  }

  const bothEnded = Promise.all([pump(near, far, 'up'), pump(far, near, 'down')])
  bothEnded.then(() => cut(false), quiet)
  const gone = Promise.all(
    [near, far].map(
      (socket) =>
        new Promise<void>((resolve) => {
          // Whatever went wrong on one side, the other side hears of it.
          socket.on('error', () => cut(faults.cutByReset === true))
          socket.on('close', () => resolve())
        }),
    ),
  ).then(quiet)
  arm()
  return {
    index,
    gone,
    cut,
    change(next) {
      faults = next
      changes.emit('change')
      arm()
    },
  }
}

/** The line is over: what was still under way is nobody's any more. */
function quiet(): void {}
