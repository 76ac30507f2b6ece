import { resolve } from 'node:path'
import { parseTarget } from '../../shared/client/transport.js'
import { ProblemError } from '../../shared/contract/problem.js'
import { nearest } from '../../shared/nearest.js'
import { type SettingKey, settingKeys, settings } from '../../shared/settings.js'
import { booleanOf, listOf, refusalOf, refused } from '../../shared/settings-check.js'

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

/**
 * A value as config.json keeps it. What the daemon would refuse at its start is refused here. Throws
 * ProblemError `invalid_request`, without the value of a secret.
 */
export function parseConfigValue(key: SettingKey, text: string): ConfigValue {
  const value = text.trim()
  const { summary } = settings[key]
  if (value === '') {
    throw refused(key, { why: 'must not be empty', hint: `To remove it: c2a config unset ${key}` })
  }
  if (key === 'url') parseTarget(value)
  // The daemon runs in another directory than this shell.
  const kept = key === 'database.bin' ? resolve(value) : value
  const refusal = refusalOf(key, kept)
  if (refusal !== undefined) throw refused(key, refusal, summary)
  if (key === 'gateway.url') return kept.replace(/\/+$/, '')
  return typed(key, kept)
}

function typed(key: SettingKey, value: string): ConfigValue {
  switch (settings[key].kind) {
    case 'number':
    case 'milliseconds':
      return Number(value)
    case 'boolean':
      return booleanOf(value)
    case 'list':
      return listOf(value)
    default:
      return value
  }
}
