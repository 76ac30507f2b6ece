import type { ReactNode } from 'react'
import { rowOf } from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface TooSmallProps extends PaneProps {
  /** What is needed, in cells. */
  readonly need: { readonly width: number; readonly height: number }
}

/** All that is shown in a terminal in which nothing fits. */
export function TooSmall({ theme, width, height, need }: TooSmallProps): ReactNode {
  const text = `terminal too small (need ${need.width}x${need.height})`
  return <Rows rows={[rowOf(theme, width, [{ text }])]} width={width} height={height} />
}
