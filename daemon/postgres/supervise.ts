import { setTimeout as sleep } from 'node:timers/promises'
import { bringUp, type RunningServer, type Server } from './bring-up.js'
import { postmasterEnd } from './postmaster.js'

const longestPauseMs = 5000

/** A server that ran this long did not die of its start. */
const healthyAfterMs = 30_000

/**
 * Starts the server again whenever it ends, at once the first time, then with growing pauses. Calls
 * `onRestart` with each new one; returns when `signal` fires.
 */
export async function supervise(
  server: Server,
  first: RunningServer,
  onRestart: (running: RunningServer) => void,
  signal: AbortSignal,
): Promise<void> {
  let running: RunningServer | undefined = first
  let failures = 0
  try {
    for (;;) {
      if (running !== undefined) {
        const since = performance.now()
        await postmasterEnd(running.postmaster, signal)
        if (performance.now() - since > healthyAfterMs) failures = 0
        server.log.warn({ pid: running.postmaster.pid }, 'Postgres ended; starting it again')
      }
      await sleep(pauseAfter(failures), undefined, { signal, ref: false })
      failures += 1
      running = await bringUp(server, signal).catch((error: unknown) => {
        if (!signal.aborted) server.log.error({ err: error }, 'Postgres could not be started again')
        return undefined
      })
      if (running !== undefined) onRestart(running)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function pauseAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(100 * 2 ** (failures - 1), longestPauseMs)
}
