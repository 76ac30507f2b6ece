import type { Upstream } from '../../fakes/upstream/upstream.js'

/** The answer of a `gate` model that is asked once, told piece by piece, before it is asked too. */
export interface GatedAnswer {
  /** The next piece; nothing when there is none. */
  say(): void
  /** All pieces that are left, and the end. */
  finish(): void
  isFinished(): boolean
}

export function gatedAnswer(
  upstream: Upstream,
  model: string,
  pieces: readonly string[],
): GatedAnswer {
  const call = upstream.waitFor(model)
  const left = [...pieces]
  let finished = false
  const say = (): void => {
    const piece = left.shift()
    if (piece !== undefined) void call.then((one) => one.release(piece))
  }
  return {
    say,
    finish() {
      while (left.length > 0) say()
      if (!finished) void call.then((one) => one.finish())
      finished = true
    },
    isFinished: () => finished,
  }
}
