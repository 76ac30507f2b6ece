import type { ReactNode } from 'react'
import { formatCount } from '../../output/figures.js'
import { sumOf } from '../../output/spend-words.js'
import { paneGlyphs } from './glyphs.js'
import { hintSegments, type KeyHint } from './key-hint.js'
import {
  joinParts,
  keepParts,
  type Part,
  rowWithHint,
  type Segment,
  segmentsWidth,
} from './line.js'
import { type PaneProps, Rows } from './rows.js'

export interface StatusLineProps extends PaneProps {
  /** The running turn; without one there are the key hints. */
  readonly running?: RunningTurn | undefined
  /** The most useful first. */
  readonly hints: readonly KeyHint[]
  /** As far as it is known. */
  readonly usage?: ShownUsage | undefined
}

interface ShownUsage {
  /** Of the last answer, its prompt included. */
  readonly tokens?: number | undefined
  /** What the session has cost. */
  readonly dollars?: number | undefined
  readonly isEstimated?: boolean | undefined
  /** The budget of a session, where most of it is spent; US dollars. */
  readonly budget?: number | undefined
  /** What was spent today of its budget, in words, where that is most of it. */
  readonly today?: string | undefined
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

/** Less room says only the sum, cells. */
const roomy = 100

/** The lowest row: what is going on, or which keys there are; at its right what the last answer used, and what the session has cost. */
export function StatusLine(props: StatusLineProps): ReactNode {
  const { theme, width, height, running } = props
  const dot = ` ${paneGlyphs(theme).dot} `
  const usage = usageSegments(props.usage, width, dot)
  const left = running
    ? runningSegments(running, width - 1, dot)
    : hintsBeside(usage, props.hints, width - 1)
  const row = rowWithHint(theme, width, [{ text: ' ' }, ...left], usage)
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

/** The figures take the room of the last hints, but not that of the first. */
function hintsBeside(
  usage: readonly Segment[],
  hints: readonly KeyHint[],
  width: number,
): Segment[] {
  const beside = hintSegments(hints, width - segmentsWidth(usage) - 1, '  ')
  return beside.length > 0 ? beside : hintSegments(hints, width, '  ')
}

function usageSegments(usage: ShownUsage | undefined, width: number, dot: string): Segment[] {
  const { tokens, dollars, isEstimated, budget, today } = usage ?? {}
  const isNarrow = width < roomy
  const isWarned = budget !== undefined || today !== undefined
  const parts: Segment[] = []
  // The sum beside it is the session's, and the header over an answer counts the answer alone.
  if (tokens !== undefined && !(isNarrow && isWarned)) {
    parts.push({ text: `last ${formatCount(tokens)} tok`, token: 'dim' })
  }
  if (dollars !== undefined) {
    const cost = sumOf({ cost_usd: dollars, ...(isEstimated && { cost_estimated: true }) }, budget)
    const isPlain = budget === undefined
    const text = isNarrow && isPlain ? cost : `session ${cost}`
    parts.push({ text, token: isPlain ? 'dim' : 'warn' })
  }
  if (today !== undefined) parts.push({ text: `today ${today}`, token: 'warn' })
  const between: Segment = { text: dot, token: 'dim' }
  const row = parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]))
  return row.length === 0 ? [] : [...row, { text: ' ' }]
}

/** `00:14`, `1:02:03`. */
function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const pad = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / 60)
  const tail = `${pad(minutes % 60)}:${pad(seconds % 60)}`
  return minutes < 60 ? tail : `${Math.floor(minutes / 60)}:${tail}`
}
