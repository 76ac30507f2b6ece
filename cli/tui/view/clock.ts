import type { State } from '../state/state.js'
import { spinnerMs } from './status.js'

/** A countdown shows whole seconds, ms. */
const countdownMs = 1_000

/** Asks for frames while something on the screen moves by itself; else there is no timer. */
export interface Clock {
  /** Called after each frame. */
  tick(state: State): void
  close(): void
}

export function createClock(request: () => void): Clock {
  let timer: NodeJS.Timeout | undefined
  return {
    tick({ turn, link }) {
      clearTimeout(timer)
      const isWaiting = link.kind === 'lost' && link.retryAt !== undefined
      if (turn === undefined && !isWaiting) return
      timer = setTimeout(request, turn === undefined ? countdownMs : spinnerMs)
    },
    close: () => clearTimeout(timer),
  }
}
