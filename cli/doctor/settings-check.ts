import { parseTarget } from '../../shared/client/transport.js'
import { ProblemError } from '../../shared/contract/problem.js'
import {
  readSetting,
  type SettingKey,
  type SettingValue,
  settingKeys,
  settings,
} from '../../shared/settings.js'
import { checkDaemonSettings, nameOf, refusalOf } from '../../shared/settings-check.js'
import type { ClientConfig } from '../config.js'
import { combined, type Finding, fail, ok, warn } from './check.js'
import { strayKeys } from './stray-keys.js'

/** What people set in two places and then wonder about. */
const oftenSetTwice: readonly SettingKey[] = ['gateway.url', 'gateway.key', 'model']

/** Which settings come from where, and what is wrong with them. */
export function settingsFinding(config: Pick<ClientConfig, 'env' | 'file'>): Finding {
  return combined([
    ...refusals(config),
    ...strayKeys(config.file),
    ...oftenSetTwice.flatMap((key) => overridden(key, config)),
    ok(sourcesOf(config)),
  ])
}

function refusals({ env, file }: Pick<ClientConfig, 'env' | 'file'>): Finding[] {
  const found = settingKeys.flatMap((key) => {
    const setting = readSetting(key, env, file)
    const refusal = setting && refusalIn(key, setting.value)
    if (!refusal) return []
    return [fail(`${nameOf(key, setting)}: ${refusal.why}`, refusal.hint ?? wayBack(key, setting))]
  })
  return found.length > 0 ? found : together(env, file)
}

function refusalIn(key: SettingKey, value: string): { why: string; hint?: string } | undefined {
  return key === 'url' ? addressRefusal(value) : refusalOf(key, value)
}

/** Why an address of a remote daemon is none. */
export function addressRefusal(address: string): { why: string; hint?: string } | undefined {
  return problemOf(() => parseTarget(address))
}

/** Each is good, but not with the others. */
function together(...settingsAtHand: Parameters<typeof checkDaemonSettings>): Finding[] {
  const problem = problemOf(() => checkDaemonSettings(...settingsAtHand))
  return problem === undefined ? [] : [fail(problem.why, problem.hint ?? 'Change one of them.')]
}

function problemOf(check: () => unknown): { why: string; hint?: string } | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const { message, hint } = error
    return { why: message, ...(hint !== undefined && { hint }) }
  }
}

function wayBack(key: SettingKey, { source }: SettingValue): string {
  return source === 'environment' ? `unset ${settings[key].env}` : `c2a config unset ${key}`
}

function overridden(key: SettingKey, { env, file }: Pick<ClientConfig, 'env' | 'file'>): Finding[] {
  const kept = readSetting(key, {}, file)
  const used = readSetting(key, env, file)
  if (kept?.source !== 'config.json' || used?.source !== 'environment') return []
  if (kept.value === used.value) return []
  const variable = settings[key].env
  const isSecret = settings[key].secret
  const values = isSecret ? ['', ''] : [` (${used.value})`, ` (${kept.value})`]
  return [
    warn(
      `${variable}${values[0]} in the environment wins over ${key} in config.json${values[1]}`,
      `Keep one of them: unset ${variable}, or c2a config unset ${key}`,
    ),
  ]
}

function sourcesOf({ env, file }: Pick<ClientConfig, 'env' | 'file'>): string {
  const from = (source: SettingValue['source']): SettingKey[] =>
    settingKeys.filter((key) => readSetting(key, env, file)?.source === source)
  const kept = from('config.json')
  const variables = from('environment').map((key) => settings[key].env)
  const parts = [
    ...(kept.length > 0 ? [`from config.json: ${kept.join(', ')}`] : []),
    ...(variables.length > 0 ? [`from the environment: ${variables.join(', ')}`] : []),
  ]
  return parts.length === 0 ? 'all at their defaults' : parts.join('; ')
}
