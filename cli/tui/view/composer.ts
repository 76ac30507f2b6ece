import { composerTextArea } from '../panes/composer.js'
import type { Rect } from '../terminal/rect.js'

/** Where the text of the composer stands on the screen, with the cell for a cursor behind a row. */
export function composerInside(composer: Rect): Rect {
  const area = composerTextArea(composer.width, composer.height)
  return { ...area, x: composer.x + area.x, y: composer.y + area.y, width: area.width + 1 }
}
