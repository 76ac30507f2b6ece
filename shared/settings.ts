/**
 * Every setting, once: its key in config.json, its environment variable, and what it is. Both sides
 * read it; `c2a config` and docs/configuration.md come from it; settings-check.ts says what values may
 * be. No imports: `c2a ask` loads it.
 */

export interface Setting {
  readonly env: string
  /** `text` unless said otherwise; `list` is comma-separated. */
  readonly kind?: 'number' | 'milliseconds' | 'boolean' | 'list'
  /** Of a number; 100 unless said otherwise. */
  readonly least?: number
  readonly default?: string
  /** Read from stdin, never from arguments, and never printed. */
  readonly secret?: true
  /** Read by clients only: a change does not renew the daemon. */
  readonly client?: true
  readonly summary: string
}

const table = {
  'gateway.url': {
    env: 'LITELLM_ENDPOINT',
    summary:
      'Base URL of LiteLLM or any OpenAI-compatible server; unset: LiteLLM at 127.0.0.1:4000, then :4141',
  },
  'gateway.own': {
    env: 'C2A_GATEWAY_OWN',
    kind: 'boolean',
    default: 'false',
    summary:
      'Where gateway.url is on this machine, only a process of your user or root is asked (docs/gateway.md)',
  },
  'gateway.key': {
    env: 'LITELLM_API_KEY',
    secret: true,
    summary: 'The key for it; stays in the daemon',
  },
  model: {
    env: 'C2A_MODEL',
    summary: "The model when nobody names one; unset: the first of the gateway's list",
  },
  'budget.session_usd': {
    env: 'C2A_BUDGET_SESSION_USD',
    kind: 'number',
    least: 0,
    summary:
      'What a session may cost, US dollars; then nothing more is sent in it. Unset: no limit',
  },
  'budget.day_usd': {
    env: 'C2A_BUDGET_DAY_USD',
    kind: 'number',
    least: 0,
    summary: 'What all sessions may cost in a day (UTC), US dollars. Unset: no limit',
  },
  'database.url': {
    env: 'C2A_DATABASE_URL',
    secret: true,
    summary: 'A Postgres server (15 to 18); unset: the daemon manages its own',
  },
  'database.bin': {
    env: 'C2A_PG_BIN',
    summary: 'Directory with the Postgres binaries for the managed database',
  },
  'daemon.listen': {
    env: 'C2A_LISTEN',
    summary: '[HOST:]PORT to serve TCP on, beside the unix socket; unset: no TCP',
  },
  'daemon.behind_tls_proxy': {
    env: 'C2A_BEHIND_TLS_PROXY',
    kind: 'boolean',
    summary: 'A proxy in front does TLS: allows listening on a non-loopback address',
  },
  'daemon.allowed_hosts': {
    env: 'C2A_ALLOWED_HOSTS',
    kind: 'list',
    summary: 'Host names that TCP requests may be addressed to, beside the loopback ones',
  },
  'daemon.allowed_origins': {
    env: 'ALLOWED_ORIGINS',
    kind: 'list',
    summary: 'Origins of web clients that browsers may call from',
  },
  'daemon.admin_token': {
    env: 'C2A_ADMIN_TOKEN',
    secret: true,
    summary: 'A token of your own for the user local, the same on every replica',
  },
  'daemon.metrics_token': {
    env: 'C2A_METRICS_TOKEN',
    secret: true,
    summary: 'A token that opens GET /metrics and nothing else, for Prometheus',
  },
  'slack.signing_secret': {
    env: 'SLACK_SIGNING_SECRET',
    secret: true,
    summary: 'The signing secret of your Slack app: answers its slash commands; docs/slack.md',
  },
  'daemon.idle_minutes': {
    env: 'C2A_IDLE_MINUTES',
    kind: 'number',
    least: 0,
    default: '30',
    summary: 'The personal daemon stops after so long without clients or turns; 0 = never',
  },
  'limits.requests_per_minute': {
    env: 'C2A_LIMIT_REQUESTS_PER_MINUTE',
    kind: 'number',
    least: 1,
    default: '600',
    summary: 'Requests a minute that one made token may send to a daemon; local has no limits',
  },
  'limits.streams': {
    env: 'C2A_LIMIT_STREAMS',
    kind: 'number',
    least: 1,
    default: '64',
    summary: 'Streams that one made token may have open at a daemon',
  },
  'daemon.log_level': {
    env: 'C2A_LOG_LEVEL',
    default: 'info',
    summary: 'debug, info, warn or error',
  },
  'time.lease_ms': {
    env: 'C2A_LEASE_MS',
    kind: 'milliseconds',
    least: 1_000,
    default: '15000',
    summary: 'How long a daemon that died keeps its turns; more than twice time.sweep_ms',
  },
  'time.sweep_ms': {
    env: 'C2A_SWEEP_MS',
    kind: 'milliseconds',
    default: '5000',
    summary: 'How often leases are renewed and judged',
  },
  'time.heartbeat_ms': {
    env: 'C2A_HEARTBEAT_MS',
    kind: 'milliseconds',
    default: '15000',
    summary: 'How often a stream says that it is alive',
  },
  'time.stalled_ms': {
    env: 'C2A_STALLED_MS',
    kind: 'milliseconds',
    default: '30000',
    summary: 'How long a reader of a stream may take nothing before it is dropped; it can resume',
  },
  'time.drain_ms': {
    env: 'C2A_DRAIN_MS',
    kind: 'milliseconds',
    least: 0,
    default: '10000',
    summary: 'How long a stopping daemon lets turns finish',
  },
  'time.database_patience_ms': {
    env: 'C2A_DATABASE_PATIENCE_MS',
    kind: 'milliseconds',
    default: '60000',
    summary: 'How long turns wait for a database that is away',
  },
  'time.connect_timeout_ms': {
    env: 'C2A_CONNECT_TIMEOUT_MS',
    kind: 'milliseconds',
    default: '5000',
    summary: 'To connect to the gateway',
  },
  'time.catalogue_timeout_ms': {
    env: 'C2A_CATALOGUE_TIMEOUT_MS',
    kind: 'milliseconds',
    default: '10000',
    summary: "For the gateway's list of models",
  },
  'time.first_token_timeout_ms': {
    env: 'C2A_FIRST_TOKEN_TIMEOUT_MS',
    kind: 'milliseconds',
    default: '300000',
    summary: 'Until an answer begins',
  },
  'time.token_idle_timeout_ms': {
    env: 'C2A_TOKEN_IDLE_TIMEOUT_MS',
    kind: 'milliseconds',
    default: '150000',
    summary: 'Between two pieces of an answer',
  },
  'time.total_timeout_ms': {
    env: 'C2A_TOTAL_TIMEOUT_MS',
    kind: 'milliseconds',
    default: '1800000',
    summary: 'For a whole answer',
  },
  url: {
    env: 'C2A_URL',
    client: true,
    summary: 'A remote daemon: http(s)://host:port, or unix:/path; unset: your own',
  },
  token: { env: 'C2A_TOKEN', secret: true, client: true, summary: 'The token for it' },
  'tui.theme': {
    env: 'C2A_THEME',
    client: true,
    default: 'auto',
    summary: 'Colours for a dark or a light terminal: dark, light, or auto to ask the terminal',
  },
  'tui.plain': {
    env: 'C2A_PLAIN',
    kind: 'boolean',
    client: true,
    default: 'false',
    summary: 'The chat a line at a time, append only: for screen readers and dumb terminals',
  },
  'tui.ascii': {
    env: 'C2A_ASCII',
    kind: 'boolean',
    client: true,
    default: 'false',
    summary: 'Borders and marks of ASCII characters only',
  },
  'tui.mouse': {
    env: 'C2A_MOUSE',
    kind: 'boolean',
    client: true,
    default: 'true',
    summary: 'The wheel scrolls; the terminal selects text while Shift is held',
  },
} as const satisfies Record<string, Setting>

export type SettingKey = keyof typeof table

export const settings: Readonly<Record<SettingKey, Setting>> = table

export const settingKeys = Object.keys(table) as SettingKey[]

export type Environment = Readonly<Record<string, string | undefined>>

export interface SettingValue {
  value: string
  source: 'environment' | 'config.json' | 'default'
}

/** config.json as nested objects: `gateway.url` is `{"gateway": {"url": ...}}`. */
export type ConfigFile = { readonly [key: string]: unknown }

function fromFile(file: ConfigFile, key: string): string | undefined {
  let node: unknown = file
  for (const part of key.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, part)) return undefined
    node = Reflect.get(node, part)
  }
  if (Array.isArray(node)) return node.join(',')
  return node === undefined || node === null || typeof node === 'object' ? undefined : String(node)
}

/** Environment over config.json over defaults. An empty variable counts as unset. */
export function readSetting(
  key: SettingKey,
  env: Environment,
  file: ConfigFile,
): SettingValue | undefined {
  const setting = settings[key]
  const fromEnv = env[setting.env]
  if (fromEnv) return { value: fromEnv, source: 'environment' }
  const kept = fromFile(file, key)
  if (kept) return { value: kept, source: 'config.json' }
  return setting.default === undefined ? undefined : { value: setting.default, source: 'default' }
}
