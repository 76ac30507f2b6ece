import { build } from '../../shared/build.js'
import { type Client, createClient } from '../../shared/client/client.js'
import { parseTarget } from '../../shared/client/transport.js'
import type { Ready } from '../../shared/contract/health.js'
import { ProblemError } from '../../shared/contract/problem.js'
import type { Spend } from '../../shared/contract/spend.js'
import { settingsHash } from '../../shared/settings-hash.js'
import type { ClientConfig } from '../config.js'
import { formatDuration } from '../output/age.js'
import { todayOf } from '../output/spend-words.js'
import { readToken } from './find.js'
import { checkHome } from './own-home.js'
import { answers, daemonOwner, readDaemonFile } from './presence.js'

/** `c2a daemon status --json`; what is not known is left out. */
export interface DaemonStatus {
  running: boolean
  /** Of a remote daemon only. */
  url?: string
  pid?: number
  /** Not running, but a process holds the lock: it starts, ends or hangs. */
  busy?: boolean
  version?: string
  build?: string
  /** False: its settings or its build are not ours; the next command renews it, where it is a personal one. */
  current?: boolean
  personal?: boolean
  started_at?: string
  uptime_s?: number
  socket?: string
  listen?: string | null
  ready?: boolean
  database?: NonNullable<Ready['details']>['database']
  gateway?: NonNullable<Ready['details']>['gateway']
  /** The default model of its settings. */
  model?: string | undefined
  live_turns?: number
  /** What its user has spent today, and the budgets. */
  spend?: Spend
  draining?: boolean
  home?: string
  /** Of the managed database; left out for a server by URL. */
  data_dir?: string
  config: string
  log?: string
  token?: string
  /** Why it is not running, or does not say more. */
  problem?: string
}

/** A daemon of this machine that is well answers at once, ms. */
const wordMs = 3_000
/** The details take as long as database and gateway do, ms. */
const silenceMs = 15_000

/** Asks the daemon at hand, remote or personal; never starts one. */
export async function readStatus(config: ClientConfig): Promise<DaemonStatus> {
  return config.url === undefined ? personalStatus(config) : remoteStatus(config, config.url)
}

async function personalStatus(config: ClientConfig): Promise<DaemonStatus> {
  const { home } = config
  checkHome(home)
  const paths = { home: home.directory, config: home.config, log: home.log, token: home.token }
  const file = readDaemonFile(home)
  const owner = daemonOwner(home)
  if (file === undefined || !(await answers(file.socket))) {
    return { running: false, ...(owner && { pid: owner.pid, busy: true }), ...paths }
  }
  const target = { socketPath: file.socket }
  if (!(await isAwake(target))) {
    const problem = `no answer in ${wordMs / 1_000} s; c2a daemon stop --now ends it`
    return { running: false, pid: owner?.pid ?? file.pid, busy: true, problem, ...paths }
  }
  const client = createClient({ target, token: readToken(home), silenceMs })
  return {
    running: true,
    pid: file.pid,
    version: file.version,
    build: file.build,
    current: file.build === build && file.settings === settingsHash(config.env, config.file),
    personal: file.personal,
    started_at: file.started_at,
    uptime_s: Math.max(0, Math.round((Date.now() - Date.parse(file.started_at)) / 1_000)),
    socket: file.socket,
    listen: file.listen ?? null,
    ...(await readDetails(client)),
    ...(file.data_dir !== undefined && { data_dir: file.data_dir }),
    ...paths,
  }
}

async function remoteStatus(config: ClientConfig, url: string): Promise<DaemonStatus> {
  const where = { url, config: config.home.config }
  const client = createClient({ target: parseTarget(url), token: config.token, silenceMs })
  try {
    const { version, build: theirs } = await client.health()
    return { running: true, ...where, version, build: theirs, ...(await readDetails(client)) }
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'daemon_unreachable') throw error
    return { running: false, ...where, problem: error.message }
  } finally {
    client.close()
  }
}

/** Whether it takes a request at all: this one needs neither token, database nor gateway. */
async function isAwake(target: { socketPath: string }): Promise<boolean> {
  const client = createClient({ target, silenceMs: wordMs })
  try {
    await client.health()
    return true
  } catch {
    return false
  } finally {
    client.close()
  }
}

type Details = Partial<DaemonStatus>

async function readDetails(client: Client): Promise<Details> {
  try {
    const { ready, details } = await client.ready()
    if (details === undefined) return { ready, problem: 'the daemon does not take our token' }
    // One that is older has no such endpoint, and without a database nobody knows.
    const spend = await client.spend().catch(() => undefined)
    return { ready, ...details, ...(spend && { spend }) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  } finally {
    client.close()
  }
}

/** The same for people: name and value a line. Not sanitised yet. */
export function statusFields(status: DaemonStatus): [name: string, value: string][] {
  const fields: [string, string | undefined][] = [
    ['daemon', stateOf(status)],
    ['address', status.url],
    ['version', versionOf(status)],
    ['up for', status.uptime_s === undefined ? undefined : uptimeOf(status.uptime_s)],
    ['socket', status.socket],
    ['listens on', status.listen ?? undefined],
    ['database', status.database && databaseOf(status.database)],
    ['gateway', status.gateway && gatewayOf(status.gateway)],
    ['answering', status.live_turns === undefined ? undefined : `${status.live_turns} now`],
    ['spent', status.spend && `${todayOf(status.spend)} today (UTC)`],
    ['problem', status.problem],
    ['home', status.home],
    ['data', status.data_dir],
    ['config', status.config],
    [
      'log',
      status.personal === false
        ? 'its stderr: where it was started (journalctl -u c2a)'
        : status.log,
    ],
    ['token', status.token],
  ]
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
}

function stateOf(status: DaemonStatus): string {
  if (status.busy && status.problem !== undefined) return `does not answer, pid ${status.pid}`
  if (status.busy) return `not ready; process ${status.pid} is starting, ending, or stuck`
  if (!status.running) return 'not running'
  const how = status.draining ? 'ending' : status.ready === false ? 'running, not ready' : 'running'
  return status.pid === undefined ? how : `${how}, pid ${status.pid}`
}

function versionOf(status: DaemonStatus): string | undefined {
  const { version, build: theirs, current, personal } = status
  if (version === undefined) return undefined
  // Who ran it in the foreground may well have given it settings that are not in our environment.
  const renewed = current === false && personal ? '; renewed at the next use' : ''
  return `${version} (build ${theirs}${renewed})`
}

function uptimeOf(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000)
}

function databaseOf(database: NonNullable<DaemonStatus['database']>): string {
  const what = database.managed ? 'managed here' : 'a server of yours'
  const version = database.version === null ? '' : `Postgres ${database.version}, `
  return `${version}${what}${database.ok ? '' : ', does not answer'}`
}

function gatewayOf(gateway: NonNullable<DaemonStatus['gateway']>): string {
  const kinds = { litellm: 'LiteLLM', generic: 'OpenAI-compatible', unknown: '' }
  const what = [kinds[gateway.kind], gateway.version].filter(Boolean).join(' ')
  const how = gateway.reachable ? what || 'answers' : 'not reachable'
  const slow = gateway.slow ? ', slow to list its models' : ''
  const problem = gateway.problem === undefined ? '' : ` (${gateway.problem})`
  return `${gateway.url}, ${how}${slow}${problem}`
}
