import { isTerminal, type TurnEvent } from '../../../shared/contract/event.js'
import type { RecordedRequest } from '../../fakes/upstream/record.js'
import type { TestDatabase } from '../../support/database.js'
import type { HistoryRecord, ReaderRecord, Violation } from './check.js'

type Database = Pick<TestDatabase, 'pool'>

/** An event as a reader has it, beside the row that it must be. */
interface Shown {
  turnId: string
  n: number
  event: string
  data: string
}

/** As it lies in the table: text is bare. */
function dataOf(event: TurnEvent): string {
  const isText = event.event === 'delta' || event.event === 'reasoning'
  return isText ? event.data.text : JSON.stringify(event.data)
}

/** Of the pieces of one event only the last has the id; what is left at the end is half an event. */
function assemble(events: readonly TurnEvent[]): { shown: Shown[]; half: string } {
  const shown: Shown[] = []
  let half = ''
  for (const event of events) {
    half += dataOf(event)
    if (event.id === undefined) continue
    const [turnId = '', n = ''] = event.id.split(':')
    shown.push({ turnId, n: Number(n), event: event.event, data: half })
    half = ''
  }
  return { shown, half }
}

/** Made up for those who follow a turn whose rows went with the session. */
function isMadeUp({ event, data }: Shown): boolean {
  return event === 'turn.stopped' && JSON.parse(data).problem?.code === 'session_deleted'
}

type Row = Pick<Shown, 'event' | 'data'>

function isSame(one: Row, other: Row | undefined): boolean {
  return one.event === other?.event && one.data === other.data
}

/** What each reader saw, for itself, beside the others and beside the rows. */
export async function judgeReaders(
  { pool }: Database,
  history: HistoryRecord,
): Promise<Violation[]> {
  const rows = await readEvents(pool, history.readers)
  const sessions = sessionsOf(history.readers)
  /** What the first reader saw of an event whose row went with its session. */
  const gone = new Map<string, Shown>()
  const isGone = (turnId: string): boolean => history.deleted.has(sessions.get(turnId) ?? '')

  const stored = (reader: ReaderRecord): Violation[] => {
    const { shown, half } = assemble(reader.events)
    const lost = shown.filter((one) => {
      const key = `${one.turnId}:${one.n}`
      if (!isGone(one.turnId)) return !isSame(one, rows.get(key))
      if (isMadeUp(one)) return false
      if (gone.has(key)) return !isSame(one, gone.get(key))
      gone.set(key, one)
      return false
    })
    const last = shown.at(-1)
    const next = rows.get(`${last?.turnId}:${(last?.n ?? 0) + 1}`)
    const lostHalf = half !== '' && last && !isGone(last.turnId) && !next?.data.startsWith(half)
    return [
      ...lost.map(({ turnId, n, event, data }) => ({
        rule: 'I1' as const,
        what: `turn ${turnId}, event ${n} (${event}): shown ${excerpt(data)}, stored ${excerpt(rows.get(`${turnId}:${n}`)?.data)}`,
      })),
      ...(lostHalf
        ? [{ rule: 'I1' as const, what: `turn ${last.turnId}, after event ${last.n}: ${half}` }]
        : []),
    ]
  }

  return [
    ...history.readers.flatMap((reader) => [...stored(reader), ...judgeOrder(reader)]),
    ...(await judgeOverlaps(pool, history.readers)),
    ...judgeSilence(history),
  ]
}

async function readEvents(
  pool: TestDatabase['pool'],
  readers: readonly ReaderRecord[],
): Promise<Map<string, Row>> {
  const turns = new Set(
    readers.flatMap(({ events }) => assemble(events).shown.map((s) => s.turnId)),
  )
  const { rows } = await pool.query<{ turn_id: string; n: number; event: string; data: string }>(
    'SELECT turn_id, n, event, data FROM turn_events WHERE turn_id = ANY ($1::uuid[])',
    [[...turns]],
  )
  return new Map(rows.map(({ turn_id, n, event, data }) => [`${turn_id}:${n}`, { event, data }]))
}

function sessionsOf(readers: readonly ReaderRecord[]): Map<string, string> {
  const named = readers
    .flatMap(({ events }) => events)
    .flatMap((event) => ('data' in event && 'session_id' in event.data ? [event.data] : []))
  return new Map(named.map((data) => [data.turn_id, data.session_id]))
}

/** One turn, each event once and in order, the terminal one last. */
function judgeOrder(reader: ReaderRecord): Violation[] {
  const { shown } = assemble(reader.events)
  const found: Violation[] = []
  const [first] = shown
  if (first === undefined) return found
  const where = `a reader of turn ${first.turnId}`
  shown.forEach((one, index) => {
    const expected = reader.after + index + 1
    if (one.turnId !== first.turnId || one.n !== expected) {
      const what = `${where}: event ${one.turnId}:${one.n} where ${expected} was next`
      found.push({ rule: 'I2', what })
    }
  })
  const ends = reader.events.filter(({ event }) => isTerminal(event))
  const last = reader.events.at(-1)
  if (ends.length > 1 || (ends.length === 1 && ends[0] !== last)) {
    found.push({
      rule: 'I4',
      what: `${where}: ${ends.length} terminal events, then ${last?.event}`,
    })
  }
  return found
}

/**
 * Who has seen a turn begin knows that the session's earlier ones have ended. Their end is written at
 * the database's clock, which is this machine's; the transaction that ends them began before.
 */
async function judgeOverlaps(
  pool: TestDatabase['pool'],
  readers: readonly ReaderRecord[],
): Promise<Violation[]> {
  const starts = readers.flatMap(({ events, startSeenAt }) => {
    const started = events.find((event) => event.event === 'turn.started')
    return started && startSeenAt !== undefined ? [{ id: started.data.turn_id, startSeenAt }] : []
  })
  const { rows } = await pool.query<{ what: string }>(
    `WITH placed AS (
       SELECT t.*, (SELECT min(seq) FROM messages m
         WHERE m.turn_id = t.id AND m.session_id = t.session_id AND m.role = 'assistant') AS seq
       FROM turns t)
     SELECT format('session %s: turn %s was shown to begin while %s ran', later.session_id,
       later.id, earlier.id) AS what
     FROM unnest($1::uuid[], $2::float8[]) AS seen (id, at)
     JOIN placed later ON later.id = seen.id
     JOIN placed earlier ON earlier.session_id = later.session_id AND earlier.seq < later.seq
     WHERE earlier.finished_at IS NULL OR earlier.finished_at > to_timestamp(seen.at / 1000)`,
    [starts.map(({ id }) => id), starts.map(({ startSeenAt }) => startSeenAt)],
  )
  return rows.map(({ what }) => ({ rule: 'I5', what }))
}

function judgeSilence({ readers, calls, silenceMs }: HistoryRecord): Violation[] {
  const now = performance.now()
  const found: Violation[] = []
  for (const reader of readers) {
    const [first] = assemble(reader.events).shown
    const who = `a reader of ${first ? `turn ${first.turnId}` : `key ${reader.key}`}`
    const silence = reader.ended ? reader.longestSilence : now - reader.lastAt
    if (!reader.ended) found.push({ rule: 'I12', what: `${who} waits still` })
    else if (silence > silenceMs) {
      found.push({ rule: 'I12', what: `${who} heard nothing for ${Math.round(silence)} ms` })
    }
  }
  for (const { what, tookMs } of calls) {
    if (tookMs === undefined) found.push({ rule: 'I12', what: `${what} was never answered` })
    else if (tookMs > silenceMs) {
      found.push({ rule: 'I12', what: `${what} was answered after ${Math.round(tookMs)} ms` })
    }
  }
  return found
}

/** A key makes one turn, a turn one completion a phase. */
export async function judgeCalls(
  { pool }: Database,
  { readers, deleted }: HistoryRecord,
  requests: readonly RecordedRequest[] = [],
): Promise<Violation[]> {
  const turns = new Map<string, Set<string>>()
  for (const { key, events } of readers) {
    if (key === undefined) continue
    const seen = turns.get(key) ?? new Set()
    for (const { turnId } of assemble(events).shown) seen.add(turnId)
    turns.set(key, seen)
  }
  const doubled = [...turns].filter(([, seen]) => seen.size > 1)

  const calls = new Map<string, number>()
  for (const { headers } of requests) {
    const turnId = headers['x-litellm-call-id']
    if (typeof turnId === 'string') calls.set(turnId, (calls.get(turnId) ?? 0) + 1)
  }
  const known = await pool.query<{ id: string; phases: number }>(
    `SELECT id, CASE WHEN plan IS NULL THEN 1 ELSE 2 END AS phases FROM turns
     WHERE id = ANY ($1::uuid[])`,
    [[...calls.keys()]],
  )
  const phases = new Map(known.rows.map((row) => [row.id, row.phases]))
  const sessions = sessionsOf(readers)
  const most = (turnId: string): number =>
    // Of a turn that went with its session nobody knows whether it had a plan.
    phases.get(turnId) ?? (deleted.has(sessions.get(turnId) ?? '') ? 2 : 0)
  return [
    ...doubled.map(([key, seen]) => ({
      rule: 'I6' as const,
      what: `key ${key}: turns ${[...seen]}`,
    })),
    ...[...calls].flatMap(([turnId, count]) =>
      count > most(turnId)
        ? [{ rule: 'I6' as const, what: `turn ${turnId}: ${count} calls, allowed ${most(turnId)}` }]
        : [],
    ),
  ]
}

function excerpt(data: string | undefined): string {
  if (data === undefined) return 'nothing'
  return JSON.stringify(data.length > 80 ? `${data.slice(0, 80)}...` : data)
}
