import { pause } from '../../../shared/client/pause.js'

/**
 * A function that runs `work` at once when it has had its rest; for calls meanwhile, however many,
 * it runs once more after it. `work` must not fail.
 */
export function calmly(
  work: () => Promise<void>,
  { restMs, signal }: { restMs: number; signal: AbortSignal },
): () => void {
  let isBusy = false
  let isAsked = false
  const run = async (): Promise<void> => {
    isBusy = true
    while (isAsked && !signal.aborted) {
      isAsked = false
      await work()
      await pause(restMs, signal)
    }
    isBusy = false
  }
  return () => {
    isAsked = true
    if (!isBusy) void run()
  }
}
