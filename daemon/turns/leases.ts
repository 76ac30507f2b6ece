import type { Pool } from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Log } from '../log.js'
import type { SessionStore } from '../store/sessions.js'
import { settleTurn } from '../store/turn-settle.js'
import type { TurnStore } from '../store/turns.js'

interface Deps {
  pool: Pool
  turns: TurnStore
  sessions: SessionStore
  log: Log
  /** Stable over restarts of one daemon; its turns of an earlier boot are surely dead. */
  instance: string
  boot: string
  leaseMs: number
  sweepMs: number
  ring(turnIds: Iterable<string>): void
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

/**
 * Renews the leases of our turns and ends those of daemons that died, so that nothing streams for
 * ever. A lease is judged only after a whole lease time of unbroken connection to the database:
 * when the database was away, the owner could not renew either.
 */
export function createLeases(deps: Deps): Leases {
  let timer: NodeJS.Timeout | undefined
  let connectedSince: number | undefined
  let renewedAt = 0
  let sweeps = 0
  let busy = false

  const take = async (turnId: string, which: 'expired' | 'any'): Promise<boolean> => {
    const taken = await settleTurn(deps.pool, {
      turnId,
      fence: { take: which },
      end: { status: 'interrupted' },
    })
    if (taken) {
      deps.log.info({ turn: turnId }, 'marked an abandoned turn as interrupted')
      deps.ring([turnId])
    }
    return taken
  }

  /** One turn that cannot be ended must not keep the others, nor a daemon from starting. */
  const takeAll = async (turnIds: readonly string[], which: 'expired' | 'any'): Promise<void> => {
    for (const id of turnIds) {
      try {
        await take(id, which)
      } catch (error) {
        // The database is away: that is nothing about this turn.
        if (error instanceof ProblemError) throw error
        deps.log.error({ turn: id, error: String(error) }, 'could not end an abandoned turn')
      }
    }
  }

  const mayJudge = (): boolean =>
    connectedSince !== undefined && performance.now() - connectedSince >= deps.leaseMs

  const renew = async (own: OwnTurns): Promise<void> => {
    const ids = own.liveIds()
    own.keep(ids, await deps.turns.renew(deps.boot, ids, deps.leaseMs))
    const now = performance.now()
    // A database that stood still, or this process, kept others from renewing as well.
    if (now - renewedAt > deps.leaseMs - deps.sweepMs) connectedSince = undefined
    renewedAt = now
    connectedSince ??= now
  }

  const sweep = async (own: OwnTurns): Promise<void> => {
    await renew(own)
    if (!mayJudge()) return
    await takeAll(await deps.turns.abandoned(deps.instance, deps.boot, true), 'expired')
    if (sweeps++ % housekeepingEvery === 0) {
      await deps.sessions.removeEphemeral()
      await deps.turns.foldEvents()
    }
  }

  const tick = async (own: OwnTurns): Promise<void> => {
    if (busy) return
    busy = true
    try {
      await sweep(own)
    } catch (error) {
      connectedSince = undefined
      deps.log.warn({ error: String(error) }, 'could not renew leases')
    } finally {
      busy = false
    }
  }

  return {
    async takeOwn() {
      await takeAll(await deps.turns.abandoned(deps.instance, deps.boot, false), 'any')
    },
    recover: async (turnId) => mayJudge() && take(turnId, 'expired'),
    start(own) {
      timer = setInterval(() => void tick(own), deps.sweepMs)
      void tick(own)
    },
    stop() {
      clearInterval(timer)
    },
  }
}
