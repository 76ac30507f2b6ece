import type { ReactNode } from 'react'
import { formatCount } from '../transcript/figures.js'
import { paneGlyphs } from './glyphs.js'
import { hintSegments, type KeyHint } from './key-hint.js'
import { joinParts, keepParts, type Part, rowWithHint, type Segment } from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface StatusLineProps extends PaneProps {
  /** The running turn; without one there are the key hints. */
  readonly running?: RunningTurn | undefined
  /** The most useful first. */
  readonly hints: readonly KeyHint[]
  /** What the last answer used up, as far as it is known. */
  readonly usage?:
    | { readonly tokens?: number | undefined; readonly dollars?: number | undefined }
    | undefined
}

export interface RunningTurn {
  readonly spinner: string
  /** `connecting`, `planning`, `answering`. */
  readonly phase: string
  readonly tokensPerSecond?: number | undefined
  /** `tokensPerSecond` was reckoned from the text, not told by the model. */
  readonly estimated?: boolean | undefined
  readonly elapsedMs: number
}

/** The lowest row: what is going on, or which keys there are; what the last answer used at its right. */
export function StatusLine(props: StatusLineProps): ReactNode {
  const { theme, width, height, running } = props
  const dot = ` ${paneGlyphs(theme).dot} `
  const left = running
    ? runningSegments(running, width - 1, dot)
    : hintSegments(props.hints, width - 1, '  ')
  const row = rowWithHint(theme, width, [{ text: ' ' }, ...left], usageSegments(props.usage, dot))
  return <Rows rows={[row]} width={width} height={height} />
}

function runningSegments(turn: RunningTurn, width: number, dot: string): Segment[] {
  const { spinner, phase, tokensPerSecond, estimated, elapsedMs } = turn
  const parts: Part[] = [
    {
      segments: [
        { text: `${spinner} `, token: 'accent' },
        { text: phase, token: 'strong' },
      ],
      rank: 2,
    },
  ]
  if (tokensPerSecond !== undefined) {
    const text = `${estimated ? '~' : ''}${Math.round(tokensPerSecond)} tok/s`
    parts.push({ segments: [{ text }], rank: 0 })
  }
  parts.push({ segments: [{ text: clockOf(elapsedMs) }], rank: 1 })
  parts.push({ segments: [{ text: 'esc' }, { text: ' stop', token: 'dim' }], rank: 3 })
  return joinParts(keepParts(parts, width, dot.length), { text: dot, token: 'dim' })
}

function usageSegments(usage: StatusLineProps['usage'], dot: string): Segment[] {
  const figures: string[] = []
  if (usage?.tokens !== undefined) figures.push(`${formatCount(usage.tokens)} tok`)
  if (usage?.dollars !== undefined) figures.push(formatDollars(usage.dollars))
  return figures.length === 0 ? [] : [{ text: figures.join(dot), token: 'dim' }, { text: ' ' }]
}

/** `00:14`, `1:02:03`. */
function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const pad = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const tail = `${pad(minutes % 60)}:${pad(seconds % 60)}`
  return minutes < 60 ? tail : `${Math.floor(minutes / 60)}:${tail}`
}

/** Cents matter in a long session, their hundredths in a cheap one. */
function formatDollars(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`
}
