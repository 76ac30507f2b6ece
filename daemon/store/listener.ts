import pg from 'pg'
import type { Log } from '../log.js'

export interface Notification {
  channel: string
  /** Empty where there is none. */
  payload: string
  /** Of the backend that told it. */
  processId: number
}

/** The one connection of this process that hears what commits tell. It comes back by itself. */
export interface Listener {
  /** False while notifications are lost. */
  isConnected(): boolean
  onNotification(heard: (notification: Notification) => void): void
  /** Called each time that it begins to hear, at first and after a gap. */
  onConnect(connected: () => void): void
  close(): Promise<void>
}

interface Options {
  connection: pg.ClientConfig
  log: Log
  /** Pause before it connects again, ms. */
  retryMs?: number
  /** How often the connection has to show that it is alive: a dead line says nothing, ms. */
  probeMs?: number
}

export function createListener(options: Options): Listener {
  const { probeMs = 10_000 } = options
  const heard: ((notification: Notification) => void)[] = []
  const told: (() => void)[] = []
  /** The connection, or the one that is being made. */
  let current: pg.Client | undefined
  let connected = false
  let isAsking = false
  let closed = false
  let retry: NodeJS.Timeout | undefined

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
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
    fresh.on('notification', ({ channel, payload = '', processId }) => {
      for (const listener of heard) listener({ channel, payload, processId })
    })
    try {
      await fresh.connect()
      await fresh.query('LISTEN c2a_turn; LISTEN c2a_stop; LISTEN c2a_change; LISTEN c2a_token')
      connected = current === fresh
      for (const listener of told) listener()
    } catch (error) {
      options.log.warn({ error: String(error) }, 'the listener cannot connect; polling')
      await fresh.end().catch(() => undefined)
      lost()
    }
  }

  const reconnect = (): void => {
    connecting = connect()
  }
  const ask = async (): Promise<void> => {
    const asked = current
    if (!connected || isAsking || asked === undefined) return
    isAsking = true
    try {
      await asked.query('SELECT')
    } catch (error) {
      if (closed || current !== asked) return
      options.log.warn({ error: String(error) }, 'the listener hears nothing; it connects anew')
      // With a query under way this cuts the line and waits for no answer.
      asked.end().catch(() => undefined)
    } finally {
      isAsking = false
    }
  }
  const probe = setInterval(() => void ask(), probeMs)
  probe.unref()
  let connecting = connect()

  return {
    isConnected: () => connected,
    onNotification(listener) {
      heard.push(listener)
    },
    onConnect(listener) {
      told.push(listener)
    },
    async close() {
      closed = true
      clearInterval(probe)
      clearTimeout(retry)
      await connecting
      await current?.end().catch(() => undefined)
    },
  }
}
