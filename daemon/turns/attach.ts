import type { Pool } from 'pg'
import type { Turn } from '../../shared/contract/chat.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Bell } from '../store/bell.js'
import type { MessageStore } from '../store/messages.js'
import { findStarted, type Idempotency } from '../store/turn-start.js'
import type { StoredEvent, TurnStore } from '../store/turns.js'
import { followTurn } from './follow.js'
import type { Leases } from './leases.js'
import { replayMessages } from './replay.js'

/** A turn to read, from a cursor on. */
export interface Attached {
  turnId: string
  events(signal: AbortSignal): AsyncIterable<readonly StoredEvent[]>
}

interface Deps {
  pool: Pool
  turns: TurnStore
  messages: MessageStore
  bell: Bell
  leases: Leases
  patienceMs: number
  /** True for a turn that this process runs. */
  isHere(turnId: string): boolean
}

/** The ways to a turn for who wants to read it. */
export function createAttacher(deps: Deps) {
  /** Follows a turn that is known to be there. */
  const follow = (from: { id: string; sessionId: string; after: number }): Attached => ({
    turnId: from.id,
    events: (signal) => followTurn(deps, from, signal),
  })

  /** To read a turn after event `after`. Throws ProblemError `cursor_expired` for a cursor into events that were folded away. */
  const attach = async (turn: Turn, after: number): Promise<Attached> => {
    if (turn.status === 'streaming' && !deps.isHere(turn.id)) await deps.leases.recover(turn.id)
    if (turn.status !== 'streaming' && turn.last_event === 0) {
      if (after > 0) throw new ProblemError('cursor_expired')
      const messages = await deps.messages.ofTurn(turn.id)
      return { turnId: turn.id, events: () => once(replayMessages(turn, messages)) }
    }
    return follow({ id: turn.id, sessionId: turn.session_id, after })
  }

  /** Throws ProblemError `not_found`. */
  const attachById = async (owner: string, id: string): Promise<Attached> => {
    const turn = await deps.turns.get(owner, id)
    if (turn === undefined) throw new ProblemError('not_found', 'no turn with this id')
    return attach(turn, 0)
  }

  return {
    follow,
    attach,
    attachById,

    /**
     * The turn that the same request started before, whatever has changed since. Throws ProblemError
     * `idempotency_key_reused`.
     */
    async findStarted(
      owner: string,
      idempotency: Idempotency | undefined,
    ): Promise<Attached | undefined> {
      const id = await findStarted(deps.pool, owner, idempotency)
      return id === undefined ? undefined : attachById(owner, id)
    },
  }
}

async function* once<Item>(item: Item): AsyncGenerator<Item> {
  yield item
}
