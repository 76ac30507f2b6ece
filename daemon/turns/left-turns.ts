import type { Pool } from 'pg'
import type { Log } from '../log.js'
import type { Bell } from '../store/bell.js'
import { isUnavailable } from '../store/pool.js'
import { type SettleInput, settleTurn } from '../store/turn-settle.js'
import { createTakers } from './takers.js'

/**
 * Turns of this process that are over and could not be recorded. They are known to be dead, so they
 * end as soon as the database answers; should this process die first, their leases expire.
 */
export interface LeftTurns {
  /** None is left. */
  readonly isEmpty: boolean
  has(turnId: string): boolean
  /** `input` is how the turn is to end, and what of it could not be written. */
  add(input: SettleInput): void
  /** Ends those that it can; never rejects. What a database that is away holds up is kept for the next time. */
  end(): Promise<void>
}

interface Deps {
  pool: Pool
  log: Log
  ring: Bell['ring']
}

export function createLeftTurns({ pool, log, ring }: Deps): LeftTurns {
  const left = new Map<string, SettleInput>()
  const takers = createTakers()

  /** What was refused once is given up: the turn ends with what is there. */
  const settle = async (input: SettleInput): Promise<void> => {
    try {
      await settleTurn(pool, input)
    } catch (error) {
      if (isUnavailable(error)) throw error
      log.error({ turn: input.turnId, error: String(error) }, 'could not write the last of a turn')
      const { turnId, fence } = input
      await settleTurn(pool, { turnId, fence, end: { status: 'interrupted' } })
    }
  }

  const end = async (id: string): Promise<void> => {
    const input = left.get(id)
    if (input === undefined) return
    try {
      await settle(input)
      log.info({ turn: id }, 'ended a turn that had been left')
    } catch (error) {
      if (isUnavailable(error)) return
      // Its lease expires; whoever finds it tries again.
      log.error({ turn: id, error: String(error) }, 'could not end a turn that had been left')
    }
    left.delete(id)
    ring([id])
  }

  return {
    get isEmpty() {
      return left.size === 0
    },
    has: (turnId) => left.has(turnId),
    add(input) {
      left.set(input.turnId, input)
    },
    end: () => takers.run(left.keys(), end),
  }
}
