import type { ReactNode } from 'react'
import type { Theme } from '../../text/theme.js'
import { paneGlyphs } from './glyphs.js'
import { centreRow, rowOf, type Segment, segmentsWidth } from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface NewLinesMarkProps extends PaneProps {
  /** Lines that came below what is in view; 0: there is only what was there. */
  readonly count: number
}

/** Over the transcript's last row while it does not follow: how much came in, and the way there. */
export function NewLinesMark({ theme, width, height, count }: NewLinesMarkProps): ReactNode {
  const row = centreRow(rowOf(theme, width, markOf(theme, count)), width)
  return <Rows rows={[row]} width={width} height={height} />
}

/** The cells it needs, so that it covers no more of the transcript. */
export function newLinesMarkWidth(theme: Theme, count: number): number {
  return segmentsWidth(markOf(theme, count))
}

function markOf(theme: Theme, count: number): Segment[] {
  const { down, dot } = paneGlyphs(theme)
  const lines = count === 0 ? '' : ` ${count} new line${count === 1 ? '' : 's'} ${dot}`
  return [{ text: ` ${down}${lines} End `, token: 'selection' }]
}
