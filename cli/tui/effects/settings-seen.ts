import { settingsHash } from '../../../shared/settings-hash.js'
import { type ClientConfig, loadClientConfig } from '../../config.js'

/** The configuration that the daemon was last asked for with. */
export interface SettingsSeen {
  readonly config: ClientConfig
  /**
   * Reads it again; true when a setting of the daemon has changed since, e.g. by `c2a config set` in
   * another window. A file that cannot be read changes nothing.
   */
  look(): boolean
}

export function createSettingsSeen(first: ClientConfig): SettingsSeen {
  let config = first
  return {
    get config() {
      return config
    },
    look() {
      try {
        const now = loadClientConfig(config.env)
        if (hashOf(now) === hashOf(config)) return false
        config = now
        return true
      } catch {
        return false
      }
    },
  }
}

function hashOf({ env, file }: ClientConfig): string {
  return settingsHash(env, file)
}
