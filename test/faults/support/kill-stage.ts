import { expect } from 'vitest'
import { startUpstream, type Upstream } from '../../fakes/upstream/upstream.js'
import { ask } from '../../support/daemon.js'
import { createTestDatabase, type TestDatabase } from '../../support/database.js'
import { eventually } from '../../support/eventually.js'
import { type CrashControl, createCrashControl } from './crash-control.js'
import { type Replica, startReplicas } from './replicas.js'

/** Two daemons on a database of their own, for one case after the other. */
export interface Stage {
  readonly database: TestDatabase
  readonly upstream: Upstream
  /** The first is the one that the fault is for. */
  readonly replicas: readonly [Replica, Replica]
  /** Of the first. */
  readonly points: CrashControl
  /** What both have logged so far. */
  logged(): string
  /** Starts whoever has ended, and lets it answer once. */
  revive(): Promise<void>
  /** Starts both anew, without a session. */
  reset(): Promise<void>
  dispose(): Promise<void>
}

export async function createStage(bundle: string): Promise<Stage> {
  const database = await createTestDatabase()
  const upstream = await startUpstream({ litellm: true })
  const points = await createCrashControl()
  const { replicas, dispose } = await startReplicas({
    count: 2,
    database,
    upstream,
    bundle,
    env: (index) => (index === 0 ? points.env : {}),
  })
  const [first, second] = replicas
  if (first === undefined || second === undefined) throw new Error('two replicas were asked for')
  await Promise.all(replicas.map(warmUp))
  return {
    database,
    upstream,
    points,
    replicas: [first, second],
    logged: () => replicas.map((replica) => replica.logged).join('\n'),
    async revive() {
      const ended = replicas.filter((replica) => !replica.isRunning)
      await Promise.all(ended.map((replica) => replica.restart()))
      await Promise.all(ended.map(warmUp))
    },
    async reset() {
      points.clear()
      await Promise.all(replicas.map((replica) => replica.restart()))
      await Promise.all(replicas.map(warmUp))
      await database.pool.query('DELETE FROM sessions')
    },
    async dispose() {
      await dispose()
      points.close()
      await upstream.close()
      await database.drop()
    },
  }
}

/** The first answer of a process costs it a second on a busy machine, which is as long as a lease. */
async function warmUp(replica: Replica): Promise<void> {
  await eventually(async () => {
    expect((await ask(replica, { model: 'ok' })).text).toBe('Hello, world.')
  }, 30_000)
}
