/** What has to be undone, the last thing first: at the end, and when one presses Ctrl+C before it. */
export interface Closing {
  add(step: () => unknown): void
  /** Undoes everything, once. */
  close(): Promise<void>
}

/** Listens to SIGINT and SIGTERM until `close`; they end the process when everything is undone. */
export function createClosing(): Closing {
  const steps: (() => unknown)[] = []
  let closed: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step()
      } catch (error) {
        // The others still have to be undone.
        console.error(error)
      }
    }
  }
  const close = (): Promise<void> => {
    closed ??= closeAll()
    return closed
  }
  const interrupted = (): void => void close().finally(() => process.exit(130))
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  return { add: (step) => void steps.push(step), close }
}
