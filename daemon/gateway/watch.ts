import type { ProblemCode } from '../../shared/contract/problem.js'

/** Why a completion was cut short by us. */
class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly code: ProblemCode

  constructor(code: ProblemCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The clocks of one completion. Whichever runs out first aborts `signal`, and with it the socket. */
export interface Watch {
  readonly signal: AbortSignal
  /** Starts the clock of a phase, in place of the one before. */
  expect(code: ProblemCode, ms: number, message: string): void
  /** Stops the phase's clock: a slow reader is not a slow upstream. */
  pause(): void
  /** Why `signal` was aborted, if it was. */
  interruption(): Interrupted | undefined
  /** Lets go of timers and listeners, and of the socket if it is still open. */
  close(): void
}

/** `parent` is the caller's; `totalMs` runs from here on. */
export function createWatch(parent: AbortSignal, totalMs: number): Watch {
  const controller = new AbortController()
  let phase: NodeJS.Timeout | undefined
  const cancel = (): void => controller.abort(new Interrupted('cancelled', 'stopped'))
  const total = setTimeout(() => {
    const message = `the answer was not complete after ${seconds(totalMs)}`
    controller.abort(new Interrupted('total_timeout', message))
  }, totalMs)
  parent.addEventListener('abort', cancel, { once: true })
  if (parent.aborted) cancel()
  return {
    signal: controller.signal,
    expect(code, ms, message) {
      clearTimeout(phase)
      phase = setTimeout(() => controller.abort(new Interrupted(code, message)), ms)
    },
    pause: () => clearTimeout(phase),
    interruption() {
      const reason: unknown = controller.signal.reason
      return reason instanceof Interrupted ? reason : undefined
    },
    close() {
      clearTimeout(phase)
      clearTimeout(total)
      parent.removeEventListener('abort', cancel)
      controller.abort()
    },
  }
}

/** A duration for people. */
export const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`
