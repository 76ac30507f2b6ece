import { nearest } from '../../shared/nearest.js'
import { type ConfigFile, type SettingKey, settingKeys, settings } from '../../shared/settings.js'
import { type Finding, warn } from './check.js'

/** What config.json holds and nobody reads: a mistyped key, or a right one in the wrong shape. */
export function strayKeys(file: ConfigFile): Finding[] {
  return Object.entries(file).flatMap(([name, value]) => straysIn(name, value))
}

function straysIn(name: string, value: unknown): Finding[] {
  const key = settingKeys.find((one) => one === name)
  // With a dot it is another thing: sections are objects in the file.
  if (name.includes('.')) return [misplaced(name, key)]
  if (key !== undefined) return isValue(value) ? [] : [shapeless(key)]
  const section = settingKeys.filter((one) => one.startsWith(`${name}.`))
  if (section.length === 0) return [unknown(name)]
  if (isValue(value) || value === null || typeof value !== 'object') {
    const [first = ''] = section
    const what = `"${name}" in config.json must be an object; its value is not read`
    return [warn(what, `Set its parts, for example: c2a config set ${first} VALUE`)]
  }
  return Object.entries(value).flatMap(([part, inner]) => {
    const whole = section.find((one) => one === `${name}.${part}`)
    if (whole === undefined) return [unknown(`${name}.${part}`)]
    return isValue(inner) ? [] : [shapeless(whole)]
  })
}

function isValue(value: unknown): boolean {
  return Array.isArray(value) || (value !== null && typeof value !== 'object')
}

function unknown(name: string): Finding {
  const close = nearest(name, settingKeys) ?? settingKeys.find((key) => key.endsWith(`.${name}`))
  const fix = close === undefined ? 'See all there are: c2a config list' : `Did you mean ${close}?`
  return warn(`config.json has "${name}", which is no setting`, fix)
}

function misplaced(name: string, key: SettingKey | undefined): Finding {
  if (key === undefined) return unknown(name)
  const [section, part] = name.split('.')
  const fix = `Write it as {"${section}": {"${part}": ...}}, or: ${settingCommand(key)}`
  return warn(`config.json has "${name}" in one word, which is not read`, fix)
}

function shapeless(key: SettingKey): Finding {
  return warn(`${key} in config.json is not a value, and is not read`, settingCommand(key))
}

function settingCommand(key: SettingKey): string {
  return `c2a config set ${key}${settings[key].secret ? '' : ' VALUE'}`
}
