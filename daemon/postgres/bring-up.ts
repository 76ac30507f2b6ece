import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.js'
import type { Binaries } from './binaries.js'
import { knock } from './connection.js'
import {
  clearStaleLocks,
  findPostmaster,
  type Postmaster,
  saysReady,
  startPostmaster,
  stopPostmaster,
} from './postmaster.js'
import { isAlive } from './process.js'
import { lastFatal, sizeOf } from './server-log.js'
import { type ServerSettings, serverArguments } from './settings.js'
import { unavailable } from './unavailable.js'

/** All that a start needs; the same for the first and for every later one. */
export interface Server {
  readonly dataDir: string
  readonly binaries: Binaries
  readonly settings: ServerSettings
  readonly logFile: string
  readonly log: Log
}

export interface RunningServer {
  readonly postmaster: Postmaster
  readonly version: string
}

const patienceMs = 30_000

/** Another server is still on its way out; it is gone a moment later. */
const transient = /pre-existing shared memory block|lock file .* already exists/

/**
 * Gives a server that answers: the one that runs already, once it does (it may be starting,
 * recovering or stopping), else a new one. Gives up after 30 s without a sign of life.
 */
export async function bringUp(server: Server, signal: AbortSignal): Promise<RunningServer> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const found = findPostmaster(server.dataDir, server.settings.socketDir)
    const logStart = sizeOf(server.logFile)
    const postmaster = found ?? (await start(server))
    const outcome = await untilAnswer(server, postmaster, signal)
    if (typeof outcome === 'object') {
      const { pid } = postmaster
      server.log.info(
        { pid, version: outcome.version, adopted: found !== undefined },
        'Postgres is up',
      )
      return { postmaster, version: outcome.version }
    }
    if (outcome === 'unreachable') await stopPostmaster(postmaster)
    if (outcome === 'silent')
      throw unavailable(`the local Postgres (pid ${postmaster.pid}) does not answer`)
    if (found !== undefined) continue
    const reason = lastFatal(server.logFile, logStart) ?? 'it gave no reason'
    if (!transient.test(reason) || performance.now() > deadline) {
      throw unavailable(`the local Postgres did not start: ${reason}; see ${server.logFile}`)
    }
    await sleep(100, undefined, { signal })
  }
}

function start({ dataDir, binaries, settings, logFile }: Server): Promise<Postmaster> {
  clearStaleLocks(dataDir, settings.socketDir)
  const args = ['-D', dataDir, ...serverArguments(settings)]
  return startPostmaster(binaries, args, settings.socketDir, logFile)
}

type Outcome = { readonly version: string } | 'ended' | 'silent' | 'unreachable'

async function untilAnswer(
  server: Server,
  postmaster: Postmaster,
  signal: AbortSignal,
): Promise<Outcome> {
  let lastSign = performance.now()
  while (isAlive(postmaster.pid)) {
    const ready = saysReady(server.dataDir)
    const answer = await knock(postmaster.socketDir)
    if ('version' in answer) return answer
    // Its socket was removed while it ran (a cleaned /tmp, a closed session): nobody can reach it.
    if (ready && answer.refusal === 'ENOENT' && isAlive(postmaster.pid)) return 'unreachable'
    // "Starting up" and the like: recovery takes as long as it takes.
    if (answer.refusal === '57P03') lastSign = performance.now()
    if (performance.now() - lastSign > patienceMs) return 'silent'
    await pause(postmaster, signal)
  }
  return 'ended'
}

/** A daemon that is told to stop in the middle of a start takes the half-started server along. */
async function pause(postmaster: Postmaster, signal: AbortSignal): Promise<void> {
  try {
    await sleep(10, undefined, { signal })
  } catch (error) {
    await stopPostmaster(postmaster)
    throw error
  }
}
