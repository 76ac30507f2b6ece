import { expect, onTestFinished, test } from 'vitest'
import { startUpstream, type Upstream } from '../fakes/upstream/upstream.js'
import type { TestDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { quantile } from '../support/quantile.js'
import { createHistory, expectHolds } from './support/check.js'
import { type Crowd, flow, startCrowd } from './support/crowd.js'
import { faultTimes, settledWithinMs, times } from './support/many.js'
import { type OwnPostgres, startOwnPostgres } from './support/own-postgres.js'
import { createRandom, type Random } from './support/random.js'
import { type Replica, startReplicas } from './support/replicas.js'

/** Side by side: most of a long pass is waiting for leases of full length. */
const fleets = times(1, 2)
/** Of each fleet. In rounds, since each is kept in memory until it has been judged. */
const rounds = times(1, 25)
const kills = 200
/** Each takes a whole lease, so a long pass has fewer a round. */
const pauses = times(5, 2)
const stops = times(5, 20)
const terminations = times(5, 20)
const streams = 20

/** What it may take longer where processes come up slowly, two of three at a time, ms. */
const marginMs = 8_000

/** When the database was away, at the wall clock, ms. */
interface Outage {
  from: number
  to: number
}

/** Nobody does two things to a replica at a time. */
function createLocks<Item>(items: readonly Item[], random: Random) {
  const free = [...items]
  const waiting: ((item: Item) => void)[] = []
  return {
    take: (): Promise<Item> =>
      new Promise((resolve) => {
        if (free.length === 0) waiting.push(resolve)
        else resolve(...(free.splice(random.between(0, free.length), 1) as [Item]))
      }),
    give(item: Item): void {
      const next = waiting.shift()
      if (next) next(item)
      else free.push(item)
    },
  }
}

interface Stage {
  replicas: readonly Replica[]
  postgres: OwnPostgres
  crowd: Crowd
  random: Random
}

/** Everything that can happen, at moments that are told by how much the readers have seen. */
async function rage({ replicas, postgres, crowd, random }: Stage): Promise<Outage[]> {
  const outages: Outage[] = []
  const locks = createLocks(replicas, random)
  const { pool } = postgres.database
  const isLive = async (instance: string, which: string): Promise<boolean> => {
    const live = `SELECT FROM turns WHERE instance = $1 AND status = 'streaming' AND ${which}`
    return ((await pool.query(live, [instance])).rowCount ?? 0) > 0
  }

  const kill = async (): Promise<void> => {
    const victim = await locks.take()
    await crowd.shown(random.between(1, 100))
    await victim.restart()
    locks.give(victim)
  }

  /** Longer than a lease: until its turns may be taken, or have been. */
  const pause = async (): Promise<void> => {
    const victim = await locks.take()
    // Somebody has to live for a lease to be judged.
    const judge = await locks.take()
    const { instance } = victim
    const patienceMs = 4 * faultTimes.leaseMs + 15_000
    await eventually(async () => expect(await isLive(instance, 'true')).toBe(true), patienceMs)
    victim.signal('SIGSTOP')
    const which = random.oneOf(['true', 'lease_until > now()'])
    await eventually(async () => expect(await isLive(instance, which)).toBe(false), patienceMs)
    victim.signal('SIGCONT')
    locks.give(judge)
    locks.give(victim)
  }

  const stop = async (): Promise<void> => {
    await crowd.shown(random.between(100, 1_000))
    const from = Date.now()
    await postgres.stopImmediately()
    outages.push({ from, to: Date.now() })
  }

  const terminate = async (): Promise<void> => {
    await crowd.shown(random.between(100, 1_000))
    await eventually(postgres.terminateBackends)
  }

  const inTurn = async (count: number, fault: () => Promise<void>): Promise<void> => {
    for (let left = count; left > 0; left--) await fault()
  }
  await Promise.all([
    inTurn(kills / 2, kill),
    inTurn(kills / 2, kill),
    inTurn(pauses, pause),
    inTurn(stops, stop),
    inTurn(terminations, terminate),
  ])
  return outages
}

/**
 * How long each interrupted turn went on without its daemon, ms: from the last renewal of
 * its lease, which was before the fault, or from the database's return, until it had ended.
 */
async function settleTimes({ pool }: TestDatabase, outages: readonly Outage[]): Promise<number[]> {
  const { rows } = await pool.query<{ renewed: number; ended: number }>(
    `SELECT extract(epoch FROM lease_until)::float8 * 1000 - $1 AS renewed,
       extract(epoch FROM finished_at)::float8 * 1000 AS ended
     FROM turns WHERE status = 'interrupted'`,
    [faultTimes.leaseMs],
  )
  return rows.map(({ renewed, ended }) => {
    const back = outages.filter(({ from }) => from < ended).map(({ to }) => Math.min(to, ended))
    return ended - Math.max(renewed, ...back)
  })
}

/** One round of everything. Returns what is to be told of it. */
async function playRound(stage: Omit<Stage, 'crowd'>, upstream: Upstream): Promise<string> {
  const { replicas, postgres, random } = stage
  const { database } = postgres
  const clients = replicas.map(({ client }) => client)
  const history = createHistory({ silenceMs: times(60_000, 120_000) })
  const earlier = upstream.requests.length
  const crowd = startCrowd({ size: streams, clients, history, random })
  const outages = await rage({ ...stage, crowd })
  await crowd.finish()
  const requests = upstream.requests.slice(earlier)
  await expectHolds(history, { database, upstream: { requests } })

  const took = await settleTimes(database, outages)
  const [p50, longest] = [0.5, 1].map((share) => Math.round(quantile(took, share)))
  expect(longest).toBeLessThan(settledWithinMs + marginMs)
  const { rows } = await database.pool.query<{ what: string }>(
    `SELECT count(*) || ' ' || status AS what FROM turns GROUP BY status ORDER BY status`,
  )
  await database.pool.query('TRUNCATE sessions CASCADE')
  const counts = rows.map(({ what }) => what).join(', ')
  return `turns: ${counts}; interrupted after p50 ${p50} ms, max ${longest} ms`
}

/** A gateway, a Postgres and three daemons of their own, which live through all rounds. */
async function playRounds(name: string, random: Random): Promise<void> {
  const upstream = await startUpstream({ litellm: true, scripts: { flow } })
  onTestFinished(upstream.close)
  const postgres = await startOwnPostgres()
  const { replicas } = await startReplicas({ count: 3, database: postgres.database, upstream })
  for (let round = 1; round <= rounds; round++) {
    try {
      const told = await playRound({ replicas, postgres, random }, upstream)
      process.stdout.write(`random kills, ${name}, round ${round}: ${told}\n`)
    } catch (error) {
      throw new Error(`${name}, round ${round}: ${String(error)}`, { cause: error })
    }
  }
}

test(
  'whatever dies, and whenever: what was shown is stored, and every turn ends once',
  async () => {
    const random = createRandom()
    const fleet = (_: unknown, index: number): Promise<void> =>
      playRounds(`fleet ${index + 1}`, createRandom(random.between(0, 2 ** 31)))
    try {
      await Promise.all(Array.from({ length: fleets }, fleet))
    } catch (error) {
      throw new Error(`C2A_SEED=${random.seed}, ${String(error)}`, { cause: error })
    }
  },
  times(600_000, 0),
)
