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
 * Finished rows, one Text each; missing ones are blank, surplus ones are not drawn.
 * A row is one Text, because Ink puts a second one at a column that it counts by code points with
 * zero-width ones as a cell; and its box is wider than the pane, so that Ink, which measures with
 * another table than ours, never gets to wrap it.
 */
export function Rows({
  rows,
  width,
  height,
}: Omit<PaneProps, 'theme'> & { readonly rows: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column" width={width} height={height}>
      {Array.from({ length: height }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its position
        <Box key={row} width={width * 4} height={1} flexShrink={0}>
          <Text>{rows[row] ?? ''}</Text>
        </Box>
      ))}
    </Box>
  )
}
