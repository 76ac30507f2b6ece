import { statSync } from 'node:fs'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Home } from '../../shared/home.js'
import { answers, daemonOwner, type Owner, readDaemonFile } from './presence.js'

/** A daemon that has begun to serve can be reached, but for the moment in which it ends, ms. */
const unreachableMs = 5_000
/** Who has the lock for longer is not starting any more, ms. */
const startMs = 60_000
/** What is not starting may be ending, which closes a database, ms. */
const endMs = 20_000

/**
 * Looks, each time it is called, whether a daemon runs that nobody can reach, for its socket or its
 * daemon.json was removed: no client will ever find it. Throws `daemon_unreachable` then; one that
 * starts, or ends, is waited for.
 */
export function watchUnreachable(home: Home): () => Promise<void> {
  let state: string | undefined
  let since = 0
  return async () => {
    const owner = daemonOwner(home)
    const patience = owner && (await patienceWith(home, owner))
    const now = performance.now()
    const current = patience === undefined ? undefined : `${owner?.start} ${patience}`
    if (current !== state) since = now
    state = current
    if (owner && patience && now - since > patience) throw unreachable(owner)
  }
}

/** How long to wait for it; undefined: as long as for any start. */
async function patienceWith(home: Home, owner: Owner): Promise<number | undefined> {
  const file = readDaemonFile(home)
  if (file?.pid === owner.pid) return (await answers(file.socket)) ? undefined : unreachableMs
  if (await answers(home.socket)) return unreachableMs
  const taken = statSync(home.lock, { throwIfNoEntry: false })?.mtimeMs
  return taken !== undefined && Date.now() - taken > startMs ? endMs : undefined
}

function unreachable({ pid }: Owner): ProblemError {
  const message = `a daemon (pid ${pid}) runs but does not answer at its socket`
  return new ProblemError('daemon_unreachable', message, { hint: 'Run: c2a daemon restart' })
}
