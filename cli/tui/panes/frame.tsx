import type { ReactNode } from 'react'
import { paintToken, type Theme, type Token } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import type { Rect } from '../terminal/rect.js'
import { paneGlyphs } from './glyphs.js'
import { hintSegments, type KeyHint } from './key-hint.js'
import { cutLine, padRow, rowOf, type Segment, segmentsWidth } from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface FrameProps extends PaneProps {
  /** Painted rows, none wider than `frameInside` says. */
  readonly rows: readonly string[]
  /** In the upper border, at its left. */
  readonly title?: Segment | undefined
  /** In the upper border, at its right; the first thing to go. */
  readonly tag?: Segment | undefined
  /** In the lower border, as many as fit. */
  readonly footer?: readonly KeyHint[] | undefined
  /** How the border is painted; as that of something with the focus unless told. */
  readonly border?: Token | undefined
}

/** A box with round corners. Where a border would leave no room (under 3 rows), there is none. */
export function Frame(props: FrameProps): ReactNode {
  return <Rows rows={frameRows(props)} width={props.width} height={props.height} />
}

/** The part of a frame of this size that its rows fill, relative to it. */
export function frameInside(width: number, height: number): Rect {
  if (height < 3 || width < 4) return { x: 0, y: 0, width, height }
  return { x: 1, y: 1, width: width - 2, height: height - 2 }
}

/** The rows of `Frame`, for what is no Ink component. */
export function frameRows(props: FrameProps): string[] {
  const { theme, width, height, border = 'borderFocus' } = props
  const inside = frameInside(width, height)
  if (inside.x === 0) return props.rows.slice(0, height)
  const glyphs = paneGlyphs(theme)
  const side = paintToken(theme, border, glyphs.vertical)
  const body = Array.from({ length: inside.height }, (_, index) => {
    return side + padRow(props.rows[index] ?? '', inside.width) + side
  })
  const { topLeft, topRight, bottomLeft, bottomRight, dot } = glyphs
  const footer = hintSegments(props.footer ?? [], inside.width - 4, ` ${dot} `)
  const title = labelOf(theme, props.title, inside.width - 4)
  return [
    edge(theme, border, width, [topLeft, topRight], title, labelOf(theme, props.tag, inside.width)),
    ...body,
    edge(theme, border, width, [bottomLeft, bottomRight], footer, []),
  ]
}

function labelOf(theme: Theme, label: Segment | undefined, width: number): Segment[] {
  if (label === undefined || width < 1) return []
  const text = cutLine(theme, label.text, width)
  return text === '' ? [] : [{ text, token: label.token }]
}

function edge(
  theme: Theme,
  border: Token,
  width: number,
  corners: readonly [string, string],
  left: readonly Segment[],
  right: readonly Segment[],
): string {
  const { horizontal } = paneGlyphs(theme)
  const start = left.length === 0 ? [] : spaced(left)
  const startWidth = segmentsWidth(start)
  const end = right.length === 0 ? [] : spaced(right)
  const endFits = startWidth + segmentsWidth(end) + 4 + textWidth(corners.join('')) <= width
  const shownEnd = endFits ? end : []
  const fill = width - 4 - startWidth - segmentsWidth(shownEnd)
  return rowOf(theme, width, [
    { text: corners[0] + horizontal, token: border },
    ...start,
    { text: horizontal.repeat(Math.max(0, fill)), token: border },
    ...shownEnd,
    { text: horizontal + corners[1], token: border },
  ])
}

function spaced(segments: readonly Segment[]): Segment[] {
  return [{ text: ' ' }, ...segments, { text: ' ' }]
}
