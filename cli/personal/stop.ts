import { type Client, createClient } from '../../shared/client/client.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Home } from '../../shared/home.js'
import { readSetting } from '../../shared/settings.js'
import type { ClientConfig } from '../config.js'
import { say } from '../output/report.js'
import { readToken } from './find.js'
import { checkHome } from './own-home.js'
import { daemonOwner, isAlive, type Owner, readDaemonFile } from './presence.js'

/** How long a daemon may take to accept that it shall stop, ms. */
const answerMs = 5_000
/** What a daemon needs to close everything once its turns have ended, ms. */
const closeMs = 15_000
const termMs = 10_000
const nowMs = 3_000
const killMs = 5_000
const pollMs = 20
/** From here on somebody who watches wonders, ms. */
const silentMs = 1_000

/**
 * Ends the daemon and waits until it is gone: it is asked, its answers may finish (with `now` they
 * are stopped). If it does not react, by signals. Gives the process that ended, undefined if none
 * ran. Throws ProblemError `internal` if it cannot be ended.
 */
export async function stopDaemon(
  config: ClientConfig,
  { now }: { now: boolean },
): Promise<Owner | undefined> {
  checkHome(config.home)
  const owner = daemonOwner(config.home)
  if (owner === undefined) return undefined
  // A daemon is ended even with settings that none would start with.
  const drainMs = Number(readSetting('time.drain_ms', config.env, config.file)?.value) || 0
  const hint = setTimeout(() => {
    if (!now)
      say(
        'waiting for the daemon to end: running answers may finish (c2a daemon stop --now stops them)',
      )
  }, silentMs)
  try {
    const asked = await askToStop(config.home, { now })
    if (asked && (await isGone(owner, now ? nowMs : drainMs + closeMs))) return owner
    if (!now) say('the daemon does not react; ending it')
    send(owner, 'SIGTERM')
    if (await isGone(owner, now ? nowMs : termMs)) return owner
    send(owner, 'SIGKILL')
    if (await isGone(owner, killMs)) return owner
  } finally {
    clearTimeout(hint)
  }
  throw new ProblemError('internal', `the daemon (pid ${owner.pid}) cannot be ended`, {
    hint: 'It waits for the kernel, perhaps for a disk.',
  })
}

/** False when nobody accepts it in time. */
async function askToStop(home: Home, { now }: { now: boolean }): Promise<boolean> {
  const file = readDaemonFile(home)
  if (file === undefined) return false
  const client = createClient({ target: { socketPath: file.socket }, token: readToken(home) })
  const ask = async (): Promise<void> => {
    if (now) await stopAnswers(client)
    await client.stopDaemon({ ifIdle: false })
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), now ? nowMs : answerMs)
  })
  const accepted = ask().then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([accepted, late])
  } finally {
    clearTimeout(timer)
    client.close()
  }
}

/** What they brought is kept, and a daemon without answers ends in order at once. */
async function stopAnswers(client: Client): Promise<void> {
  const live = (await client.listSessions()).filter((session) => session.live_turn_id !== null)
  await Promise.all(live.map(({ id }) => client.stopSession(id)))
}

async function isGone(owner: Owner, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  while (isAlive(owner)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  return true
}

function send(owner: Owner, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(owner)) return
  try {
    process.kill(owner.pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return
    throw new ProblemError('forbidden', `the daemon (pid ${owner.pid}) is another user's`, {
      cause: error,
    })
  }
}
