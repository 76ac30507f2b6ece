import type { Pool } from 'pg'
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
  /** Somebody asked to stop this turn of ours. */
  onStop(turnId: string): void
}

export interface Leases {
  /** Marks the turns that an earlier boot of this instance left behind. Awaited before listening. */
  takeOwn(): Promise<void>
  /** Ends a turn whose lease has expired; false when it is alive or gone. */
  recover(turnId: string): Promise<boolean>
  start(): void
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

  const sweep = async (): Promise<void> => {
    for (const { id, stop } of await deps.turns.renew(deps.boot, deps.leaseMs)) {
      if (stop) deps.onStop(id)
    }
    connectedSince ??= performance.now()
    if (performance.now() - connectedSince < deps.leaseMs) return
    for (const id of await deps.turns.abandoned(deps.instance, deps.boot, true)) {
      await take(id, 'expired')
    }
    if (sweeps++ % housekeepingEvery === 0) {
      await deps.sessions.removeEphemeral()
      await deps.turns.foldEvents()
    }
  }

  const tick = async (): Promise<void> => {
    if (busy) return
    busy = true
    try {
      await sweep()
    } catch (error) {
      connectedSince = undefined
      deps.log.warn({ error: String(error) }, 'could not renew leases')
    } finally {
      busy = false
    }
  }

  return {
    async takeOwn() {
      for (const id of await deps.turns.abandoned(deps.instance, deps.boot, false)) {
        await take(id, 'any')
      }
    },
    recover: (turnId) => take(turnId, 'expired'),
    start() {
      timer = setInterval(() => void tick(), deps.sweepMs)
      void tick()
    },
    stop() {
      clearInterval(timer)
    },
  }
}
