import { pause } from './pause.js'

/** Pauses between tries to get back to a daemon, longer ones as they go on failing. */
export interface Backoff {
  /** Ends early when `signal` aborts. */
  pause(signal: AbortSignal | undefined): Promise<void>
  /** It worked: the next pause is a short one again. */
  reset(): void
}

interface BackoffOptions {
  /** The shortest pause, ms. Default 0. */
  leastMs?: number
  /** The longest that the first pause may be beyond that, ms. Default 100. */
  firstMs?: number
}

const maxDelayMs = 5_000

/** With full jitter: the clients of a daemon that restarts do not come back all at once. */
export function createBackoff({ leastMs = 0, firstMs = 100 }: BackoffOptions = {}): Backoff {
  let delay = firstMs
  return {
    async pause(signal) {
      const ms = leastMs + Math.random() * delay
      delay = Math.min(delay * 2, maxDelayMs)
      await pause(ms, signal)
    },
    reset() {
      delay = firstMs
    },
  }
}
