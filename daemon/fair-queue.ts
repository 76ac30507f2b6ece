/**
 * Runs work, so much of it at once, and of each person one piece after another. What waits goes on in the
 * order in which it came, but nobody waits for what somebody else has asked for too often.
 */
export function createFairQueue(limit: number) {
  const running = new Set<string>()
  const waiting: { readonly owner: string; readonly go: () => void }[] = []

  const next = (): void => {
    while (running.size < limit) {
      const at = waiting.findIndex(({ owner }) => !running.has(owner))
      const [one] = at === -1 ? [] : waiting.splice(at, 1)
      if (one === undefined) return
      running.add(one.owner)
      one.go()
    }
  }

  return async <Result>(owner: string, work: () => Promise<Result>): Promise<Result> => {
    await new Promise<void>((go) => {
      waiting.push({ owner, go })
      next()
    })
    try {
      return await work()
    } finally {
      running.delete(owner)
      next()
    }
  }
}
