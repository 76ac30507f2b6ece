import { filterRow } from './filter-row.js'
import { paneGlyphs } from './glyphs.js'
import { rowOf, rowWithHint, type Segment } from './line.js'
import { listItemAt, listWindow, moreRow } from './list-window.js'
import type { PaneProps } from './rows.js'

/** What the lists at the side have in common. */
export interface ListPane extends PaneProps {
  readonly title: string
  /** The key that goes here, at the right of the title. */
  readonly hint: string
  readonly focused: boolean
  /** The marked row; it is kept in view. */
  readonly selected: number
  /** What is being typed to find something; undefined when nobody does. */
  readonly filter: string | undefined
  readonly items: readonly ListPaneItem[]
  /** Said when there are no items. */
  readonly empty: string
}

export interface ListPaneItem {
  readonly text: Segment
  readonly current: boolean
  readonly right: Segment | undefined
}

/** The rows of a list: its title, its filter while there is one, and a window over its items. */
export function listPaneRows(wanted: ListPane): string[] {
  // A blank at the right, as there is one at the left.
  const pane = { ...wanted, width: Math.max(1, wanted.width - 1) }
  const { theme, width, height, focused, items, filter } = pane
  const glyphs = paneGlyphs(theme)
  const title: Segment[] = [
    { text: focused ? glyphs.pointer : ' ', token: 'accent' },
    { text: pane.title, token: focused ? 'heading' : 'dim' },
  ]
  const head = [rowWithHint(theme, width, title, [{ text: pane.hint, token: 'dim' }])]
  if (filter !== undefined) head.push(filterRow(theme, width, filter))
  if (items.length === 0) {
    return [...head, rowOf(theme, width, [{ text: ` ${pane.empty}`, token: 'dim' }])].slice(
      0,
      height,
    )
  }
  const window = listWindow(items.length, pane.selected, height - head.length)
  const rows = items
    .slice(window.start, window.end)
    .map((item, index) => itemRow(pane, item, focused && window.start + index === pane.selected))
  const more = window.more ? [moreRow(theme, width, window)] : []
  return [...head, ...rows, ...more].slice(0, height)
}

/** The item in a row of the pane; undefined for the other rows. */
export function listPaneItemAt(
  { height, filter, selected }: Pick<ListPane, 'height' | 'filter' | 'selected'>,
  count: number,
  row: number,
): number | undefined {
  const head = filter === undefined ? 1 : 2
  return row < height
    ? listItemAt(listWindow(count, selected, height - head), row - head)
    : undefined
}

function itemRow({ theme, width }: ListPane, item: ListPaneItem, marked: boolean): string {
  const glyphs = paneGlyphs(theme)
  const { text, current, right } = item
  return rowOf(
    theme,
    width,
    [
      { text: marked ? glyphs.pointer : ' ', token: 'accent' },
      { text: current ? `${glyphs.current} ` : '  ', token: 'accent' },
      marked ? { text: text.text, token: 'strong' } : text,
    ],
    right === undefined ? [] : [right],
  )
}
