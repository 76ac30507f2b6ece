import type { ReactNode } from 'react'
import { Frame, frameInside } from './frame.js'
import { paneGlyphs } from './glyphs.js'
import { cutLine, padRow, rowOf, segmentsWidth } from './line.js'
import { listItemAt, listWindow, moreRow } from './list-window.js'
import type { PaneProps } from './rows.js'

export interface SlashMenuProps extends PaneProps {
  readonly items: readonly SlashMenuItem[]
  readonly selected: number
  /** How many more match than are listed. */
  readonly hidden: number
}

/** `/model:plan-mode-off` and what it is about. */
const LEAST_LABEL = 22

interface SlashMenuItem {
  readonly label: string
  readonly detail: string
  /** The one that is set now. */
  readonly current?: boolean | undefined
}

/** What a `/` line may become: over the transcript, right above the composer. */
export function SlashMenu(props: SlashMenuProps): ReactNode {
  const { theme, width, height, items, selected, hidden } = props
  const inside = frameInside(width, height)
  const { upDown, more } = paneGlyphs(theme)
  const window = listWindow(items.length, selected, inside.height)
  const labelWidth = labelColumn(items.slice(window.start, window.end), inside.width - 3)
  const rows = items
    .slice(window.start, window.end)
    .map((item, index) => itemRow(props, item, window.start + index === selected, labelWidth))
  if (window.more) rows.push(moreRow(theme, inside.width, window))
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={rows}
      title={{ text: '/', token: 'heading' }}
      tag={hidden === 0 ? undefined : { text: `${more} ${hidden} more`, token: 'dim' }}
      footer={[
        { keys: upDown, what: 'choose' },
        { keys: 'tab', what: 'complete' },
        { keys: 'enter', what: 'run' },
        { keys: 'esc', what: 'close' },
      ]}
    />
  )
}

/** The index of the item in a row of the menu, for the mouse. */
export function slashMenuItemAt(
  props: Pick<SlashMenuProps, 'width' | 'height' | 'selected' | 'items'>,
  row: number,
): number | undefined {
  const { y, height } = frameInside(props.width, props.height)
  return listItemAt(listWindow(props.items.length, props.selected, height), row - y)
}

/** As wide as the widest label, but where what they do would be cut: then a long one is. */
function labelColumn(items: readonly SlashMenuItem[], room: number): number {
  const widestOf = (texts: string[]) =>
    Math.max(0, ...texts.map((text) => segmentsWidth([{ text }])))
  const widest = widestOf(items.map(({ label }) => label))
  const details = widestOf(items.map(({ detail }) => detail))
  const least = Math.max(LEAST_LABEL, Math.floor(room * 0.3))
  const wanted = widest + details <= room ? widest : Math.min(widest, least)
  return Math.min(wanted, Math.floor(room * 0.6))
}

function itemRow(
  { theme, width, height, items }: SlashMenuProps,
  { label, detail, current }: SlashMenuItem,
  marked: boolean,
  labelWidth: number,
): string {
  const glyphs = paneGlyphs(theme)
  const hasMarks = items.some((item) => item.current)
  return rowOf(theme, frameInside(width, height).width, [
    { text: marked ? glyphs.pointer : ' ', token: 'accent' },
    { text: current ? `${glyphs.current} ` : hasMarks ? '  ' : '', token: 'accent' },
    {
      text: padRow(cutLine(theme, label, labelWidth), labelWidth),
      token: marked ? 'strong' : undefined,
    },
    { text: `  ${detail}`, token: 'dim' },
  ])
}
