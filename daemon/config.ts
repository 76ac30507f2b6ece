import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ProblemError } from '../shared/contract/problem.js'
import { type Home, homeOf } from '../shared/home.js'
import {
  type ConfigFile,
  type Environment,
  readSetting,
  type SettingKey,
  type SettingValue,
  settings,
  settingsHash,
} from '../shared/settings.js'
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
  gateway: { url?: string; key?: Secret }
  proxy: { httpsProxy?: string; httpProxy?: string; noProxy?: string }
  model?: string
  database: { url?: Secret; bin?: string }
  listen?: { host: string; port: number } | undefined
  behindTlsProxy: boolean
  allowedHosts: string[]
  allowedOrigins: string[]
  adminToken?: Secret
  idleMinutes: number
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  time: {
    leaseMs: number
    sweepMs: number
    heartbeatMs: number
    drainMs: number
    databasePatienceMs: number
    connectTimeoutMs: number
    catalogueTimeoutMs: number
    firstTokenTimeoutMs: number
    tokenIdleTimeoutMs: number
    totalTimeoutMs: number
  }
}

const number = z.coerce.number().min(0)
/** Node takes a longer timer for one of 1 ms. */
const milliseconds = z.coerce.number().int().min(1).max(2_147_483_647)
const drainMilliseconds = milliseconds.min(0)
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)
const boolean = z.enum(['1', 'true', 'yes', '0', 'false', 'no'])
const url = z.url({ protocol: /^https?$/ })
const level = z.enum(['debug', 'info', 'warn', 'error'])

/** `[HOST:]PORT`; loopback and 3001 where a part is left out. */
function parseListen(text: string): { host: string; port: number } | undefined {
  const parts = /^(?:(\[[0-9a-f:.]+\]|[^:\s]+)?:)?(\d{1,5})?$/i.exec(text)
  const port = Number(parts?.[2] ?? 3001)
  if (parts === null || text === '' || port > 65_535) return undefined
  return { host: (parts[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port }
}

function readConfigFile(path: string): ConfigFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return {}
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

/** Where a setting comes from, in the user's words. */
function nameOf(key: SettingKey, { source }: SettingValue): string {
  return source === 'environment' ? settings[key].env : `${key} in config.json`
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
  throw new ProblemError('invalid_request', `${where}: not [HOST:]PORT: "${text}"`)
}

/**
 * Flags over environment over config.json over defaults, parsed once. Throws ProblemError
 * `invalid_request` that names the variable.
 */
export function loadConfig(flags: Flags, env: Environment): Config {
  const home = homeOf(env)
  const file = readConfigFile(home.config)
  const read = <Value>(key: SettingKey, schema: z.ZodType<Value>): Value | undefined => {
    const raw = readSetting(key, env, file)
    if (raw === undefined) return undefined
    const parsed = schema.safeParse(raw.value)
    if (parsed.success) return parsed.data
    const where = nameOf(key, raw)
    // A secret's value must not end up in the message.
    const shown = settings[key].secret ? '' : ` "${raw.value}"`
    const why = parsed.error.issues[0]?.message ?? 'not valid'
    throw new ProblemError('invalid_request', `${where}${shown}: ${why} (${settings[key].summary})`)
  }
  const need = <Value>(key: SettingKey, schema: z.ZodType<Value>): Value => {
    const value = read(key, schema)
    if (value === undefined) throw new Error(`${key} has no default`)
    return value
  }
  const secret = (key: SettingKey): Secret | undefined => {
    const text = read(key, z.string())
    return text === undefined ? undefined : new Secret(text)
  }
  const plain = flags.personal ? {} : env
  const databaseUrl =
    secret('database.url') ??
    (plain['DATABASE_URL'] ? new Secret(plain['DATABASE_URL']) : undefined)
  const yes = ['1', 'true', 'yes']
  const ms = (key: SettingKey): number => need(key, milliseconds)

  return Object.freeze({
    home,
    personal: flags.personal,
    settingsHash: settingsHash(env, file),
    gateway: defined({ url: read('gateway.url', url), key: secret('gateway.key') }),
    proxy: defined({
      httpsProxy: env['HTTPS_PROXY'] ?? env['https_proxy'],
      httpProxy: env['HTTP_PROXY'] ?? env['http_proxy'],
      noProxy: env['NO_PROXY'] ?? env['no_proxy'],
    }),
    ...defined({
      model: read('model', z.string()),
      listen: readListen(flags, env, file),
      adminToken: secret('daemon.admin_token'),
    }),
    database: defined({ url: databaseUrl, bin: read('database.bin', z.string()) }),
    behindTlsProxy:
      flags.behindTlsProxy ?? yes.includes(read('daemon.behind_tls_proxy', boolean) ?? 'no'),
    allowedHosts: read('daemon.allowed_hosts', list) ?? [],
    allowedOrigins: read('daemon.allowed_origins', list) ?? [],
    idleMinutes: need('daemon.idle_minutes', number),
    logLevel: need('daemon.log_level', level),
    time: {
      leaseMs: ms('time.lease_ms'),
      sweepMs: ms('time.sweep_ms'),
      heartbeatMs: ms('time.heartbeat_ms'),
      drainMs: need('time.drain_ms', drainMilliseconds),
      databasePatienceMs: ms('time.database_patience_ms'),
      connectTimeoutMs: ms('time.connect_timeout_ms'),
      catalogueTimeoutMs: ms('time.catalogue_timeout_ms'),
      firstTokenTimeoutMs: ms('time.first_token_timeout_ms'),
      tokenIdleTimeoutMs: ms('time.token_idle_timeout_ms'),
      totalTimeoutMs: ms('time.total_timeout_ms'),
    },
  })
}

type Defined<Fields> = { [Key in keyof Fields]?: NonNullable<Fields[Key]> }

/** Leaves out what is undefined, as exactOptionalPropertyTypes wants it. */
function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<Fields>
}
