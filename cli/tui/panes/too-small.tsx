import type { ReactNode } from 'react'
import { wrapAnsi } from '../../text/wrap.js'
import { type PaneProps, Rows } from './rows.js'

export interface TooSmallProps extends PaneProps {
  /** What is needed, in cells. */
  readonly need: { readonly width: number; readonly height: number }
}

/** All that is shown in a terminal in which nothing fits. */
export function TooSmall({ width, height, need }: TooSmallProps): ReactNode {
  const text = `terminal too small (need ${need.width}x${need.height})`
  return <Rows rows={wrapAnsi(text, width)} width={width} height={height} />
}
