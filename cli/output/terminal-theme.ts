import type { Environment } from '../../shared/settings.js'
import { colourLevel, type Theme, themeFor } from '../text/theme.js'

/** COLORFGBG is `foreground;background`; 7 and 15 are the light ones. */
export function backgroundOf(colorFgBg: string | undefined): 'dark' | 'light' {
  return /;(7|15)$/.test(colorFgBg ?? '') ? 'light' : 'dark'
}

/** The colours for what is printed on `stream`; none in a pipe. */
export function themeOf(stream: NodeJS.WriteStream, env: Environment): Theme {
  const level = colourLevel(env, stream.isTTY)
  return themeFor(level, { background: backgroundOf(env['COLORFGBG']) })
}
