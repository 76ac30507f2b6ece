import { Box, Transform } from 'ink'
import type { ReactNode } from 'react'
import type { Theme } from '../../text/theme.js'

/** What every pane is told: its colours and its size in cells. It fills exactly `height` rows. */
export interface PaneProps {
  readonly theme: Theme
  readonly width: number
  readonly height: number
}

/**
 * Finished rows; missing ones are blank, surplus ones are not drawn. They are given to Ink as what
 * becomes of a placeholder a row: Ink measures text with another table than ours, and would wrap
 * what it takes for too wide; nor does a finished row need the time that this takes.
 */
export function Rows({
  rows,
  width,
  height,
}: Omit<PaneProps, 'theme'> & { readonly rows: readonly string[] }): ReactNode {
  const shown = Math.min(rows.length, height)
  return (
    <Box width={width} height={height}>
      <Transform transform={(_, index) => rows[index] ?? ''}>
        {Array.from({ length: shown }, () => '.').join('\n')}
      </Transform>
    </Box>
  )
}
