import { readSetting } from '../../shared/settings.js'
import { booleanOf } from '../../shared/settings-check.js'
import type { ClientConfig } from '../config.js'
import { backgroundOf } from '../output/terminal-theme.js'
import { type ColourLevel, colourLevel } from '../text/theme.js'

/** What the settings and the environment say about how the chat looks. */
export interface Look {
  readonly level: ColourLevel
  readonly ascii: boolean
  readonly mouse: boolean
  /** To begin with; `isAsked` when the terminal's own answer counts. */
  readonly theme: 'dark' | 'light'
  readonly isAsked: boolean
}

export function lookOf({ env, file }: ClientConfig): Look {
  const theme = readSetting('tui.theme', env, file)?.value
  const isChosen = theme === 'dark' || theme === 'light'
  return {
    level: colourLevel(env, true),
    ascii: isOn('tui.ascii', { env, file }) || !isUtf8(env),
    mouse: isOn('tui.mouse', { env, file }),
    theme: isChosen ? theme : backgroundOf(env['COLORFGBG']),
    isAsked: !isChosen,
  }
}

function isOn(
  key: 'tui.ascii' | 'tui.mouse',
  { env, file }: Pick<ClientConfig, 'env' | 'file'>,
): boolean {
  return booleanOf(readSetting(key, env, file)?.value ?? '')
}

/** A locale without a character set says nothing: containers have none, and terminals are UTF-8. */
export function isUtf8(env: ClientConfig['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  const [, charset] = /\.([^@]+)/.exec(locale) ?? []
  return charset === undefined || /^utf-?8$/i.test(charset)
}
