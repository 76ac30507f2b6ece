import type { IncomingHttpHeaders } from 'node:http'

/** One request as the upstream saw it. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
  /** Empty for anything but a completion. */
  readonly model: string
  /** How the answer ended: sent in full, or the client closed the socket before. */
  readonly ended: Promise<'finished' | 'aborted'>
  /** The same, once it is known. */
  outcome: 'finished' | 'aborted' | undefined
  /** When its socket was gone, by `performance.now()`. */
  readonly closed: Promise<number>
  /** For model `gate`: sends one delta. */
  release(text: string): void
  /** For model `gate`: ends the answer. */
  finish(): void
}

/** What a gated answer waits for; both sides may come first. */
export interface Gate {
  put(text: string | null): void
  /** The next delta, null at the end. */
  take(): Promise<string | null>
}

export function createGate(): Gate {
  const ready: (string | null)[] = []
  const waiting: ((text: string | null) => void)[] = []
  return {
    put(text) {
      const next = waiting.shift()
      if (next) next(text)
      else ready.push(text)
    },
    take() {
      const text = ready.shift()
      if (text !== undefined) return Promise.resolve(text)
      return new Promise((resolve) => waiting.push(resolve))
    },
  }
}

export interface Recorder {
  readonly requests: RecordedRequest[]
  add(request: RecordedRequest): void
  hits(model: string): number
  /** The n-th completion of a model (1 is the first), as soon as it is there. */
  waitFor(model: string, n?: number): Promise<RecordedRequest>
}

export function createRecorder(): Recorder {
  const requests: RecordedRequest[] = []
  const watchers = new Set<() => void>()
  const of = (model: string): RecordedRequest[] => requests.filter((one) => one.model === model)
  return {
    requests,
    add(request) {
      requests.push(request)
      for (const watch of watchers) watch()
    },
    hits: (model) => of(model).length,
    waitFor(model, n = 1) {
      return new Promise((resolve) => {
        const watch = (): void => {
          const found = of(model)[n - 1]
          if (!found) return
          watchers.delete(watch)
          resolve(found)
        }
        watchers.add(watch)
        watch()
      })
    },
  }
}
