import type { ReactNode } from 'react'
import type { Rect } from '../terminal/rect.js'
import { Frame, frameInside } from './frame.js'
import { type PaneGlyphs, paneGlyphs } from './glyphs.js'
import type { KeyHint } from './key-hint.js'
import { rowOf, type Segment } from './line.js'
import type { PaneProps } from './rows.js'
import { type HitItem, hitHeight, hitRows } from './search-hit.js'

export interface SearchProps extends PaneProps {
  /** The row of what is looked for that has the cursor. */
  readonly words: string
  /** What is typed next takes its place. */
  readonly isSelected: boolean
  readonly hits: readonly HitItem[]
  /** An index of `hits`. */
  readonly selected: number
  /** There are more than were read. */
  readonly hasMore: boolean
  readonly scope: 'all' | 'session'
  readonly order: 'rank' | 'time'
  readonly state: SearchState
  /** ms since 1970. */
  readonly now: number
}

export type SearchState =
  /** Nothing is typed. */
  | { readonly kind: 'empty' }
  /** Too little is typed to look for it by itself. */
  | { readonly kind: 'short' }
  /** The answer is about to come. */
  | { readonly kind: 'asked' }
  /** It takes a while. */
  | { readonly kind: 'searching' }
  | { readonly kind: 'found' }
  | { readonly kind: 'problem'; readonly text: string }

const prompt = ' / '
/** The row of the field, and the one that says what is not seen. */
const otherRows = 2

const scopes = { all: 'all sessions', session: 'this session' }
const orders = { rank: 'best first', time: 'newest first' }

/** What is looked for in all messages, and under it what was found. */
export function SearchPane(props: SearchProps): ReactNode {
  const { theme, width, height, words, isSelected, hits, hasMore, scope, order } = props
  const inside = frameInside(width, height)
  const glyphs = paneGlyphs(theme)
  const count = hits.length === 0 ? '' : ` (${hits.length}${hasMore ? '+' : ''})`
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={[
        rowOf(theme, inside.width, [
          { text: prompt, token: 'accent' },
          { text: words, ...(isSelected && { token: 'selection' }) },
        ]),
        ...bodyRows(props, inside.width, glyphs),
      ]}
      title={{ text: `SEARCH${count}`, token: 'heading' }}
      tag={{ text: `${scopes[scope]} ${glyphs.dot} ${orders[order]}`, token: 'dim' }}
      footer={hintsOf(props)}
    />
  )
}

/** Where the words are typed, relative to the pane. */
export function searchField({ width, height }: { width: number; height: number }): Rect {
  const inside = frameInside(width, height)
  const { length } = prompt
  return {
    x: inside.x + length,
    y: inside.y,
    width: Math.max(2, inside.width - length - 1),
    height: 1,
  }
}

/** How many hits are in view at once. */
export function hitsInView({ width, height }: { width: number; height: number }): number {
  const rows = frameInside(width, height).height - otherRows
  return Math.max(1, Math.floor(rows / hitHeight))
}

function bodyRows(props: SearchProps, width: number, glyphs: PaneGlyphs): string[] {
  const { theme, hits, selected, now, state } = props
  const said = sentence(props, glyphs)
  const row = (segment: Segment) => rowOf(theme, width, [segment])
  if (hits.length === 0) return said === undefined ? [] : [row(said)]
  const room = hitsInView(props)
  const middle = selected - Math.floor(room / 2)
  const start = Math.max(0, Math.min(middle, hits.length - room))
  const shown = hits.slice(start, start + room)
  const rows = shown.flatMap((hit, index) =>
    hitRows({ theme, width, now }, hit, start + index === selected),
  )
  const below = hits.length - start - shown.length
  const hidden = { above: start, below, hasMore: props.hasMore }
  const end = state.kind === 'found' || said === undefined ? restOf(hidden, glyphs) : said
  return [...rows, row(end)]
}

function restOf(
  { above, below, hasMore }: { above: number; below: number; hasMore: boolean },
  { up, down, dot }: PaneGlyphs,
): Segment {
  const parts = [
    ...(above > 0 ? [`${up} ${above}`] : []),
    ...(below > 0 || hasMore
      ? [`${down} ${below === 0 ? '' : `${below}${hasMore ? '+' : ''} `}more`]
      : []),
  ]
  return { text: parts.length === 0 ? '' : `   ${parts.join(` ${dot} `)}`, token: 'dim' }
}

/** What is to be said; undefined: nothing. */
function sentence({ state, hits, scope }: SearchProps, { more }: PaneGlyphs): Segment | undefined {
  const say = (text: string): Segment => ({ text: `   ${text}`, token: 'dim' })
  switch (state.kind) {
    case 'empty':
      return say('all messages and titles: words, "in this order", -without, this OR that')
    case 'short':
      return say('enter looks for a single letter, too')
    case 'asked':
      return undefined
    case 'searching':
      return say(`searching${more}`)
    case 'found':
      if (hits.length > 0) return undefined
      return say(
        scope === 'all' ? 'nothing found' : 'nothing found here; tab looks in all sessions',
      )
    case 'problem':
      return { text: `   ${state.text}`, token: 'warn' }
    default:
      return state satisfies never
  }
}

function hintsOf({ scope, order }: SearchProps): readonly KeyHint[] {
  return [
    { keys: 'enter', what: 'open' },
    { keys: 'tab', what: scopes[scope === 'all' ? 'session' : 'all'] },
    { keys: 'shift+tab', what: orders[order === 'rank' ? 'time' : 'rank'] },
    { keys: 'esc', what: 'close' },
  ]
}
