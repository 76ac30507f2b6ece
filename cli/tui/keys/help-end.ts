import { themeFor } from '../../text/theme.js'
import { helpEnd } from '../panes/help.js'
import { slashHelp } from '../slash/help.js'
import type { Rect } from '../terminal/rect.js'
import { helpKeys } from './keymap.js'

/** The offset that shows the end of the help: from there one key up is a row up. */
export function lastHelpOffset(rect: Pick<Rect, 'width' | 'height'> | undefined): number {
  if (rect === undefined) return 0
  const { width, height } = rect
  const content = { commands: slashHelp(), keys: helpKeys() }
  return helpEnd({ theme: themeFor('none'), width, height, ...content })
}
