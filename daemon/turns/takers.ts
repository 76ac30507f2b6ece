/** Works on turns, a few at a time and never twice on the same one: what one waits for holds up no others. */
export interface Takers {
  /** For the turns that are not in work already. Resolves when these have been; `work` never rejects. */
  run(turnIds: Iterable<string>, work: (turnId: string) => Promise<void>): Promise<void>
}

/** They share the pool with the daemon's readers. */
const mostAtOnce = 4

export function createTakers(): Takers {
  const known = new Set<string>()
  const queue: (() => Promise<void>)[] = []
  let busy = 0

  const taker = async (): Promise<void> => {
    busy++
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next()
    busy--
  }

  return {
    async run(turnIds, work) {
      const done: Promise<void>[] = []
      for (const id of turnIds) {
        if (known.has(id)) continue
        known.add(id)
        const one = (): Promise<void> => work(id).finally(() => known.delete(id))
        done.push(new Promise((resolve) => queue.push(() => one().finally(resolve))))
      }
      while (busy < mostAtOnce && queue.length > 0) void taker()
      await Promise.all(done)
    },
  }
}
