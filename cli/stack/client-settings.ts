import { type ConfigFile, readSetting, type SettingKey } from '../../shared/settings.js'
import { type ClientConfig, loadClientConfig } from '../config.js'
import { withoutValue, withValue, writeConfigFile } from '../settings/file.js'
import { type Memory, recall, remember } from './memory.js'
import { type Place, stateOf } from './place.js'

/**
 * Sets these in config.json, and remembers what stood there. What an earlier `up` set and this one does
 * not is put back.
 */
export function lendSettings(
  place: Place,
  config: ClientConfig,
  values: Partial<Record<SettingKey, string>>,
): void {
  const { home, file } = loadClientConfig(config.env)
  const wrote = { ...recall(place).wrote }
  let next = file
  for (const key of Object.keys(wrote) as SettingKey[]) {
    if (values[key] !== undefined) continue
    next = putBack(next, key, wrote[key])
    delete wrote[key]
  }
  for (const [key, value] of Object.entries(values) as [SettingKey, string][]) {
    const now = readSetting(key, {}, file)
    const stands = now?.source === 'config.json' ? now.value : null
    // Ours of an earlier time is nobody's wish.
    const before = wrote[key]?.value === stands ? wrote[key]?.before : stands
    wrote[key] = { value, before: before ?? null }
    next = withValue(next, key, value)
  }
  // First what leads back.
  remember(place, { wrote })
  writeConfigFile(home.config, next)
}

/** Puts back what stood before, but where somebody has set another value since. */
export function takeBackSettings(place: Place, config: ClientConfig): void {
  const { wrote = {} } = recall(place)
  if (Object.keys(wrote).length === 0) return
  const { home, file } = loadClientConfig(config.env)
  let next = file
  for (const key of Object.keys(wrote) as SettingKey[]) next = putBack(next, key, wrote[key])
  writeConfigFile(home.config, next)
  remember(place, { wrote: {} })
}

/** Somebody has set it himself: `down` leaves it as it is. */
export function keepSetting(home: ClientConfig['home'], key: SettingKey): void {
  const place = { state: stateOf(home) }
  const { wrote = {} } = recall(place)
  if (wrote[key] === undefined) return
  const { [key]: _his, ...left } = wrote
  remember(place, { wrote: left })
}

type Lent = NonNullable<Memory['wrote']>[string]

/** What somebody has set since stays. */
function putBack(file: ConfigFile, key: SettingKey, lent: Lent | undefined): ConfigFile {
  if (lent === undefined || readSetting(key, {}, file)?.value !== lent.value) return file
  return lent.before === null ? withoutValue(file, key) : withValue(file, key, lent.before)
}
