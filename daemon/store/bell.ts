import { EventEmitter } from 'node:events'
import pg from 'pg'
import type { Log } from '../log.js'

/**
 * Wakes whoever waits for rows. Rings come from our own commits (with the turn's id, at once), from
 * other replicas by NOTIFY without payload (so for every turn), and from a poll as the net.
 */
export interface Bell {
  /** Rings for these turns in this process. */
  ring(turnIds: Iterable<string>): void
  /** Resolves at the next ring for `turnId`, or when `signal` aborts. Arm it before reading rows. */
  next(turnId: string, signal: AbortSignal): Promise<void>
  onStop(listener: () => void): void
  close(): Promise<void>
}

interface Options {
  connection: pg.ClientConfig
  /** True for a backend of this process, whose commits rang already. */
  isOwn(processId: number): boolean
  log: Log
  /** Poll while the listener is connected, ms; ten times as often while it is not. */
  pollMs: number
  /** Pause before the listener connects again, ms. */
  retryMs?: number
}

const all = Symbol('every turn')

export function createBell(options: Options): Bell {
  const rings = new EventEmitter().setMaxListeners(0)
  /** The listener, or the one that is being connected. */
  let current: pg.Client | undefined
  let connected = false
  let closed = false
  let retry: NodeJS.Timeout | undefined
  let sincePoll = 0

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionTimeoutMillis: 5_000,
      ...options.connection,
      application_name: 'c2a bell',
    })
    // Called once or twice, as the driver likes: one listener, one next try.
    const lost = (): void => {
      if (current !== fresh) return
      current = undefined
      connected = false
      if (!closed) retry = setTimeout(reconnect, options.retryMs ?? 500)
    }
    current = fresh
    fresh.on('error', (error) => {
      options.log.warn({ error: error.message }, 'the listener lost its connection')
    })
    fresh.on('end', lost)
    fresh.on('notification', ({ channel, processId }) => {
      // A stop, or a session that was deleted: its followers have to look, too.
      if (channel === 'c2a_stop') {
        rings.emit('stop')
        rings.emit(all)
      } else if (!options.isOwn(processId)) rings.emit(all)
    })
    try {
      await fresh.connect()
      await fresh.query('LISTEN c2a_turn; LISTEN c2a_stop')
      connected = current === fresh
      rings.emit(all)
    } catch (error) {
      options.log.warn({ error: String(error) }, 'the listener cannot connect; polling')
      await fresh.end().catch(() => undefined)
      lost()
    }
  }

  const reconnect = (): void => {
    connecting = connect()
  }

  const poll = setInterval(() => {
    sincePoll += 1
    if (connected && sincePoll < 10) return
    sincePoll = 0
    rings.emit(all)
  }, options.pollMs / 10)
  poll.unref()
  let connecting = connect()

  return {
    ring(turnIds) {
      for (const id of turnIds) rings.emit(id)
    },

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

    async close() {
      closed = true
      clearInterval(poll)
      clearTimeout(retry)
      rings.emit(all)
      await connecting
      await current?.end().catch(() => undefined)
    },
  }
}
