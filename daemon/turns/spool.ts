/** What all turns of a daemon hold that is not committed yet, in characters. */
export interface Spool {
  /** No turn is to take more before what it holds is committed. */
  readonly isFull: boolean
  hold(chars: number): void
  release(chars: number): void
}

/** A character takes one or two bytes: 64 MiB at most. */
const mostChars = 32 * 1024 * 1024

export function createSpool(most = mostChars): Spool {
  let held = 0
  return {
    get isFull() {
      return held >= most
    },
    hold(chars) {
      held += chars
    },
    release(chars) {
      held -= chars
    },
  }
}
