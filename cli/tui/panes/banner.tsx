import type { ReactNode } from 'react'
import type { Token } from '../../text/theme.js'
import { wrapAnsi } from '../../text/wrap.js'
import { type PaneGlyphs, paneGlyphs } from './glyphs.js'
import { cutLine, joinParts, rowOf, type Segment, safeLine, segmentsWidth } from './line.js'
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

/** Above the composer, what hinders. */
export function Banner(props: BannerProps): ReactNode {
  return <Rows rows={bannerRows(props)} width={props.width} height={props.height} />
}

/** A banner is one row, or two where that is too little; then the text is cut before what to do. */
export function bannerRows(props: Omit<BannerProps, 'height'>): readonly string[] {
  const { theme, width, tone, text } = props
  const glyphs = paneGlyphs(theme)
  const token = TOKENS[tone]
  const between: Segment = { text: ` ${glyphs.dot} ` }
  const tail = tailOf(props, between)
  const behind = tail.length === 0 ? [] : [between, ...tail]
  const mark: Segment = { text: ` ${markOf(tone, glyphs)} `, token }
  const whole = [mark, { text, token }, ...behind]
  if (segmentsWidth(whole) <= width) return [rowOf(theme, width, whole)]

  const inside = Math.max(1, width - segmentsWidth([mark]))
  const indent: Segment = { text: ' '.repeat(width - inside) }
  const [first = '', ...more] = wrapAnsi(safeLine(text), inside)
  const rest = more.join(' ')
  const room = inside - segmentsWidth(behind)
  const fits = room >= Math.min(width / 3, segmentsWidth([{ text: rest }]))
  if (rest !== '' && (fits || tail.length === 0)) {
    const below = { text: cutLine(theme, rest, room), token }
    return [
      rowOf(theme, width, [mark, { text: first, token }]),
      rowOf(theme, width, [indent, below, ...behind]),
    ]
  }
  return [rowOf(theme, width, [mark, { text, token }]), rowOf(theme, width, [indent, ...tail])]
}

function tailOf({ retryIn, action }: Omit<BannerProps, 'height'>, between: Segment): Segment[] {
  const parts: Segment[] = []
  if (retryIn !== undefined) parts.push({ text: `retrying in ${Math.ceil(retryIn)} s` })
  if (action !== undefined) parts.push({ text: action, token: 'strong' })
  return joinParts(
    parts.map((part) => ({ segments: [part], rank: 0 })),
    between,
  )
}

function markOf(tone: BannerProps['tone'], glyphs: PaneGlyphs): string {
  if (tone === 'error') return glyphs.failed
  return tone === 'warn' ? '!' : glyphs.dot
}
