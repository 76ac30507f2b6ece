import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { ProblemError } from './contract/problem.js'
import {
  type ConfigFile,
  type Environment,
  readSetting,
  type SettingKey,
  type SettingValue,
  settingKeys,
  settings,
} from './settings.js'

/*
 * What settings may be, for all who ask: the daemon at its start, `c2a config set`, and a client
 * before it ends a daemon that works. Without zod: `c2a ask` loads it.
 */

export interface Refusal {
  /** With the value, unless it is a secret. */
  readonly why: string
  readonly hint?: string
}

const yes = ['1', 'true', 'yes', 'on']
const no = ['0', 'false', 'no', 'off']
const themes = ['auto', 'dark', 'light']
const levels = ['debug', 'info', 'warn', 'error']
/** Node takes a longer timer for one of 1 ms. */
const longestMs = 2_147_483_647

/** What is wrong with the text of a setting; undefined where nothing is. */
export function refusalOf(key: SettingKey, text: string): Refusal | undefined {
  const check = checks[key]
  if (check !== undefined) return check(text)
  const { kind, least = 100 } = settings[key]
  if (kind === 'number') return numberRefusal(text, 'a number', least)
  if (kind === 'milliseconds') return numberRefusal(text, 'a whole number', least, longestMs)
  if (kind !== 'boolean' || [...yes, ...no].includes(text.toLowerCase())) return undefined
  return { why: `"${text}" is neither true nor false` }
}

const checks: Partial<Record<SettingKey, (text: string) => Refusal | undefined>> = {
  'gateway.url': (text) => {
    // Before anything that would repeat it.
    if (/^[^/?#]*\/\/[^/?#]*@/.test(text)) {
      return { why: 'a URL with a password in it', hint: 'The key goes into gateway.key.' }
    }
    if (/^https?:\/\//i.test(text) && URL.canParse(text)) return undefined
    return { why: `"${text}" is not an http(s) URL`, hint: 'For example http://127.0.0.1:4000' }
  },
  'database.url': (text) => {
    // As the driver does it: a socket is named without a host, as in postgresql://user@/chats?host=/run.
    const url = text.replace('@/', '@host/')
    if (/^postgres(ql)?:\/\//i.test(text) && URL.canParse(url)) return undefined
    return { why: 'not a Postgres URL', hint: 'postgresql://USER:PASSWORD@HOST:5432/DATABASE' }
  },
  'database.bin': (text) => {
    if (!isAbsolute(text)) return { why: `"${text}" is not an absolute path` }
    return existsSync(text) ? undefined : { why: `there is no directory ${text}` }
  },
  'daemon.listen': (text) =>
    parseListen(text)
      ? undefined
      : { why: `"${text}" is not [HOST:]PORT`, hint: 'For example 3001 or 127.0.0.1:3001' },
  'daemon.log_level': (text) =>
    levels.includes(text) ? undefined : { why: `"${text}" is none of ${levels.join(', ')}` },
  'tui.theme': (text) =>
    themes.includes(text) ? undefined : { why: `"${text}" is none of ${themes.join(', ')}` },
  model: (text) =>
    text.length <= 200 && !/[,\p{Cc}]/u.test(text)
      ? undefined
      : { why: 'a model has at most 200 characters, no comma and no control characters' },
}

function numberRefusal(
  text: string,
  what: string,
  least: number,
  most?: number,
): Refusal | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const fits = most === undefined ? Number.isFinite(value) : Number.isInteger(value)
  if (!fits || value < least) return { why: `"${text}" is not ${what} from ${least} up` }
  return most !== undefined && value > most ? { why: `"${text}" is more than ${most}` } : undefined
}

/** Of a text that `refusalOf` takes. */
export function booleanOf(text: string): boolean {
  return yes.includes(text.toLowerCase())
}

export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** `[HOST:]PORT`; loopback and 3001 where a part is left out. */
export function parseListen(text: string): { host: string; port: number } | undefined {
  const parts = /^(?:(\[[0-9a-f:.]+\]|[^:\s]+)?:)?(\d{1,5})?$/i.exec(text)
  const port = Number(parts?.[2] ?? 3001)
  if (parts === null || text === '' || port > 65_535) return undefined
  return { host: (parts[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port }
}

/** Why an address is refused; undefined for loopback, and where a proxy in front does TLS. */
export function openAddressRefusal(host: string, behindTlsProxy: boolean): Refusal | undefined {
  const loopback =
    host.toLowerCase() === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
  if (loopback || behindTlsProxy) return undefined
  return {
    why: `refusing to listen on ${host} without TLS`,
    hint: 'Put a TLS proxy in front and say --behind-tls-proxy (C2A_BEHIND_TLS_PROXY=1), or listen on 127.0.0.1.',
  }
}

/** Where a setting comes from, in the user's words. */
export function nameOf(key: SettingKey, { source }: SettingValue): string {
  return source === 'environment' ? settings[key].env : `${key} in config.json`
}

export function refused(where: string, { why, hint }: Refusal, summary?: string): ProblemError {
  const advice = hint ?? summary
  return new ProblemError('invalid_request', `${where}: ${why}`, {
    ...(advice !== undefined && { hint: advice }),
  })
}

/** Looks at every setting of the daemon. Throws ProblemError `invalid_request` that names the variable. */
export function checkValues(env: Environment, file: ConfigFile): void {
  for (const key of settingKeys) {
    const setting = settings[key].client ? undefined : readSetting(key, env, file)
    const refusal = setting && refusalOf(key, setting.value)
    if (refusal) throw refused(nameOf(key, setting), refusal, settings[key].summary)
  }
  checkLease(env, file)
}

/** The same, and what the daemon would refuse when it listens: all that can be known before its start. */
export function checkDaemonSettings(env: Environment, file: ConfigFile): void {
  checkValues(env, file)
  const listen = readSetting('daemon.listen', env, file)
  const host = listen && parseListen(listen.value)?.host
  if (listen === undefined || host === undefined) return
  const behindTlsProxy = readSetting('daemon.behind_tls_proxy', env, file)?.value ?? 'no'
  const refusal = openAddressRefusal(host, booleanOf(behindTlsProxy))
  if (refusal) throw refused(nameOf('daemon.listen', listen), refusal)
}

/** A lease that ends between two renewals would end turns that are well. */
function checkLease(env: Environment, file: ConfigFile): void {
  const lease = readSetting('time.lease_ms', env, file)
  const sweep = readSetting('time.sweep_ms', env, file)
  if (lease === undefined || sweep === undefined) return
  if (Number(lease.value) > 2 * Number(sweep.value)) return
  const [key, setting] =
    lease.source === 'default'
      ? (['time.sweep_ms', sweep] as const)
      : (['time.lease_ms', lease] as const)
  const why = `the lease must be more than twice the sweep, not ${lease.value} ms with a sweep of ${sweep.value} ms`
  throw refused(nameOf(key, setting), {
    why,
    hint: 'Set time.lease_ms and time.sweep_ms together.',
  })
}
