/** So much waits at most for the write before, UTF-16 units. */
const mostWaiting = 64 * 1024

/** Texts on their way to a slow reader: what comes while one is written goes with the next. */
export interface JoinedWrites {
  /** Waits only where too much is waiting. Rejects as a write did. */
  push(text: string): Promise<void>
  /** Resolves once all is written. Rejects as a write did. */
  end(): Promise<void>
}

export function createJoinedWrites(write: (text: string) => Promise<void>): JoinedWrites {
  let waiting = ''
  let writing: Promise<void> | undefined
  const writeAll = async (): Promise<void> => {
    while (waiting !== '') {
      const text = waiting
      waiting = ''
      await write(text)
    }
    writing = undefined
  }
  return {
    async push(text) {
      if (text === '') return
      waiting += text
      if (writing === undefined) {
        writing = writeAll()
        // Whoever waits hears of it.
        writing.catch(() => undefined)
      }
      if (waiting.length >= mostWaiting) await writing
    },
    async end() {
      await writing
    },
  }
}
