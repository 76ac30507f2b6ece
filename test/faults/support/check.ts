import type { TurnEvent } from '../../../shared/contract/event.js'
import type { Upstream } from '../../fakes/upstream/upstream.js'
import type { TestDatabase } from '../../support/database.js'
import { judgeCalls, judgeReaders } from './check-history.js'
import { judgeRows } from './check-rows.js'

/*
 * The one checker of all fault suites. What clients saw goes into a history while the faults happen,
 * and once everything is quiet it is judged together with the database and the upstream:
 *
 *   const history = createHistory()
 *   for await (const batch of history.read(await client.chat(...), { key })) ...
 *   const reader = history.reader({ key })
 *   await reader.until(askAndFollow({ ..., onEvents: reader.saw }))
 *   await history.call('stop', client.stopSession(id))
 *   history.deleted(id)
 *   await expectHolds(history, { database, upstream }, `seed ${random.seed}`)
 */

/** The invariants of docs/architecture.md that can be seen from here, as the violations name them. */
const rules = {
  I1: 'what was shown is stored',
  I2: 'events have no gap from 1',
  I3: 'a message is what its events say',
  I4: 'exactly one terminal event, and it is last',
  I5: 'a session has one live turn at most',
  I6: 'a key is one turn, and each phase of it is asked of the upstream once',
  I7: 'numbers are dense in a session, a question before its answers',
  I8: 'nothing streams any more',
  I11: 'what was deleted stays deleted',
  I12: 'every request has an answer or a cut, in time',
} as const

export type Rule = keyof typeof rules

export interface Violation {
  rule: Rule
  what: string
}

/** What is known of a reader beforehand; all of it is optional. */
interface Reading {
  /** The idempotency key it asked with: all readers of a key must see the same turn. */
  key?: string
  /** The number of the event that it goes on after. Default 0: it reads from the start. */
  after?: number
}

/** One who reads a turn, over any number of connections: it must see each event once, in order. */
export interface Reader {
  readonly events: readonly TurnEvent[]
  /** To be called with every batch as it comes. */
  readonly saw: (events: readonly TurnEvent[]) => void
  /** The reader is done, in order or by a cut; not called: it waits still. */
  readonly ended: () => void
  /** Passes on how `work` ends, which is the reader's end. */
  until<Result>(work: Promise<Result>): Promise<Result>
}

export interface History {
  reader(reading?: Reading): Reader
  /** Passes on a stream, noting what it brings. */
  read(stream: AsyncIterable<TurnEvent[]>, reading?: Reading): AsyncGenerator<TurnEvent[]>
  /** Passes on the result of a request that is no stream; a refusal is an answer, too. */
  call<Result>(what: string, work: Promise<Result>): Promise<Result>
  /** The session's deletion was answered: nothing of it may be there from now on. */
  deleted(sessionId: string): void
  /** Judges everything so far. For when all turns have ended, or should have. */
  check(state: State): Promise<Violation[]>
}

export interface State {
  database: Pick<TestDatabase, 'pool'>
  /** It must be a LiteLLM (`litellm: true`), which is told the turn of each call. Left out: I6 knows only the keys. */
  upstream?: Pick<Upstream, 'requests'>
}

/** What the judges read. Times in ms: `performance.now()`, but `startSeenAt` is `Date.now()`. */
export interface ReaderRecord extends Required<Pick<Reading, 'after'>> {
  key: string | undefined
  events: TurnEvent[]
  /** When `turn.started` came. */
  startSeenAt: number | undefined
  lastAt: number
  longestSilence: number
  ended: boolean
}

interface CallRecord {
  what: string
  startedAt: number
  tookMs: number | undefined
}

export interface HistoryRecord {
  readers: ReaderRecord[]
  calls: CallRecord[]
  deleted: Set<string>
  silenceMs: number
}

/** `silenceMs`: how long a reader or a request may be without a word. */
export function createHistory({ silenceMs = 30_000 } = {}): History {
  const record: HistoryRecord = { readers: [], calls: [], deleted: new Set(), silenceMs }

  const reader: History['reader'] = ({ key, after = 0 } = {}) => {
    const seen: ReaderRecord = {
      key,
      after,
      events: [],
      startSeenAt: undefined,
      lastAt: performance.now(),
      longestSilence: 0,
      ended: false,
    }
    record.readers.push(seen)
    const heard = (): void => {
      const now = performance.now()
      seen.longestSilence = Math.max(seen.longestSilence, now - seen.lastAt)
      seen.lastAt = now
    }
    const ended = (): void => {
      if (!seen.ended) heard()
      seen.ended = true
    }
    return {
      events: seen.events,
      saw(events) {
        heard()
        seen.events.push(...events)
        if (events.some(({ event }) => event === 'turn.started')) seen.startSeenAt ??= Date.now()
      },
      ended,
      until: (work) => work.finally(ended),
    }
  }

  return {
    reader,
    async *read(stream, reading) {
      const { saw, ended } = reader(reading)
      try {
        for await (const batch of stream) {
          saw(batch)
          yield batch
        }
      } finally {
        ended()
      }
    },
    call(what, work) {
      const call: CallRecord = { what, startedAt: performance.now(), tookMs: undefined }
      record.calls.push(call)
      return work.finally(() => {
        call.tookMs = performance.now() - call.startedAt
      })
    },
    deleted(sessionId) {
      record.deleted.add(sessionId)
    },
    async check({ database, upstream }) {
      return [
        ...(await judgeRows(database, record.deleted)),
        ...(await judgeReaders(database, record)),
        ...(await judgeCalls(database, record, upstream?.requests)),
      ]
    },
  }
}

/** How many violations a failure tells; one fault may bring about hundreds. */
const told = 20

/** Throws an Error that names each broken rule; `note` says how to have the run again. */
export async function expectHolds(history: History, state: State, note = ''): Promise<void> {
  const violations = await history.check(state)
  if (violations.length === 0) return
  const lines = violations.slice(0, told).map(({ rule, what }) => `${rule} ${rules[rule]}: ${what}`)
  const how = note === '' ? '' : `; ${note}`
  throw new Error(`violations: ${violations.length}${how}\n${lines.join('\n')}`)
}
