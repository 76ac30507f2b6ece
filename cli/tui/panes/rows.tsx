import { Box, Text } from 'ink'
import type { ReactNode } from 'react'
import type { Theme } from '../../text/theme.js'

/** What every pane is told: its colours and its size in cells. It fills exactly `height` rows. */
export interface PaneProps {
  readonly theme: Theme
  readonly width: number
  readonly height: number
}

/**
 * Finished rows in one Text; missing ones are blank, surplus ones are not drawn. One, because each
 * node costs a frame something, and because Ink puts a second one in a row at a column that it
 * counts by code points with zero-width ones as a cell. Its box is wider than the pane, so that Ink,
 * which measures with another table than ours, never gets to wrap it.
 */
export function Rows({
  rows,
  width,
  height,
}: Omit<PaneProps, 'theme'> & { readonly rows: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column" width={width} height={height}>
      <Box width={width * 4} flexShrink={0}>
        <Text>{rows.slice(0, height).join('\n')}</Text>
      </Box>
    </Box>
  )
}
