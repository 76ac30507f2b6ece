import type { Pool } from 'pg'
import { crashPoint } from '../crash-point.js'
import type { Log } from '../log.js'
import type { Bell } from '../store/bell.js'
import type { DatabaseWatch } from '../store/database-watch.js'
import { isUnavailable } from '../store/pool.js'
import type { SessionStore } from '../store/sessions.js'
import { settleTurn } from '../store/turn-settle.js'
import type { TurnStore } from '../store/turns.js'
import type { LeftTurns } from './left-turns.js'
import { createTakers } from './takers.js'

interface Deps {
  pool: Pool
  turns: TurnStore
  sessions: SessionStore
  left: LeftTurns
  watch: DatabaseWatch
  log: Log
  /** Stable over restarts of one daemon; its turns of an earlier boot are surely dead. */
  instance: string
  boot: string
  leaseMs: number
  sweepMs: number
  ring: Bell['ring']
  /** Called for each turn of a daemon that died. */
  onTaken?(): void
}

/** The turns that run in this process: only their leases are renewed. */
interface OwnTurns {
  liveIds(): string[]
  /** Cuts those that are not to go on. */
  keep(asked: readonly string[], going: ReadonlySet<string>): void
}

export interface Leases {
  /** Marks the turns that an earlier boot of this instance left behind. Awaited before listening. */
  takeOwn(): Promise<void>
  /** Ends a turn whose lease has expired; false when it is alive or gone, or cannot be judged yet. */
  recover(turnId: string): Promise<boolean>
  start(own: OwnTurns): void
  stop(): void
}

/** Folding and clean-up are not urgent: once in so many sweeps. */
const housekeepingEvery = 60
/** While the database is away, and at the end of a lease, a sweep does not wait for its turn. */
const probesASweep = 10

/**
 * Renews the leases of our turns and ends those of daemons that died, so that nothing streams for
 * ever. A lease is judged only after a whole lease time of unbroken connection to the database:
 * when the database was away, the owner could not renew either. No turn is left streaming for longer
 * than a lease and a tenth of a sweep after its last renewal, or after the database is back.
 */
export function createLeases(deps: Deps): Leases {
  const { leaseMs, sweepMs, log } = deps
  const probeMs = sweepMs / probesASweep
  let timer: NodeJS.Timeout | undefined
  let dueAt = 0
  let stopped = false
  let connectedSince: number | undefined
  let renewedAt = 0
  let housekeepingAt = 0
  let looking = false
  let keeping = false
  const takers = createTakers()

  const take = async (turnId: string, which: 'expired' | 'any'): Promise<boolean> => {
    const taken = await settleTurn(deps.pool, {
      turnId,
      fence: { take: which },
      end: { status: 'interrupted' },
    })
    if (taken) {
      log.info({ turn: turnId }, 'marked an abandoned turn as interrupted')
      deps.onTaken?.()
      deps.ring([turnId])
    }
    return taken
  }

  /** One turn that cannot be ended must not keep the others, nor a daemon from starting. */
  const takeAll = (turnIds: readonly string[], which: 'expired' | 'any'): Promise<void> =>
    takers.run(turnIds, async (id) => {
      try {
        if (crashPoint) await crashPoint('during-sweep')
        await take(id, which)
      } catch (error) {
        // The next sweep finds it again.
        const level = isUnavailable(error) ? 'warn' : 'error'
        log[level]({ turn: id, error: String(error) }, 'could not end an abandoned turn')
      }
    })

  const mayJudge = (): boolean =>
    connectedSince !== undefined && performance.now() - connectedSince >= leaseMs

  /** True: some could not be renewed yet. */
  const renew = async (own: OwnTurns): Promise<boolean> => {
    const ids = own.liveIds()
    if (crashPoint && ids.length > 0) await crashPoint('during-lease-renew')
    const renewed = await deps.watch.during(() => deps.turns.renew(deps.boot, ids, leaseMs))
    own.keep(ids, renewed.going)
    const now = performance.now()
    // A database that stood still, or this process, kept others from renewing as well.
    if (now - renewedAt > leaseMs - sweepMs) connectedSince = undefined
    renewedAt = now
    connectedSince ??= now
    return renewed.held
  }

  /** Never waited for, and waits for no turn: what a lock holds up must not hold up anything else. */
  const judge = (own: OwnTurns): void => {
    void deps.left.end()
    if (!mayJudge()) return
    void sweep(own)
    void keepHouse()
  }

  const sweep = async (own: OwnTurns): Promise<void> => {
    if (looking) return
    looking = true
    try {
      const found = await deps.turns.abandoned(deps.instance, deps.boot, true)
      // Ours is alive, or left to be ended with all it brought, though something held up its lease.
      const live = new Set(own.liveIds())
      const dead = found.filter((id) => !live.has(id) && !deps.left.has(id))
      void takeAll(dead, 'expired')
    } catch (error) {
      log.warn({ error: String(error) }, 'could not look for abandoned turns')
    } finally {
      looking = false
    }
  }

  const keepHouse = async (): Promise<void> => {
    const now = performance.now()
    if (keeping || now < housekeepingAt) return
    housekeepingAt = now + housekeepingEvery * sweepMs
    keeping = true
    try {
      await deps.turns.foldEvents()
      await deps.sessions.removeEphemeral()
    } catch (error) {
      log.warn({ error: String(error) }, 'could not clean up')
    } finally {
      keeping = false
    }
  }

  /** The next tick in so many ms, in place of the one that was to be. */
  const arm = (own: OwnTurns, ms: number): void => {
    clearTimeout(timer)
    if (stopped) return
    dueAt = performance.now() + ms
    timer = setTimeout(() => void tick(own), ms)
  }

  /** A lease that ends before the next sweep is judged when it ends. */
  const watchExpiry = async (own: OwnTurns): Promise<void> => {
    // The next renewal tells what is wrong with the database.
    const expiry = await deps.turns.nextExpiry().catch(() => undefined)
    if (expiry === undefined) return
    const ms = Math.max(probeMs, expiry)
    if (performance.now() + ms < dueAt) arm(own, ms)
  }

  const tick = async (own: OwnTurns): Promise<void> => {
    const began = performance.now()
    let wait = probeMs
    try {
      const held = await renew(own)
      judge(own)
      const judgeable = leaseMs - (performance.now() - (connectedSince ?? 0))
      if (!held) wait = judgeable > 0 ? Math.max(probeMs, Math.min(sweepMs, judgeable)) : sweepMs
    } catch (error) {
      connectedSince = undefined
      log.warn({ error: String(error) }, 'could not renew leases')
    }
    if (!deps.left.isEmpty) wait = probeMs
    // Renewals keep their pace, however slow the database is.
    const late = performance.now() - began
    arm(own, Math.max(0, Math.min(wait, sweepMs - late)))
    if (mayJudge()) void watchExpiry(own)
  }

  return {
    async takeOwn() {
      await takeAll(await deps.turns.abandoned(deps.instance, deps.boot, false), 'any')
    },
    recover: async (turnId) => mayJudge() && take(turnId, 'expired'),
    start(own) {
      void tick(own)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
