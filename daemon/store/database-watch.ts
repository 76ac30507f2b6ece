import { isUnavailable } from './pool.js'

/** Knows whether what this daemon writes is held up by its database, so that streams can say so. */
export interface DatabaseWatch {
  readonly stalled: boolean
  /** Runs work on the database; its failing, its hanging and its success are what is known. */
  during<Result>(work: () => Promise<Result>): Promise<Result>
  /** Called at each change. Returns what undoes it. */
  onChange(listener: () => void): () => void
}

/** Work that takes longer than this is held up, whatever becomes of it, ms. */
const slowMs = 2_000

export function createDatabaseWatch(): DatabaseWatch {
  const listeners = new Set<() => void>()
  let stalled = false
  const set = (value: boolean): void => {
    if (value === stalled) return
    stalled = value
    for (const listener of listeners) listener()
  }
  return {
    get stalled() {
      return stalled
    },
    async during(work) {
      const slow = setTimeout(set, slowMs, true)
      try {
        const result = await work()
        set(false)
        return result
      } catch (error) {
        if (isUnavailable(error)) set(true)
        throw error
      } finally {
        clearTimeout(slow)
      }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
