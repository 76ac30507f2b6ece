/**
 * Why something has to be drawn: a key must be seen at once, while a stream and a clock can wait
 * for the next frame.
 */
type FrameCause = 'input' | 'stream' | 'clock'

/** Decides when to draw. Without a request it has no timer. */
export interface Frames {
  /** Asks for a frame; all that is asked before it is drawn is one frame. */
  request(cause: FrameCause): void
  /** Nothing is drawn any more. */
  close(): void
}

export interface FramesOptions {
  /** Draws a frame; may request the next one. */
  draw(): void
  /** Milliseconds that never go back. */
  now?: () => number
  /** Both run something later, and give what undoes that. */
  setTimer?: (run: () => void, ms: number) => () => void
  setImmediate?: (run: () => void) => () => void
}

/** Twenty-five frames a second are enough for text that arrives. */
const INTERVAL_MS = 40

export function createFrames({
  draw,
  now = () => performance.now(),
  setTimer = timer,
  setImmediate = immediate,
}: FramesOptions): Frames {
  let painted = Number.NEGATIVE_INFINITY
  let isSoon = false
  let cancel: (() => void) | undefined
  let isClosed = false

  const paint = (): void => {
    cancel = undefined
    isSoon = false
    // Before, too, for what is requested while it draws.
    painted = now()
    draw()
    painted = now()
  }
  return {
    request(cause) {
      if (isClosed || isSoon) return
      const wait = cause === 'input' ? 0 : painted + INTERVAL_MS - now()
      if (wait > 0 && cancel) return
      cancel?.()
      isSoon = wait <= 0
      cancel = isSoon ? setImmediate(paint) : setTimer(paint, wait)
    },
    close() {
      isClosed = true
      cancel?.()
      cancel = undefined
    },
  }
}

function timer(run: () => void, ms: number): () => void {
  const handle = setTimeout(run, ms)
  return () => clearTimeout(handle)
}

function immediate(run: () => void): () => void {
  const handle = globalThis.setImmediate(run)
  return () => globalThis.clearImmediate(handle)
}
