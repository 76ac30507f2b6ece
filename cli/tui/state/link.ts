import type { Client } from '../../../shared/client/client.js'
import { ProblemError } from '../../../shared/contract/problem.js'

/** How it stands with the daemon. */
export type LinkState =
  | { readonly kind: 'online' }
  /** `retryAt`: when it is tried again, ms since the epoch; undefined while it is being tried. */
  | { readonly kind: 'lost'; readonly problem: ProblemError; readonly retryAt: number | undefined }

/** The way to the daemon, which may go away, move and come back at any time. */
export interface Link {
  client(): Promise<Client>
  /** Does something once. Throws ProblemError. */
  once<Result>(call: (client: Client) => Promise<Result>): Promise<Result>
  /** Does something that may be repeated, until the daemon has answered. Throws its refusals. */
  untilDone<Result>(call: (client: Client) => Promise<Result>): Promise<Result>
  /** Resolves when the daemon is there, as far as anybody knows. */
  online(): Promise<void>
  /** A stream broke: somebody else found out that the daemon is away, or that it is back. */
  lost(problem: ProblemError | undefined): void
  back(): void
  retryNow(): void
  /** The daemon may be another one by now: the next call connects anew. */
  renew(): void
  close(): void
}

interface LinkOptions {
  connect(): Promise<Client>
  onState(state: LinkState): void
  /** Ms since the epoch. */
  now?(): number
  /** Between 0 and 1. */
  random?(): number
  /** Runs something in so many ms, unless the returned function is called before. */
  after?(ms: number, run: () => void): () => void
}

const firstDelayMs = 250
const longestDelayMs = 15_000
const shortestPauseMs = 50
/** What a daemon that comes back may cure. */
const curable: readonly string[] = ['daemon_unreachable', 'db_unavailable', 'shutting_down']

export function createLink(options: LinkOptions): Link {
  const { connect, onState, now = Date.now, random = Math.random, after = byTimer } = options
  let current: Promise<Client> | undefined
  let state: LinkState = { kind: 'online' }
  let delay = firstDelayMs
  let cancelKnock = (): void => undefined
  let isKnocking = false
  let waiting: (() => void)[] = []
  let closed = false

  const enter = (next: LinkState): void => {
    state = next
    if (!closed) onState(next)
  }
  const client: Link['client'] = () => {
    if (closed) return Promise.reject(new ProblemError('cancelled', 'the chat has ended'))
    if (current !== undefined) return current
    const made = connect().catch((error) => {
      if (current === made) current = undefined
      throw error
    })
    current = made
    return made
  }
  const drop = (): void => {
    current?.then(
      (old) => old.close(),
      () => undefined,
    )
    current = undefined
  }
  const back = (): void => {
    cancelKnock()
    delay = firstDelayMs
    if (state.kind !== 'online') enter({ kind: 'online' })
    for (const resume of waiting.splice(0)) resume()
  }
  const knock = async (): Promise<void> => {
    if (isKnocking || closed) return
    isKnocking = true
    if (state.kind === 'lost') enter({ ...state, retryAt: undefined })
    const used = client()
    try {
      await (await used).listSessions(1)
      back()
    } catch (error) {
      // It answers, if only to refuse us: who waits gets to hear it.
      if (!isCurable(error)) back()
      else if (state.kind === 'lost') lost(error)
      // A stream found the way meanwhile.
      else broke(used, error)
    } finally {
      isKnocking = false
    }
  }
  const lost = (problem: ProblemError | undefined): void => {
    drop()
    if (closed) return
    cancelKnock()
    // Full jitter: the clients of a daemon that restarts do not come back all at once.
    const pause = Math.max(shortestPauseMs, random() * delay)
    delay = Math.min(delay * 2, longestDelayMs)
    cancelKnock = after(pause, () => void knock())
    const why = problem ?? new ProblemError('daemon_unreachable', 'the connection broke')
    enter({ kind: 'lost', problem: why, retryAt: now() + pause })
  }
  /** Only the first of those that find out begins the wait, and none that used an older way. */
  const broke = (used: Promise<Client>, problem: ProblemError): void => {
    const isOfNow = current === undefined || current === used
    if (state.kind === 'online' && isOfNow) lost(problem)
  }
  const once: Link['once'] = async (call) => {
    const used = client()
    try {
      const result = await call(await used)
      if (state.kind === 'lost') back()
      return result
    } catch (error) {
      if (isCurable(error)) broke(used, error)
      else if (state.kind === 'lost' && error instanceof ProblemError) back()
      throw error
    }
  }
  const online: Link['online'] = async () => {
    if (state.kind === 'lost') await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return {
    client,
    once,
    online,
    async untilDone(call) {
      for (;;) {
        try {
          return await once(call)
        } catch (error) {
          if (!isCurable(error) || closed) throw error
          // Somebody else may have been quicker to find the way again.
          await online()
        }
      }
    },
    lost(problem) {
      if (state.kind === 'online') lost(problem)
    },
    back,
    retryNow() {
      if (state.kind !== 'lost') return
      cancelKnock()
      void knock()
    },
    renew: drop,
    close() {
      closed = true
      cancelKnock()
      waiting = []
      drop()
    },
  }
}

function byTimer(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

function isCurable(error: unknown): error is ProblemError {
  return error instanceof ProblemError && curable.includes(error.code)
}
