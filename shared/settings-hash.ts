import {
  type ConfigFile,
  type Environment,
  readSetting,
  settingKeys,
  settings,
} from './settings.js'

/** What else changes how the daemon reaches the gateway. */
const proxyVariables = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
]

/**
 * Names the settings that a client sees, so that a personal daemon with others is renewed. Not a
 * cryptographic hash: it goes only to the user's own daemon, and `ask` cannot afford node:crypto.
 */
export function settingsHash(env: Environment, file: ConfigFile): string {
  const seen = settingKeys
    .filter((key) => settings[key].client === undefined)
    .map((key) => readSetting(key, env, file)?.value)
  return hash(JSON.stringify([seen, proxyVariables.map((name) => env[name])]))
}

/** cyrb53: 53 bits, well mixed. */
function hash(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(16)
}
