import type { ReactNode } from 'react'
import type { Token } from '../../text/theme.js'
import { type PaneGlyphs, paneGlyphs } from './glyphs.js'
import { cutLine, rowOf, type Segment, segmentsWidth } from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface BannerProps extends PaneProps {
  readonly tone: 'info' | 'warn' | 'error'
  readonly text: string
  /** Seconds until it is tried again. */
  readonly retryIn?: number | undefined
  /** What to do, e.g. `^R now`. */
  readonly action?: string | undefined
}

const TOKENS: Readonly<Record<BannerProps['tone'], Token>> = {
  info: 'accent',
  warn: 'warn',
  error: 'error',
}

/** A row above the composer for what hinders; the text is cut before what can be done about it. */
export function Banner(props: BannerProps): ReactNode {
  const { theme, width, height, tone, text, retryIn, action } = props
  const glyphs = paneGlyphs(theme)
  const dot = ` ${glyphs.dot} `
  const tail: Segment[] = []
  if (retryIn !== undefined) tail.push({ text: `${dot}retrying in ${Math.ceil(retryIn)} s` })
  if (action !== undefined) tail.push({ text: dot + action, token: 'strong' })
  const mark = ` ${markOf(tone, glyphs)} `
  const room = width - mark.length - segmentsWidth(tail)
  const fits = room >= Math.min(width / 3, segmentsWidth([{ text }]))
  const row = rowOf(theme, width, [
    { text: mark, token: TOKENS[tone] },
    { text: fits ? cutLine(theme, text, room) : text, token: TOKENS[tone] },
    ...(fits ? tail : []),
  ])
  return <Rows rows={[row]} width={width} height={height} />
}

function markOf(tone: BannerProps['tone'], glyphs: PaneGlyphs): string {
  if (tone === 'error') return glyphs.failed
  return tone === 'warn' ? '!' : glyphs.dot
}
