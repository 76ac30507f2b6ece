import type { State } from '../state/state.js'

/** Something that is looked at again and again, but only while there is a reason to. */
export interface Watch {
  /** Called with each new state. */
  look(state: State): void
  close(): void
}

interface WatchOptions {
  everyMs: number
  isNeeded(state: State): boolean
  /** What goes wrong is not worth a word: it is tried again. */
  run(): Promise<unknown>
}

export function createWatch({ everyMs, isNeeded, run }: WatchOptions): Watch {
  let timer: NodeJS.Timeout | undefined
  let isBusy = false
  let isClosed = false
  const tick = async (): Promise<void> => {
    if (isBusy) return
    isBusy = true
    await run().catch(() => undefined)
    isBusy = false
  }
  return {
    look(state) {
      if (isClosed) return
      if (isNeeded(state)) {
        timer ??= setInterval(() => void tick(), everyMs)
        return
      }
      clearInterval(timer)
      timer = undefined
    },
    close() {
      isClosed = true
      clearInterval(timer)
    },
  }
}

/** No gateway: that it came back is to be seen. */
export function isOffline({ catalogue, link }: State): boolean {
  return link.kind === 'online' && catalogue?.source === 'offline'
}
