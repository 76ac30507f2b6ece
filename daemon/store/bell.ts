import { EventEmitter } from 'node:events'
import type { Listener } from './listener.js'
import { createTail, type Tail } from './tail.js'
import type { StoredEvent } from './turns.js'

/**
 * Wakes whoever waits for rows. Rings come from our own commits (with the turn's id, at once), from
 * other replicas by NOTIFY without payload (so for every turn), and from a poll as the net.
 */
export interface Bell {
  /** Rings for these turns in this process. (Not any Iterable: the id of one turn would be many.) */
  ring(turnIds: ReadonlySet<string> | readonly string[]): void
  /** Rings for a turn whose next events were just committed, and keeps them for who is up to date. */
  tell(turnId: string, events: readonly StoredEvent[]): void
  /** What was told since the last ring that brought nothing. */
  readonly tail: Pick<Tail, 'after' | 'endsAt'>
  /** Resolves at the next ring for `turnId`, or when `signal` aborts. Arm it before reading rows. */
  next(turnId: string, signal: AbortSignal): Promise<void>
  onStop(listener: () => void): void
  /** Rings for everybody, and polls no more. */
  close(): void
}

interface Options {
  listener: Listener
  /** True for a backend of this process, whose commits rang already. */
  isOwn(processId: number): boolean
  /** Poll while the listener is connected, ms; ten times as often while it is not. */
  pollMs: number
}

const all = Symbol('every turn')

/** Everybody is woken no more often than this, however often others commit, ms. */
const pauseMs = 20

export function createBell({ listener, isOwn, pollMs }: Options): Bell {
  const tail = createTail()
  const rings = new EventEmitter().setMaxListeners(0)
  let sincePoll = 0
  let rungAt = Number.NEGATIVE_INFINITY
  let later: NodeJS.Timeout | undefined
  const wakeAll = (): void => {
    clearTimeout(later)
    later = undefined
    rungAt = performance.now()
    rings.emit(all)
  }
  /** At once, or together with the others of the same pause; whoever looks meanwhile reads rows. */
  const ringAll = (): void => {
    tail.forgetAll()
    const wait = rungAt + pauseMs - performance.now()
    if (wait <= 0) wakeAll()
    else later ??= setTimeout(wakeAll, wait)
  }

  listener.onConnect(ringAll)
  listener.onNotification(({ channel, processId }) => {
    // A stop, or a session that was deleted: its followers have to look, too.
    if (channel === 'c2a_stop') {
      rings.emit('stop')
      ringAll()
    } else if (channel === 'c2a_turn' && !isOwn(processId)) ringAll()
  })
  const poll = setInterval(() => {
    sincePoll += 1
    if (listener.isConnected() && sincePoll < 10) return
    sincePoll = 0
    ringAll()
  }, pollMs / 10)
  poll.unref()

  return {
    ring(turnIds) {
      for (const id of turnIds) {
        tail.forget(id)
        rings.emit(id)
      }
    },

    tell(turnId, events) {
      tail.push(turnId, events)
      rings.emit(turnId)
    },

    tail,

    next: (turnId, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          rings.off(turnId, done)
          rings.off(all, done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        if (signal.aborted) return resolve()
        rings.on(turnId, done)
        rings.on(all, done)
        signal.addEventListener('abort', done)
      }),

    onStop(listener) {
      rings.on('stop', listener)
    },

    close() {
      clearInterval(poll)
      tail.forgetAll()
      wakeAll()
    },
  }
}
