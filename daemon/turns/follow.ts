import { isTerminal, type TurnOutcome } from '../../shared/contract/event.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Bell } from '../store/bell.js'
import { isUnavailable } from '../store/pool.js'
import type { StoredEvent, TurnStore } from '../store/turns.js'

interface Deps {
  turns: Pick<TurnStore, 'eventsAfter'>
  bell: Bell
  /** How long a reader waits for a database that is away, ms. */
  patienceMs: number
}

/**
 * The committed events of a turn after number `after`, in batches, until the terminal one. The cursor
 * is the only state, so a slow reader costs nothing and any replica can serve it. Ends when `signal`
 * aborts.
 */
export async function* followTurn(
  deps: Deps,
  turn: { id: string; sessionId: string; after: number },
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  let cursor = turn.after
  let deadline: number | undefined
  // Armed before the rows are read, and anew only when it has rung: a ring in between is not lost.
  let rung = deps.bell.next(turn.id, signal)
  const wait = async (): Promise<void> => {
    await rung
    rung = deps.bell.next(turn.id, signal)
  }
  while (!signal.aborted) {
    const told = deps.bell.tail.after(turn.id, cursor)
    if (told !== undefined) {
      cursor = told.at(-1)?.n ?? cursor
      yield told
      continue
    }
    // Whatever else may have been committed has made the tail forget this turn.
    if (deps.bell.tail.endsAt(turn.id, cursor)) {
      await wait()
      continue
    }
    let read: Awaited<ReturnType<TurnStore['eventsAfter']>>
    try {
      read = await deps.turns.eventsAfter(turn.id, cursor)
      deadline = undefined
    } catch (error) {
      if (!isUnavailable(error)) throw error
      deadline ??= performance.now() + deps.patienceMs
      if (performance.now() > deadline) throw error
      await wait()
      continue
    }
    if (read === undefined) return yield [deletedEvent(turn, cursor)]
    const last = read.events.at(-1)
    if (last === undefined) {
      if (read.status !== 'streaming') return
      await wait()
      continue
    }
    cursor = last.n
    yield read.events
    if (isTerminal(last.event)) return
  }
}

/** The rows went with their session, so this one terminal event is made up for those who follow. */
function deletedEvent(turn: { id: string; sessionId: string }, cursor: number): StoredEvent {
  const outcome: TurnOutcome = {
    turn_id: turn.id,
    session_id: turn.sessionId,
    status: 'stopped',
    messages: [],
    problem: new ProblemError('session_deleted').toProblem(),
  }
  return { n: cursor + 1, event: 'turn.stopped', data: JSON.stringify(outcome), message_id: null }
}
