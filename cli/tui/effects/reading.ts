/** Something of the daemon's that is read again and again, by one request at a time. */
export interface Reading {
  /** Reads it; what is shown then is not older than the call. */
  refresh(): Promise<void>
  /** It was changed here: an answer on its way is older than that, and it is read again. */
  changed(): void
}

export function createReading<Answer>(
  ask: () => Promise<Answer>,
  show: (answer: Answer) => void,
): Reading {
  let reading: Promise<void> | undefined
  let isStale = false

  const read = async (): Promise<void> => {
    try {
      while (isStale) {
        isStale = false
        const answer = await ask()
        if (!isStale) show(answer)
      }
    } finally {
      reading = undefined
    }
  }
  return {
    refresh() {
      isStale = true
      reading ??= read()
      return reading
    },
    changed() {
      isStale = true
    },
  }
}
