import type { Hint } from '../../shared/contract/hint.js'

/** The hints that one reader has not taken yet. Bounded: who takes none gets `reset` for all of them. */
export interface Inbox {
  put(hint: Hint): void
  /** Hints may be missing. */
  reset(): void
  /** Ends the batches, once what is there has been taken. */
  close(): void
  /** What came since the last batch, joined for a moment; the last word on each thing. For one reader. */
  batches(): AsyncGenerator<Hint[]>
}

const mostHints = 256
/** Changes that belong together come in a few commits: one batch for them, ms. */
const joinMs = 10

/** It is told once and cannot be read again, so that a reset does not stand for it. */
const gatewayKey = 'gateway'

const reset: Hint = { event: 'reset', data: {} }

export function createInbox(): Inbox {
  /** By what they are about. */
  const waiting = new Map<string, Hint>()
  let isReset = false
  let isClosed = false
  let wake = (): void => undefined
  let timer: NodeJS.Timeout | undefined

  const isEmpty = (): boolean => !isReset && waiting.size === 0
  const wakeSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      wake()
    }, joinMs)
  }
  const startOver = (): void => {
    const gateway = waiting.get(gatewayKey)
    waiting.clear()
    if (gateway) waiting.set(gatewayKey, gateway)
    isReset = true
    wakeSoon()
  }
  const take = (): Hint[] => {
    const batch = [...(isReset ? [reset] : []), ...waiting.values()]
    isReset = false
    waiting.clear()
    return batch
  }
  return {
    put(hint) {
      if (isClosed || hint.event === 'reset') return
      const isState = hint.event === 'gateway.changed'
      if (isReset && !isState) return
      const id = isState ? gatewayKey : hint.data.id
      waiting.delete(id)
      waiting.set(id, hint)
      if (waiting.size > mostHints) startOver()
      else wakeSoon()
    },
    reset() {
      if (!isClosed) startOver()
    },
    close() {
      isClosed = true
      clearTimeout(timer)
      wake()
    },
    async *batches() {
      for (;;) {
        // Also with something there: it has just come, and more of it is on its way.
        if (!isClosed && (isEmpty() || timer !== undefined)) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        if (!isEmpty()) yield take()
        else if (isClosed) return
      }
    },
  }
}
