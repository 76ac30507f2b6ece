import type { Pool } from 'pg'
import { ProblemError } from '../../shared/contract/problem.js'
import { crashPoint } from '../crash-point.js'
import type { Log } from '../log.js'
import type { DatabaseWatch } from './database-watch.js'
import { patiently } from './patiently.js'
import { isUnavailable, query, retryableSilenceMs } from './pool.js'
import type { StoredEvent } from './turns.js'

interface Append {
  turnId: string
  epoch: number
  events: readonly StoredEvent[]
}

/** Writes events of all turns of this daemon. */
export interface EventWriter {
  /**
   * Resolves when the events are committed; false: the turn is no longer ours (ended, deleted or
   * taken over) and nothing was written. Rejects with ProblemError `db_unavailable` when the
   * database stayed away, or something else held the turn, for longer than `patienceMs`.
   */
  append(append: Append): Promise<boolean>
}

interface Waiting extends Append {
  /** Since when it waits for a commit. */
  since: number
  /** Since when something else holds the turn. */
  heldSince?: number
  resolve(alive: boolean): void
  reject(error: Error): void
}

interface Options {
  /** Called with what each commit wrote, and how long it took, ms. */
  onCommit(written: readonly Append[], tookMs: number): void
  /** How long events wait for a database that is away, or for a turn that something else holds, ms. */
  patienceMs: number
  watch: DatabaseWatch
  log: Log
}

/** How soon a turn that something else holds is tried again, at first (mostly it is a commit) and later, ms. */
const heldRetryMs = { first: 20, most: 250 }
/** One commit takes about so much of what waits, in characters: after a pause it may be a lot. */
const mostChars = 4 * 1024 * 1024

/**
 * Group commit: whatever arrives while one commit is under way goes into the next, as one INSERT.
 * So a lone stream waits for nobody, and a hundred streams share one fsync.
 */
export function createEventWriter(pool: Pool, options: Options): EventWriter {
  let waiting: Waiting[] = []
  let writing = false

  const write = async (batch: readonly Waiting[]): Promise<void> => {
    if (crashPoint) await crashPoint('before-batch-commit')
    const began = performance.now()
    const { written, held } = await options.watch.during(() => insert(pool, batch))
    const tookMs = performance.now() - began
    if (crashPoint) await crashPoint('after-batch-commit-before-emit')
    options.onCommit(
      batch.filter(({ turnId }) => written.has(turnId)),
      tookMs,
    )
    for (const append of batch) {
      if (held.has(append.turnId)) retryLater(append)
      else append.resolve(written.has(append.turnId))
    }
  }

  /** The others go on; a turn has one append at a time, so its events keep their order. */
  const retryLater = (append: Waiting): void => {
    const now = performance.now()
    append.heldSince ??= now
    const heldMs = now - append.heldSince
    if (heldMs > options.patienceMs) {
      append.reject(new ProblemError('db_unavailable', 'something else held the turn for too long'))
      return
    }
    setTimeout(enqueue, Math.min(heldRetryMs.most, Math.max(heldRetryMs.first, heldMs)), append)
  }

  const writePatiently = (batch: readonly Waiting[]): Promise<void> =>
    patiently(
      () => write(batch),
      // The database was away for those behind, too, while the first ones waited for it.
      options.patienceMs - (performance.now() - Math.min(...batch.map(({ since }) => since))),
      () => options.log.warn({ waiting: batch.length }, 'the database is away; turns wait for it'),
    )

  const writeOrReject = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      await writePatiently(batch)
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      const [only] = batch
      if (isUnavailable(error)) for (const append of batch) append.reject(failure)
      else if (batch.length === 1) only?.reject(failure)
      // What is refused may be a single turn's, which the others are not to suffer for.
      else for (const append of batch) await writeOrReject([append])
    }
  }

  const loop = async (): Promise<void> => {
    writing = true
    while (waiting.length > 0) {
      const batch = takeSome(waiting)
      waiting = waiting.slice(batch.length)
      await writeOrReject(batch)
    }
    writing = false
  }

  const enqueue = (append: Omit<Waiting, 'since'>): void => {
    waiting.push({ ...append, since: performance.now() })
    if (!writing) void loop()
  }

  return {
    append: (append) => new Promise((resolve, reject) => enqueue({ ...append, resolve, reject })),
  }
}

/** From the front as many as fit into one commit; at least one. */
function takeSome(waiting: readonly Waiting[]): readonly Waiting[] {
  let chars = 0
  const end = waiting.findIndex(({ events }, index) => {
    for (const event of events) chars += event.data.length
    return index > 0 && chars > mostChars
  })
  return end === -1 ? waiting : waiting.slice(0, end)
}

/**
 * One statement, one commit. The share lock keeps a turn from ending between the check and the
 * commit; it is taken in id order, as everywhere, and never waited for: `held` are the turns whose
 * lock somebody else has. ON CONFLICT: a retry after a commit whose answer was lost finds its own rows.
 */
async function insert(
  pool: Pool,
  batch: readonly Append[],
): Promise<{ written: Set<string>; held: Set<string> }> {
  const rows = batch.flatMap(({ turnId, epoch, events }) =>
    events.map((event) => ({ turnId, epoch, ...event })),
  )
  const streaming = await query<{ id: string; written: boolean }>(
    pool,
    'events_append',
    `WITH alive AS (
       SELECT id, epoch FROM turns WHERE id = ANY ($1::uuid[]) AND status = 'streaming'
       ORDER BY id FOR SHARE SKIP LOCKED),
     written AS (
       INSERT INTO turn_events (turn_id, n, event, data, message_id)
       SELECT i.turn_id, i.n, i.event, i.data, i.message_id
       FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::text[], $7::uuid[])
         AS i (turn_id, epoch, n, event, data, message_id)
       JOIN alive ON alive.id = i.turn_id AND alive.epoch = i.epoch
       ON CONFLICT DO NOTHING)
     SELECT t.id, alive.id IS NOT NULL AS written,
       CASE WHEN alive.id IS NOT NULL THEN pg_notify('c2a_turn', '') END
     FROM unnest($1::uuid[], $8::int[]) AS asked (id, epoch)
     JOIN turns t ON t.id = asked.id AND t.epoch = asked.epoch AND t.status = 'streaming'
     LEFT JOIN alive ON alive.id = t.id AND alive.epoch = t.epoch`,
    [
      batch.map((append) => append.turnId),
      rows.map((row) => row.turnId),
      rows.map((row) => row.epoch),
      rows.map((row) => row.n),
      rows.map((row) => row.event),
      rows.map((row) => row.data),
      rows.map((row) => row.message_id),
      batch.map((append) => append.epoch),
    ],
    retryableSilenceMs,
  )
  const ids = (written: boolean): Set<string> =>
    new Set(streaming.filter((turn) => turn.written === written).map((turn) => turn.id))
  return { written: ids(true), held: ids(false) }
}
