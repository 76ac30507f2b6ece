import { startUpstream, type Upstream, type UpstreamOptions } from '../fakes/upstream/upstream.js'
import { startDaemon, type TestDaemon, type TestDaemonOptions } from './daemon.js'
import { createTestDatabase, type TestDatabase } from './database.js'

type DaemonOptions = Omit<TestDaemonOptions, 'database' | 'upstream'>

/** What the tests of a file have in common: a database, the models, a daemon between them. */
export interface Stage {
  readonly database: TestDatabase
  readonly upstream: Upstream
  readonly daemon: TestDaemon
  /** Starts one more replica on the same database. */
  startAnother(options?: DaemonOptions): Promise<TestDaemon>
  /** Stops all of it and drops the database. What `beforeAll` returns is called after the last test. */
  readonly close: () => Promise<void>
}

/** For beforeAll, which is to return `close`. */
export async function startStage({
  upstream: upstreamOptions,
  ...options
}: DaemonOptions & { upstream?: UpstreamOptions } = {}): Promise<Stage> {
  const database = await createTestDatabase()
  const upstream = await startUpstream(upstreamOptions)
  const daemons: TestDaemon[] = []
  const start = async (own: DaemonOptions = {}): Promise<TestDaemon> => {
    const daemon = await startDaemon({ database, upstream, ...own })
    daemons.push(daemon)
    return daemon
  }
  return {
    database,
    upstream,
    daemon: await start(options),
    startAnother: start,
    close: async () => {
      await Promise.all(daemons.map((daemon) => daemon.stop()))
      await upstream.close()
      await database.drop()
    },
  }
}
