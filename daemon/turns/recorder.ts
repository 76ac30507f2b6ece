import type { StoredEvent } from '../store/turns.js'
import type { Spool } from './spool.js'

/** A row holds at most this many bytes of UTF-8 text, so that no reader needs a large buffer. */
export const maxRowBytes = 16 * 1024
/** Above this the producer waits: memory stays flat while the database is slow. */
const maxPendingChars = 1024 * 1024

interface Pending {
  event: string
  messageId: string | null
  parts: string[]
}

/** Thrown when the turn turned out not to be ours any more: stop producing, write nothing. */
export class TurnLost extends Error {}

/**
 * Collects what a turn produces, joins neighbours, and hands batches to the writer one at a time.
 * Numbers are given when a batch leaves, so they have no gap.
 */
export interface Recorder {
  /** Joined with the event before when it is of the same kind and message. */
  text(event: 'delta' | 'reasoning', messageId: string, text: string): void
  json(event: string, data: unknown, messageId?: string): void
  /** Resolves when there is room for more; rejects with TurnLost or the database's error. */
  ready(): Promise<void>
  /** Resolves when everything recorded is committed. */
  drained(): Promise<void>
  /**
   * Lets `commit` store what is recorded but not yet written, in a transaction of its own: the end of
   * a turn then costs one commit, not two. Rejects as `ready` and `commit` do.
   */
  settle(commit: (events: readonly StoredEvent[]) => Promise<void>): Promise<void>
  /** Gives away what could not be written, or was not yet: there is no more to come, and nothing is held. */
  leave(): StoredEvent[]
  /** The number of the last committed event. */
  readonly last: number
}

export function createRecorder(options: {
  lastEvent: number
  append(events: readonly StoredEvent[]): Promise<boolean>
  /** The writer failed for good: abort the upstream request. */
  onFailure(error: Error): void
  spool: Spool
}): Recorder {
  const { spool } = options
  let last = options.lastEvent
  let pending: Pending[] = []
  let chars = 0
  let scheduled = false
  let flushing: Promise<void> = Promise.resolve()
  let settling = false
  let failure: Error | undefined
  /** Taken and not known to be committed. */
  let leaving: StoredEvent[] = []
  let leavingChars = 0

  const take = (): StoredEvent[] => {
    const rows = pending.flatMap(toRows)
    pending = []
    leavingChars += chars
    chars = 0
    leaving = rows.map((row, index) => ({ ...row, n: last + index + 1 }))
    return leaving
  }

  const committed = (): void => {
    last += leaving.length
    spool.release(leavingChars)
    leaving = []
    leavingChars = 0
  }

  const flush = async (): Promise<void> => {
    while (pending.length > 0 && failure === undefined && !settling) {
      const events = take()
      try {
        if (!(await options.append(events))) throw new TurnLost()
        committed()
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error))
        options.onFailure(failure)
      }
    }
    scheduled = false
  }

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    // One turn of the event loop joins what one read of the socket brought.
    flushing = new Promise<void>((resolve) => setImmediate(resolve)).then(flush)
  }

  const drained = async (): Promise<void> => {
    while (scheduled) await flushing
    if (failure !== undefined) throw failure
  }

  return {
    text(event, messageId, text) {
      if (text === '') return
      const open = pending.at(-1)
      if (open?.event === event && open.messageId === messageId) open.parts.push(text)
      else pending.push({ event, messageId, parts: [text] })
      chars += text.length
      spool.hold(text.length)
      schedule()
    },
    json(event, data, messageId) {
      pending.push({ event, messageId: messageId ?? null, parts: [JSON.stringify(data)] })
      schedule()
    },
    async ready() {
      if (failure !== undefined) throw failure
      if (chars > maxPendingChars || spool.isFull) await drained()
    },
    drained,
    async settle(commit) {
      settling = true
      try {
        await drained()
        await commit(take())
        committed()
      } finally {
        settling = false
      }
    },
    leave() {
      const written = leaving
      last += written.length
      const events = [...written, ...take()]
      committed()
      return events
    },
    get last() {
      return last
    },
  }
}

/** Only text may be cut; JSON of ours is small. */
function toRows({ event, messageId, parts }: Pending): Omit<StoredEvent, 'n'>[] {
  const data = parts.join('')
  const pieces = event === 'delta' || event === 'reasoning' ? cut(data, maxRowBytes) : [data]
  return pieces.map((piece) => ({ event, data: piece, message_id: messageId }))
}

/** Bytes of a code point in UTF-8. */
export function utf8Size(point: number): number {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
}

/** The most bytes that a UTF-16 unit can have, quoted as JSON (`\u0001`). */
const maxUnitBytes = 6

/** Cuts text into pieces of at most `maxBytes`, of UTF-8 unless `sizeOf` says otherwise, never inside a code point. */
export function cut(text: string, maxBytes: number, sizeOf = utf8Size): string[] {
  if (text.length * maxUnitBytes <= maxBytes) return [text]
  const pieces: string[] = []
  let start = 0
  let bytes = 0
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index) ?? 0
    const size = sizeOf(point)
    if (bytes + size > maxBytes) {
      pieces.push(text.slice(start, index))
      start = index
      bytes = 0
    }
    bytes += size
    index += point < 0x10000 ? 1 : 2
  }
  pieces.push(text.slice(start))
  return pieces
}
