import { ProblemError } from '../../shared/contract/problem.js'

/** Time as it is waited in: a test has one of its own. */
export interface Clock {
  /** Milliseconds that only grow. */
  now(): number
  pause(ms: number): Promise<void>
}

export const realClock: Clock = {
  now: () => performance.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

export interface Waiting {
  readonly name: string
  /** Fails, or is false, until it is well. */
  isWell(): Promise<boolean>
  /** False once it has died: then nobody waits any longer. */
  isAlive(): boolean
  readonly patienceMs: number
  readonly clock: Clock
  /** Says every ten seconds that it is still waited for. */
  say(text: string): void
}

const pollMs = 100
const sayEveryMs = 10_000

/** Waits until a part is well and gives how long that took, ms. Throws ProblemError `internal`. */
export async function waitUntilWell(waiting: Waiting): Promise<number> {
  const { name, clock, patienceMs } = waiting
  const begun = clock.now()
  let said = begun
  for (;;) {
    if (await waiting.isWell().catch(() => false)) return clock.now() - begun
    if (!waiting.isAlive()) throw new ProblemError('internal', `${name} ended at its start`)
    const waited = clock.now() - begun
    if (waited >= patienceMs) {
      const seconds = Math.round(patienceMs / 1_000)
      throw new ProblemError('internal', `${name} was not well within ${seconds} s`)
    }
    if (clock.now() - said >= sayEveryMs) {
      said = clock.now()
      waiting.say(`${name} starts; ${Math.round(waited / 1_000)} s so far`)
    }
    await clock.pause(pollMs)
  }
}

/** True when it came about in time. */
export async function happens(
  isSo: () => boolean,
  patienceMs: number,
  clock: Clock,
): Promise<boolean> {
  const deadline = clock.now() + patienceMs
  while (!isSo()) {
    if (clock.now() >= deadline) return false
    await clock.pause(pollMs / 4)
  }
  return true
}
