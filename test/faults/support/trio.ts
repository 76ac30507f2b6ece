import {
  startUpstream,
  type Upstream,
  type UpstreamOptions,
} from '../../fakes/upstream/upstream.js'
import { startDaemon, type TestDaemon } from '../../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../support/database.js'
import { startFaultProxy } from './fault-proxy.js'

/** An answer may wait for the test for as long as that takes; nobody dies here, so no lease runs out. */
const time = {
  leaseMs: 60_000,
  sweepMs: 5_000,
  firstTokenTimeoutMs: 3_600_000,
  tokenIdleTimeoutMs: 3_600_000,
  totalTimeoutMs: 3_600_000,
}

/** Three daemons of this process on one database, for what wants no crash but many requests. */
export interface Trio {
  readonly database: TestDatabase
  readonly upstream: Upstream
  readonly daemons: readonly TestDaemon[]
  dispose(): Promise<void>
}

/** For beforeAll; the caller disposes of it. */
export async function startTrio(scripts: NonNullable<UpstreamOptions['scripts']>): Promise<Trio> {
  const database = await createTestDatabase()
  const upstream = await startUpstream({ litellm: true, scripts })
  const daemons = await Promise.all([1, 2, 3].map(() => startDaemon({ database, upstream, time })))
  return {
    database,
    upstream,
    daemons,
    async dispose() {
      await Promise.all(daemons.map((daemon) => daemon.stop()))
      await upstream.close()
      await database.drop()
    },
  }
}

/** The way of one client that makes one connection at a time, each to any daemon. */
interface Wire {
  /** The daemon at the end of the wire; its next connection is cut after so many bytes of the answer. */
  to(daemon: TestDaemon, limitBytes?: number): TestDaemon
  close(): Promise<void>
}

export async function startWire(): Promise<Wire> {
  // Where it leads is said before each connection.
  const proxy = await startFaultProxy({ to: { port: 9 } })
  return {
    to(daemon, limitBytes) {
      proxy.pointTo({ port: daemon.port })
      proxy.set(limitBytes === undefined ? {} : { down: { limitBytes } })
      return { ...daemon, port: proxy.port }
    },
    close: proxy.close,
  }
}

/** `work` for each item over `width` wires at a time. */
export async function overWires<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item, wire: Wire) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const next = async (): Promise<void> => {
    const wire = await startWire()
    try {
      for (const item of left) await work(item, wire)
    } finally {
      await wire.close()
    }
  }
  await Promise.all(Array.from({ length: width }, next))
}
