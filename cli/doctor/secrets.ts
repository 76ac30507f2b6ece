import { readSetting, settingKeys, settings } from '../../shared/settings.js'
import type { ClientConfig } from '../config.js'
import { readToken } from '../personal/find.js'
import type { Finding } from './check.js'

/** Shorter ones are words that may stand anywhere. */
const leastLength = 8

/** Every secret that we could come across, used or not. */
export function knownSecrets({ env, file, home }: ClientConfig): string[] {
  const values = settingKeys
    .filter((key) => settings[key].secret)
    .flatMap((key) => [readSetting(key, env, {})?.value, readSetting(key, {}, file)?.value])
  return [...values, readToken(home)].flatMap((value) =>
    value !== undefined && value.length >= leastLength ? [value] : [],
  )
}

/** A finding that can be sent to somebody who helps: whatever said it, no key and no password. */
export function withoutSecrets(finding: Finding, secrets: readonly string[]): Finding {
  // One that another one contains would leave the rest of that one.
  const longestFirst = secrets.toSorted((a, b) => b.length - a.length)
  const hide = (text: string): string =>
    longestFirst
      .reduce((left, secret) => left.replaceAll(secret, '[secret]'), text)
      .replace(/(\/\/)[^/\s@]+@/g, '$1[secret]@')
  const { status, detail, fix } = finding
  return { status, detail: hide(detail), ...(fix !== undefined && { fix: hide(fix) }) }
}
