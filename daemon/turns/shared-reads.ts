type Read<Result> = (turnId: string, after: number) => Promise<Result>

/**
 * Lets readers that stand at the same event of a turn share a query and what it brings, so that many
 * readers of one turn cost little more than one. There is one such query at a time; whoever asks
 * while it is under way gets the next one, since what has been committed by then must be seen.
 */
export function shareReads<Result>(read: Read<Result>): Read<Result> {
  const running = new Map<string, Promise<unknown>>()
  const next = new Map<string, Promise<Result>>()

  const begin = async (key: string, turnId: string, after: number): Promise<Result> => {
    // Also without one: who was woken together asks together.
    await running.get(key)
    next.delete(key)
    const result = read(turnId, after)
    const over = result.then(
      () => undefined,
      () => undefined,
    )
    running.set(key, over)
    try {
      return await result
    } finally {
      if (running.get(key) === over) running.delete(key)
    }
  }

  return (turnId, after) => {
    const key = `${turnId}:${after}`
    const known = next.get(key)
    if (known !== undefined) return known
    const fresh = begin(key, turnId, after)
    next.set(key, fresh)
    return fresh
  }
}
