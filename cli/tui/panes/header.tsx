import type { ReactNode } from 'react'
import { type PaneGlyphs, paneGlyphs } from './glyphs.js'
import {
  cutLine,
  joinParts,
  keepParts,
  type Part,
  rowOf,
  type Segment,
  segmentsWidth,
} from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface HeaderProps extends PaneProps {
  readonly title: string
  /** Undefined: none is chosen. */
  readonly model: string | undefined
  readonly role: string | undefined
  /** Stands where the model would. */
  readonly plan: { readonly planner: string; readonly answerer: string } | undefined
  readonly connection: Connection
}

/** How it stands with the daemon (`no-daemon`) and the gateway behind it (`offline`). */
export type Connection =
  | { readonly kind: 'ok'; readonly where: string }
  | { readonly kind: 'offline' }
  | { readonly kind: 'no-daemon' }

/** What the title keeps before another part may stay. */
const LEAST_TITLE = 10

/** The uppermost row: where one is, and what answers. The title gets what the right side leaves. */
export function Header(props: HeaderProps): ReactNode {
  return <Rows rows={[headerRow(props)]} width={props.width} height={props.height} />
}

function headerRow(props: HeaderProps): string {
  const { theme, width, title } = props
  const glyphs = paneGlyphs(theme)
  const bar: Segment = { text: ` ${glyphs.vertical} `, token: 'border' }
  const name: Part = { segments: [{ text: ' c2a', token: 'accent' }, bar], rank: 0 }
  const least = Math.min(LEAST_TITLE, Math.floor(width / 2), segmentsWidth([{ text: title }]))
  const room = width - least - 3
  const kept = keepParts([name, ...rightParts(props, glyphs)], room, 3)
  const hasName = kept[0] === name
  return rowOf(
    theme,
    width,
    [...(hasName ? name.segments : [{ text: ' ' }]), { text: title, token: 'strong' }],
    rightSide(hasName ? kept.slice(1) : kept, bar, room),
  )
}

// What is left may still be too wide; then its first words are all that matters (`⚑ PLAN`).
function rightSide(parts: readonly Part[], bar: Segment, room: number): Segment[] {
  const whole = joinParts(parts, bar)
  const shown = segmentsWidth(whole) <= room ? whole : whole.slice(0, 1)
  return segmentsWidth(shown) <= room ? [...shown, { text: ' ' }] : []
}

function rightParts(props: HeaderProps, glyphs: PaneGlyphs): Part[] {
  const { theme, width, model, role, plan, connection } = props
  const cut = (text: string, share: number) => cutLine(theme, text, Math.max(8, width / share))
  const parts: Part[] = []
  if (plan !== undefined) {
    const models = [plan.planner, plan.answerer].map((each) => cut(each, 5)).join(` ${glyphs.to} `)
    const chip: Segment = { text: `${glyphs.plan} PLAN`, token: 'warn' }
    parts.push({ segments: [chip, { text: ` ${models}`, token: 'warn' }], rank: 3 })
  } else if (model !== undefined) parts.push({ segments: [{ text: cut(model, 3) }], rank: 3 })
  if (role !== undefined) {
    const segments = [{ text: 'role: ', token: 'dim' as const }, { text: cut(role, 3) }]
    parts.splice(plan === undefined ? 1 : 0, 0, { segments, rank: 1 })
  }
  return [...parts, connectionPart(connection, glyphs, (where) => cut(where, 3))]
}

function connectionPart(
  connection: Connection,
  glyphs: PaneGlyphs,
  cut: (text: string) => string,
): Part {
  switch (connection.kind) {
    case 'ok': {
      const mark: Segment = { text: `${glyphs.current} `, token: 'ok' }
      return { segments: [mark, { text: cut(connection.where), token: 'dim' }], rank: 0 }
    }
    case 'offline':
      return { segments: [{ text: `${glyphs.idle} offline`, token: 'warn' }], rank: 2 }
    case 'no-daemon':
      return { segments: [{ text: `${glyphs.failed} no daemon`, token: 'error' }], rank: 2 }
  }
}
