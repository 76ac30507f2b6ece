import type { ReactNode } from 'react'
import { paintToken } from '../../text/theme.js'
import { paneGlyphs } from './glyphs.js'
import { type PaneProps, Rows } from './rows.js'

/** An upright line between panes; a wider one is blank behind it. */
export function Divider({ theme, width, height }: PaneProps): ReactNode {
  const row = paintToken(theme, 'border', paneGlyphs(theme).vertical)
  return <Rows rows={Array<string>(height).fill(row)} width={width} height={height} />
}
