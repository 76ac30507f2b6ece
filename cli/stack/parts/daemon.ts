import { closeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from '../../../shared/build.js'
import { ProblemError } from '../../../shared/contract/problem.js'
import {
  type Environment,
  type SettingKey,
  settingKeys,
  settings,
} from '../../../shared/settings.js'
import { checkDaemonSettings } from '../../../shared/settings-check.js'
import { settingsHash } from '../../../shared/settings-hash.js'
import { loadClientConfig } from '../../config.js'
import { answers, daemonOwner, isAlive, readDaemonFile } from '../../personal/presence.js'
import { stopDaemon } from '../../personal/stop.js'
import { lendSettings } from '../client-settings.js'
import { daemonVariables, type Variables } from '../local-env.js'
import { hashOf, openPartLog, startProcess, withLog } from '../local-process.js'
import type { Tools } from '../part.js'
import { readRunning, removeRecord, writeRecord } from '../record.js'
import { waitUntilWell } from '../wait.js'

export interface Gateway {
  readonly url: string
  readonly key: string | undefined
  /** We have started it: whoever else has its port by now is not to be asked. */
  readonly own?: true
}

const patienceMs = 60_000
const attempts = 5
const launcher = fileURLToPath(new URL('../bin/c2a', import.meta.url))

/** What the stack says: .env.daemon, and the gateway over it. */
function stackVariables(variables: Variables, gateway?: Gateway): Environment {
  return {
    ...daemonVariables(variables),
    ...(gateway && { LITELLM_ENDPOINT: gateway.url, LITELLM_API_KEY: gateway.key }),
    ...(gateway?.own && { C2A_GATEWAY_OWN: 'true' }),
  }
}

/** The same as settings: with them in config.json a daemon that a client starts is like the stack's. */
function settingsOf(said: Environment): Partial<Record<SettingKey, string>> {
  const plain = { 'database.url': said['DATABASE_URL'], 'daemon.listen': said['PORT'] }
  const pairs = settingKeys.map((key) => [key, said[settings[key].env]] as const)
  const set = [...Object.entries(plain), ...pairs].filter(([, value]) => Boolean(value))
  return Object.fromEntries(set)
}

/** Throws ProblemError `invalid_request` where somebody runs a daemon by hand: that is not ours to end. */
export function refuseDaemonByHand({ place, config }: Tools): void {
  const owner = daemonOwner(config.home)
  if (owner === undefined || owner.pid === readRunning(place, 'daemon')?.pid) return
  if (readDaemonFile(config.home)?.personal !== false) return
  throw new ProblemError(
    'invalid_request',
    `a daemon that c2a daemon run started is here already (pid ${owner.pid})`,
    { hint: 'Stop it where it was started, then: c2a stack up' },
  )
}

/**
 * Sees to it that the user's own daemon runs with the stack's settings, and stays: clients find it as
 * they find the one that they start themselves.
 */
export async function bringUpDaemon(
  tools: Tools,
  variables: Variables,
  gateway?: Gateway,
): Promise<void> {
  const { place, say } = tools
  const said = stackVariables(variables, gateway)
  // Plain ones belong to the project that one stands in, unless the stack's file says so.
  const { DATABASE_URL: _database, PORT: _port, ...shell } = tools.env
  const env = { ...shell, ...said }
  // Where the daemon dies, or is stopped, the next client starts one of its own.
  lendSettings(place, tools.config, settingsOf(said))
  const config = loadClientConfig(tools.env)
  const { home } = config
  checkDaemonSettings(env, config.file)
  const own = [settingsHash(env, config.file), build, env['DATABASE_URL'], env['PORT']]
  const of = hashOf(JSON.stringify(own))
  const ours = readRunning(place, 'daemon')
  const owner = daemonOwner(home)
  const file = readDaemonFile(home)
  if (ours?.of === of && owner?.pid === ours.pid && file && (await answers(file.socket))) {
    say('the daemon runs already')
    return
  }
  for (let attempt = 1; ; attempt++) {
    if (daemonOwner(home) !== undefined) await stopDaemon(config, { now: false })
    try {
      return await startDaemonOfStack(tools, env, of)
    } catch (error) {
      // A client that lost its daemon was quicker, and has started one of its own.
      const isTaken = daemonOwner(home) !== undefined && readDaemonFile(home)?.personal !== false
      if (attempt === attempts || !isTaken) throw error
    }
  }
}

async function startDaemonOfStack(tools: Tools, env: Environment, of: string): Promise<void> {
  const { place, say, clock } = tools
  const { home } = tools.config
  const log = openPartLog(home.log)
  const launch = { command: process.execPath, args: [launcher, 'daemon', 'run'], env }
  const started = startProcess(launch, home.directory, log)
  closeSync(log)
  const started_at = new Date().toISOString()
  writeRecord(place, 'daemon', { ...started, address: home.socket, port: 0, started_at, of })
  const tookMs = await waitUntilWell({
    ...{ name: 'the daemon', patienceMs, clock, say },
    isAlive: () => isAlive(started),
    async isWell() {
      const now = readDaemonFile(home)
      return now?.pid === started.pid && (await answers(now.socket))
    },
  }).catch((error: unknown) => {
    if (!isAlive(started)) removeRecord(place, 'daemon')
    throw withLog(error, home.log, 2)
  })
  say(`the daemon is well (${(tookMs / 1_000).toFixed(1)} s)`)
}

/** A daemon that `down` leaves, in a line with how to end it: it is somebody's, and may be answering. */
export function daemonThatStays({ config }: Tools): string | undefined {
  const owner = daemonOwner(config.home)
  if (owner === undefined) return undefined
  const isByHand = readDaemonFile(config.home)?.personal === false
  const starter = isByHand ? 'c2a daemon run' : 'a client'
  return `a daemon that ${starter} started still runs (pid ${owner.pid}); c2a daemon stop ends it`
}

/** Stops the daemon that `up` started; another one is left. */
export async function bringDownDaemon(tools: Tools, { now }: { now: boolean }): Promise<boolean> {
  const { place, config } = tools
  const ours = readRunning(place, 'daemon')
  if (ours === undefined || daemonOwner(config.home)?.pid !== ours.pid) return false
  await stopDaemon(config, { now })
  removeRecord(place, 'daemon')
  return true
}
