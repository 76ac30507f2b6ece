import type { Hint } from '../contract/hint.js'
import { createBackoff } from './backoff.js'
import { isBreak } from './follow.js'

interface FollowHintsOptions {
  /** Opens a stream, made anew after each break. */
  open(): Promise<AsyncIterable<Hint[]>>
  signal: AbortSignal
  onHints(hints: readonly Hint[]): void
  /** The shortest pause after a break, ms. Default 500. */
  leastPauseMs?: number
}

/** A stream that was open for so long worked, ms. */
const soundMs = 5_000

/**
 * Follows what changes until `signal` aborts, over any number of broken connections; after each gap
 * comes a `reset`. Throws the daemon's refusals.
 */
export async function followHints(options: FollowHintsOptions): Promise<void> {
  const { open, signal, onHints, leastPauseMs = 500 } = options
  // Nothing is waited for here: a daemon that is being replaced gets the time for it.
  const backoff = createBackoff({ leastMs: leastPauseMs, firstMs: 2 * leastPauseMs })
  while (!signal.aborted) {
    let opened = Number.POSITIVE_INFINITY
    try {
      const stream = await open()
      opened = performance.now()
      for await (const hints of stream) onHints(hints)
    } catch (error) {
      if (signal.aborted) return
      if (!isBreak(error)) throw error
    }
    if (performance.now() - opened > soundMs) backoff.reset()
    await backoff.pause(signal)
  }
}
