import type { ReactNode } from 'react'
import { paintToken } from '../../text/theme.js'
import { paneGlyphs } from './glyphs.js'
import { type PaneProps, Rows } from './rows.js'

/** A line between panes: upright when one cell wide, else lying. */
export function Divider({ theme, width, height }: PaneProps): ReactNode {
  const { vertical, horizontal } = paneGlyphs(theme)
  const row = paintToken(theme, 'border', width === 1 ? vertical : horizontal.repeat(width))
  return <Rows rows={Array<string>(height).fill(row)} width={width} height={height} />
}
