import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { C2a, Finished } from './c2a.js'
import { finished } from './c2a.js'

export interface Headless {
  /** http, on loopback. */
  readonly url: string
  readonly token: string
  readonly pid: number
  /** Ends it in order; what it has printed. */
  stop(signal?: NodeJS.Signals): Promise<Finished>
}

/** `c2a daemon run` in a home, as a service manager starts it. Its end is with the home, at the latest. */
export async function runHeadless(
  c2a: C2a,
  env: Record<string, string> = {},
  args: readonly string[] = ['--listen', '127.0.0.1:0'],
): Promise<Headless> {
  const child = c2a.spawn(['daemon', 'run', ...args], { env })
  child.stdin?.end()
  const end = finished(child, ['daemon', 'run'], 120_000)
  let over: Finished | undefined
  end.then(
    (result) => {
      over = result
    },
    () => undefined,
  )
  // daemon.json is written once it listens.
  while (c2a.daemon()?.pid !== child.pid) {
    if (over !== undefined) throw new Error(`the daemon did not start\n${over.stderr}`)
    await sleep(10)
  }
  return {
    url: `http://${c2a.daemon()?.listen}`,
    token: readFileSync(`${c2a.home}/token`, 'utf8').trim(),
    pid: child.pid ?? 0,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return end
    },
  }
}
