/** Work that is done one after another, whatever becomes of the one before. */
export interface InTurn {
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Resolves when all that was begun so far has ended, well or not. */
  settled(): Promise<unknown>
}

export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return {
    run(work) {
      const done = last.then(work)
      last = done.catch(() => undefined)
      return done
    },
    settled: () => last,
  }
}
