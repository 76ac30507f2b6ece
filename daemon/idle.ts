export interface IdleWatch {
  activity(change: 1 | -1): void
  stop(): void
}

/** How often the clock is looked at, ms. */
const lookMs = 1_000

/**
 * Calls `onIdle` once nobody has been served and no turn has run for `minutes`; 0 = never. A client
 * that only keeps its connection open is not served: the event stream of a TUI is.
 */
export function watchIdle(options: {
  minutes: number
  liveTurns(): number
  onIdle(): void
}): IdleWatch {
  let serving = 0
  let since = performance.now()
  const look = (): void => {
    if (serving > 0 || options.liveTurns() > 0) since = performance.now()
    if (performance.now() - since < options.minutes * 60_000) return
    clearInterval(timer)
    options.onIdle()
  }
  const timer = options.minutes > 0 ? setInterval(look, lookMs) : undefined
  return {
    activity(change) {
      serving += change
      since = performance.now()
    },
    stop: () => clearInterval(timer),
  }
}
