import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseTarget } from '../../shared/client/transport.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { type SettingKey, settingKeys, settings } from '../../shared/settings.js'
import { nearest } from '../input/nearest.js'

/** What config.json may hold for a key. */
export type ConfigValue = string | number | boolean | readonly string[]

/** Throws ProblemError `invalid_request` with the nearest key. */
export function settingKeyOf(word: string): SettingKey {
  const known = settingKeys.find((key) => key === word)
  if (known !== undefined) return known
  const byVariable = settingKeys.find((key) => settings[key].env === word)
  const close = byVariable ?? nearest(word, settingKeys)
  throw new ProblemError('invalid_request', `there is no setting "${word}"`, {
    hint: close === undefined ? 'c2a config list shows them all.' : `Did you mean ${close}?`,
  })
}

const yes = ['1', 'true', 'yes', 'on']
const no = ['0', 'false', 'no', 'off']
const levels = ['debug', 'info', 'warn', 'error']
/** Settings that may be zero: "never", "not at all". */
const zeroAllowed: readonly SettingKey[] = ['daemon.idle_minutes', 'time.drain_ms']

/**
 * A value as config.json keeps it. What the daemon would refuse at its start is refused here. Throws
 * ProblemError `invalid_request`, without the value of a secret.
 */
export function parseConfigValue(key: SettingKey, text: string): ConfigValue {
  const value = text.trim()
  if (value === '') throw wrong(key, 'must not be empty', `To remove it: c2a config unset ${key}`)
  const check = checks[key]
  if (check !== undefined) return check(value, key)
  switch (settings[key].kind) {
    case 'number':
      return numberOf(value, key)
    case 'boolean':
      return booleanOf(value, key)
    case 'list':
      return listOf(value)
    default:
      return value
  }
}

const checks: Partial<Record<SettingKey, (value: string, key: SettingKey) => ConfigValue>> = {
  'gateway.url': (value, key) => {
    if (!hasProtocol(value, ['http:', 'https:'])) {
      throw wrong(key, `"${value}" is not an http(s) URL`, 'For example http://127.0.0.1:4000')
    }
    return value.replace(/\/+$/, '')
  },
  url: (value) => {
    parseTarget(value)
    return value
  },
  'database.url': (value, key) => {
    if (!hasProtocol(value, ['postgres:', 'postgresql:'])) {
      throw wrong(key, 'not a Postgres URL', 'postgresql://USER:PASSWORD@HOST:5432/DATABASE')
    }
    return value
  },
  'database.bin': (value, key) => {
    // The daemon runs in another directory than this shell.
    const path = resolve(value)
    if (!existsSync(path)) throw wrong(key, `there is no directory ${path}`)
    return path
  },
  'daemon.listen': (value, key) => {
    const port = /^(?:(?:\[[0-9a-f:.]+\]|[^:\s]+)?:)?(\d{1,5})$/i.exec(value)?.[1]
    if (port === undefined || Number(port) > 65_535) {
      throw wrong(key, `"${value}" is not [HOST:]PORT`, 'For example 3001 or 0.0.0.0:3001')
    }
    return value
  },
  'daemon.log_level': (value, key) => {
    if (!levels.includes(value)) throw wrong(key, `"${value}" is none of ${levels.join(', ')}`)
    return value
  },
  model: (value, key) => {
    if (value.length > 200 || /[,\p{Cc}]/u.test(value)) {
      throw wrong(key, 'a model has at most 200 characters, no comma and no control characters')
    }
    return value
  },
}

function numberOf(value: string, key: SettingKey): number {
  const number = Number(value)
  const least = zeroAllowed.includes(key) ? 0 : 1
  const whole = key !== 'daemon.idle_minutes'
  if (!Number.isFinite(number) || number < least || (whole && !Number.isInteger(number))) {
    const what = whole ? 'a whole number' : 'a number'
    throw wrong(key, `"${value}" is not ${what} from ${least} up`)
  }
  return number
}

function booleanOf(value: string, key: SettingKey): boolean {
  const word = value.toLowerCase()
  if (yes.includes(word)) return true
  if (no.includes(word)) return false
  throw wrong(key, `"${value}" is neither true nor false`)
}

function listOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function hasProtocol(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol)
}

function wrong(key: SettingKey, why: string, hint: string = settings[key].summary): ProblemError {
  return new ProblemError('invalid_request', `${key}: ${why}`, { hint })
}
