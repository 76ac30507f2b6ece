import type { StoredEvent } from './turns.js'

/** What each live turn of this process committed last, so that a follower who is up to date reads no rows. */
export interface Tail {
  /** The events go on where the last ones of this turn ended. */
  push(turnId: string, events: readonly StoredEvent[]): void
  /** More may be in the table than was pushed: whoever follows the turn has to look there. */
  forget(turnId: string): void
  forgetAll(): void
  /** The next events after number `n`, at least one; undefined: they are not here. Readers share the arrays. */
  after(turnId: string, n: number): readonly StoredEvent[] | undefined
  /** True when event `n` is the last one that is committed. */
  endsAt(turnId: string, n: number): boolean
}

/** Of one turn, in characters; an event counts for some beside its text. */
const mostChars = 32 * 1024
const eventChars = 64

interface Batch {
  events: readonly StoredEvent[]
  first: number
  last: number
  chars: number
}

export function createTail(): Tail {
  const turns = new Map<string, Batch[]>()
  return {
    push(turnId, events) {
      const [first, last] = [events[0], events.at(-1)]
      if (first === undefined || last === undefined) return
      const chars = events.reduce((sum, { data }) => sum + data.length + eventChars, 0)
      const known = turns.get(turnId)
      const batches = known?.at(-1)?.last === first.n - 1 ? known : []
      batches.push({ events, first: first.n, last: last.n, chars })
      let held = batches.reduce((sum, batch) => sum + batch.chars, 0)
      while (held > mostChars) held -= batches.shift()?.chars ?? held
      turns.set(turnId, batches)
    },
    forget(turnId) {
      turns.delete(turnId)
    },
    forgetAll() {
      turns.clear()
    },
    after(turnId, n) {
      const next = n + 1
      const batch = turns.get(turnId)?.find(({ first, last }) => first <= next && next <= last)
      if (batch === undefined || batch.first === next) return batch?.events
      return batch.events.slice(next - batch.first)
    },
    endsAt: (turnId, n) => turns.get(turnId)?.at(-1)?.last === n,
  }
}
