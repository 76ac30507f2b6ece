import { readFileSync } from 'node:fs'
import { ProblemError } from '../shared/contract/problem.js'
import { type Home, homeOf } from '../shared/home.js'
import {
  type ConfigFile,
  type Environment,
  readSetting,
  type SettingKey,
} from '../shared/settings.js'
import {
  booleanOf,
  checkValues,
  listOf,
  nameOf,
  parseListen,
  refusalOf,
  refused,
} from '../shared/settings-check.js'
import { settingsHash } from '../shared/settings-hash.js'
import { Secret } from './secret.js'

/** What the command line may say; the rest is environment and config.json. */
export interface Flags {
  listen?: string | undefined
  behindTlsProxy?: boolean | undefined
  /** Started by a client: plain DATABASE_URL and PORT belong to other programs. */
  personal: boolean
}

export interface Config {
  home: Home
  personal: boolean
  settingsHash: string
  gateway: { url?: string; key?: Secret; own: boolean }
  proxy: { httpsProxy?: string; httpProxy?: string; noProxy?: string }
  model?: string
  /** Limits in US dollars, per owner. */
  budget: { session?: number; day?: number }
  database: { url?: Secret; bin?: string }
  listen?: { host: string; port: number } | undefined
  behindTlsProxy: boolean
  allowedHosts: string[]
  allowedOrigins: string[]
  adminToken?: Secret
  metricsToken?: Secret
  slackSecret?: Secret
  idleMinutes: number
  /** Of each made token. */
  limits: { requestsPerMinute: number; streams: number }
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  time: {
    leaseMs: number
    sweepMs: number
    heartbeatMs: number
    stalledMs: number
    drainMs: number
    databasePatienceMs: number
    connectTimeoutMs: number
    catalogueTimeoutMs: number
    firstTokenTimeoutMs: number
    tokenIdleTimeoutMs: number
    totalTimeoutMs: number
  }
}

function readConfigFile(path: string): ConfigFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // No home yet, or none that can be: prepareHome says why.
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw new ProblemError('invalid_request', `${path}: cannot be read (${code})`, { cause: error })
  }
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch {
    // The parser's own message quotes what it stumbled over, which may be a key.
    throw new ProblemError('invalid_request', `${path}: not valid JSON`)
  }
  if (typeof file === 'object' && file !== null) return { ...file }
  throw new ProblemError('invalid_request', `${path}: not a JSON object`)
}

function readListen(flags: Flags, env: Environment, file: ConfigFile): Config['listen'] {
  const setting = readSetting('daemon.listen', env, file)
  const port = flags.personal ? undefined : env['PORT']
  const [where, text] =
    flags.listen !== undefined
      ? ['--listen', flags.listen]
      : setting
        ? [nameOf('daemon.listen', setting), setting.value]
        : ['PORT', port || undefined]
  if (text === undefined) return undefined
  const listen = parseListen(text)
  if (listen) return listen
  throw refused(where, { why: `"${text}" is not [HOST:]PORT` })
}

function readDatabaseUrl(flags: Flags, env: Environment, file: ConfigFile): Secret | undefined {
  const ours = readSetting('database.url', env, file)?.value
  const url = ours ?? (flags.personal ? undefined : env['DATABASE_URL'] || undefined)
  if (url === undefined) return undefined
  const refusal = refusalOf('database.url', url)
  if (refusal) throw refused('DATABASE_URL', refusal)
  return new Secret(url)
}

/**
 * Flags over environment over config.json over defaults, parsed once. Throws ProblemError
 * `invalid_request` that names the variable.
 */
export function loadConfig(flags: Flags, env: Environment): Config {
  const home = homeOf(env)
  const file = readConfigFile(home.config)
  checkValues(env, file)
  const read = (key: SettingKey): string | undefined => readSetting(key, env, file)?.value
  const number = (key: SettingKey): number => Number(read(key))
  const limit = (key: SettingKey): number | undefined =>
    read(key) === undefined ? undefined : number(key)
  const secret = (key: SettingKey): Secret | undefined => {
    const text = read(key)
    return text === undefined ? undefined : new Secret(text)
  }

  return Object.freeze({
    home,
    personal: flags.personal,
    settingsHash: settingsHash(env, file),
    gateway: {
      ...defined({ url: read('gateway.url'), key: secret('gateway.key') }),
      own: booleanOf(read('gateway.own') ?? 'no'),
    },
    proxy: defined({
      httpsProxy: env['HTTPS_PROXY'] ?? env['https_proxy'],
      httpProxy: env['HTTP_PROXY'] ?? env['http_proxy'],
      noProxy: env['NO_PROXY'] ?? env['no_proxy'],
    }),
    ...defined({
      model: read('model'),
      listen: readListen(flags, env, file),
      adminToken: secret('daemon.admin_token'),
      metricsToken: secret('daemon.metrics_token'),
      slackSecret: secret('slack.signing_secret'),
    }),
    budget: defined({ session: limit('budget.session_usd'), day: limit('budget.day_usd') }),
    database: defined({ url: readDatabaseUrl(flags, env, file), bin: read('database.bin') }),
    behindTlsProxy: flags.behindTlsProxy ?? booleanOf(read('daemon.behind_tls_proxy') ?? 'no'),
    allowedHosts: listOf(read('daemon.allowed_hosts') ?? ''),
    allowedOrigins: listOf(read('daemon.allowed_origins') ?? ''),
    idleMinutes: number('daemon.idle_minutes'),
    limits: {
      requestsPerMinute: number('limits.requests_per_minute'),
      streams: number('limits.streams'),
    },
    logLevel: read('daemon.log_level') as Config['logLevel'],
    time: {
      leaseMs: number('time.lease_ms'),
      sweepMs: number('time.sweep_ms'),
      heartbeatMs: number('time.heartbeat_ms'),
      stalledMs: number('time.stalled_ms'),
      drainMs: number('time.drain_ms'),
      databasePatienceMs: number('time.database_patience_ms'),
      connectTimeoutMs: number('time.connect_timeout_ms'),
      catalogueTimeoutMs: number('time.catalogue_timeout_ms'),
      firstTokenTimeoutMs: number('time.first_token_timeout_ms'),
      tokenIdleTimeoutMs: number('time.token_idle_timeout_ms'),
      totalTimeoutMs: number('time.total_timeout_ms'),
    },
  })
}

type Defined<Fields> = { [Key in keyof Fields]?: NonNullable<Fields[Key]> }

/** Leaves out what is undefined, as exactOptionalPropertyTypes wants it. */
function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<Fields>
}
