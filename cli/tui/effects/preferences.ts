import type { SettingKey } from '../../../shared/settings.js'
import { type ClientConfig, loadClientConfig } from '../../config.js'
import { withValue, writeConfigFile } from '../../settings/file.js'
import type { ConfigValue } from '../../settings/values.js'

/** Keeps what was chosen here for the next time, beside what else config.json holds by now. */
export function keepSetting(config: ClientConfig, key: SettingKey, value: ConfigValue): void {
  const { file } = loadClientConfig(config.env)
  writeConfigFile(config.home.config, withValue(file, key, value))
}
