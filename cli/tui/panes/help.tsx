import type { ReactNode } from 'react'
import { Frame, frameInside } from './frame.js'
import { paneGlyphs } from './glyphs.js'
import { type HelpContent, helpRows } from './help-rows.js'
import type { PaneProps } from './rows.js'

export interface HelpProps extends PaneProps, HelpContent {
  /** Rows scrolled away; one that is too large shows the end. */
  readonly offset: number
}

/** All commands and keys, side by side where there is room. */
export function Help(props: HelpProps): ReactNode {
  const { theme, width, height } = props
  const inside = frameInside(width, height)
  const rows = helpRows(theme, inside.width, props)
  const offset = Math.max(0, Math.min(props.offset, rows.length - inside.height))
  const below = rows.length - inside.height - offset
  const { upDown, down } = paneGlyphs(theme)
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={rows.slice(offset, offset + inside.height)}
      title={{ text: 'HELP', token: 'heading' }}
      tag={below > 0 ? { text: `${down} ${below} more`, token: 'dim' } : undefined}
      footer={[
        { keys: upDown, what: 'scroll' },
        { keys: 'esc', what: 'close' },
      ]}
    />
  )
}

/** The offset that shows the end. */
export function helpEnd(props: Omit<HelpProps, 'offset'>): number {
  const inside = frameInside(props.width, props.height)
  return Math.max(0, helpRows(props.theme, inside.width, props).length - inside.height)
}
