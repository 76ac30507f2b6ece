import type { Client } from '../../../shared/client/client.js'
import { ProblemError } from '../../../shared/contract/problem.js'

/** How it stands with the daemon. */
export type LinkState =
  | { readonly kind: 'online' }
  /** `retryAt`: when it is tried again, in ms of `now()`; undefined while it is being tried. */
  | { readonly kind: 'lost'; readonly problem: ProblemError; readonly retryAt: number | undefined }

/** The way to the daemon, which may go away, move and come back at any time. */
export interface Link {
  client(): Promise<Client>
  /** Does something once. Throws ProblemError. */
  once<Result>(call: (client: Client) => Promise<Result>): Promise<Result>
  /** Does something that may be repeated, until the daemon has answered. Throws its refusals. */
  untilDone<Result>(call: (client: Client) => Promise<Result>): Promise<Result>
  /** A stream broke: somebody else found out that the daemon is away, or that it is back. */
  lost(problem: ProblemError | undefined): void
  back(): void
  retryNow(): void
  close(): void
}

interface LinkOptions {
  connect(): Promise<Client>
  onState(state: LinkState): void
  now?(): number
  /** Between 0 and 1. */
  random?(): number
}

const firstDelayMs = 250
const longestDelayMs = 15_000
/** What a daemon that comes back may cure. */
const curable: readonly string[] = ['daemon_unreachable', 'db_unavailable', 'shutting_down']

export function createLink(options: LinkOptions): Link {
  const { connect, onState, now = () => performance.now(), random = Math.random } = options
  let current: Promise<Client> | undefined
  let state: LinkState = { kind: 'online' }
  let delay = firstDelayMs
  let timer: NodeJS.Timeout | undefined
  let waiting: (() => void)[] = []
  let closed = false

  const enter = (next: LinkState): void => {
    state = next
    if (!closed) onState(next)
  }
  const client: Link['client'] = () => {
    current ??= connect().catch((error) => {
      current = undefined
      throw error
    })
    return current
  }
  const drop = (): void => {
    current?.then(
      (old) => old.close(),
      () => undefined,
    )
    current = undefined
  }
  const back = (): void => {
    clearTimeout(timer)
    delay = firstDelayMs
    if (state.kind !== 'online') enter({ kind: 'online' })
    for (const resume of waiting.splice(0)) resume()
  }
  const knock = async (): Promise<void> => {
    if (state.kind === 'lost') enter({ ...state, retryAt: undefined })
    try {
      await (await client()).listSessions(1)
      back()
    } catch (error) {
      if (isCurable(error)) return lost(error)
      // It answers, if only to refuse us: who waits gets to hear it.
      back()
    }
  }
  const lost = (problem: ProblemError | undefined): void => {
    drop()
    if (closed) return
    clearTimeout(timer)
    // Full jitter: the clients of a daemon that restarts do not come back all at once.
    const pause = Math.max(50, random() * delay)
    delay = Math.min(delay * 2, longestDelayMs)
    timer = setTimeout(knock, pause)
    const why = problem ?? new ProblemError('daemon_unreachable', 'the connection broke')
    enter({ kind: 'lost', problem: why, retryAt: now() + pause })
  }
  const once: Link['once'] = async (call) => {
    try {
      const result = await call(await client())
      if (state.kind === 'lost') back()
      return result
    } catch (error) {
      if (isCurable(error)) lost(error)
      throw error
    }
  }
  return {
    client,
    once,
    async untilDone(call) {
      for (;;) {
        try {
          return await once(call)
        } catch (error) {
          if (!isCurable(error) || closed) throw error
          await new Promise<void>((resolve) => waiting.push(resolve))
        }
      }
    },
    lost(problem) {
      if (state.kind === 'online') lost(problem)
    },
    back,
    retryNow() {
      if (state.kind !== 'lost') return
      clearTimeout(timer)
      void knock()
    },
    close() {
      closed = true
      clearTimeout(timer)
      waiting = []
      drop()
    },
  }
}

function isCurable(error: unknown): error is ProblemError {
  return error instanceof ProblemError && curable.includes(error.code)
}
