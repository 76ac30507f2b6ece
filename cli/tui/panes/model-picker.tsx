import type { ReactNode } from 'react'
import type { Point } from '../terminal/rect.js'
import { filterCaret, filterRow } from './filter-row.js'
import { Frame, frameInside } from './frame.js'
import { type PaneGlyphs, paneGlyphs } from './glyphs.js'
import type { KeyHint } from './key-hint.js'
import { rowOf, type Segment } from './line.js'
import { listItemAt, listWindow, moreRow } from './list-window.js'
import { type ModelItem, modelLegend, modelRow } from './model-row.js'
import type { PaneProps } from './rows.js'

export interface ModelPickerProps extends PaneProps {
  /** Those that the filter leaves. */
  readonly models: readonly ModelItem[]
  /** An index of `models`. */
  readonly selected: number
  readonly filter: string
  /** Keys go into the filter. */
  readonly filtering?: boolean | undefined
  readonly list: ModelListState
}

const choosing: readonly KeyHint[] = [
  { keys: 'enter', what: 'use' },
  { keys: 'p', what: 'planner' },
  { keys: 'a', what: 'answerer' },
  { keys: '/', what: 'find' },
  { keys: 'r', what: 'refresh' },
  { keys: 'esc', what: 'close' },
]

const beforeTyping: readonly KeyHint[] = [
  { keys: 'enter', what: 'use' },
  { keys: 'letters', what: 'find' },
  { keys: 'tab', what: 'to the list: planner, answerer' },
  { keys: 'esc', what: 'close' },
]

const whileFiltering = ({ upDown }: PaneGlyphs): readonly KeyHint[] => [
  { keys: 'enter', what: 'use' },
  { keys: `tab, ${upDown}`, what: 'to the list' },
  { keys: 'esc', what: 'to the list' },
]

/** How fresh the list is; `age` is that of a list the gateway no longer vouches for, e.g. `5 min`. */
export type ModelListState =
  | { readonly kind: 'fresh' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'stale'; readonly age: string }
  | { readonly kind: 'offline' }

/** The models to choose from. The ones of the session have a ●. */
export function ModelPicker(props: ModelPickerProps): ReactNode {
  const { theme, width, height, models, selected, filter } = props
  const inside = frameInside(width, height)
  const glyphs = paneGlyphs(theme)
  const window = listWindow(models.length, selected, inside.height - 1)
  const rows = models
    .slice(window.start, window.end)
    .map((model, index) => modelRow(theme, inside.width, model, window.start + index === selected))
  if (window.more) rows.push(moreRow(theme, inside.width, window))
  if (models.length === 0) {
    const text = ` ${emptySentence(props, glyphs)}`
    rows.push(rowOf(theme, inside.width, [{ text, token: 'dim' }]))
  }
  return (
    <Frame
      theme={theme}
      width={width}
      height={height}
      rows={[filterRow(theme, inside.width, filter, modelLegend(inside.width)), ...rows]}
      title={{ text: `MODELS (${models.length})`, token: 'heading' }}
      tag={tagOf(props.list, glyphs)}
      footer={hintsOf(props, glyphs)}
    />
  )
}

function hintsOf({ filtering, filter }: ModelPickerProps, glyphs: PaneGlyphs): readonly KeyHint[] {
  if (!filtering) return choosing
  return filter === '' ? beforeTyping : whileFiltering(glyphs)
}

/** The index of the model in a row of the picker, for the mouse. */
export function modelAt(
  props: Pick<ModelPickerProps, 'width' | 'height' | 'selected' | 'models'>,
  row: number,
): number | undefined {
  const { y, height } = frameInside(props.width, props.height)
  return listItemAt(listWindow(props.models.length, props.selected, height - 1), row - y - 1)
}

/** Where the cursor belongs while the filter is typed, relative to the picker. */
export function modelFilterCaret(
  props: Pick<ModelPickerProps, 'width' | 'height' | 'filter'>,
): Point {
  const { x, y, width } = frameInside(props.width, props.height)
  return { x: x + filterCaret(width, props.filter), y }
}

function tagOf(list: ModelListState, { more, idle }: PaneGlyphs): Segment | undefined {
  switch (list.kind) {
    case 'fresh':
      return undefined
    case 'asking':
      return { text: `asking the gateway${more}`, token: 'dim' }
    case 'stale':
      return { text: list.age === 'now' ? '! stale' : `! stale, ${list.age} old`, token: 'warn' }
    case 'offline':
      return { text: `${idle} no gateway`, token: 'warn' }
  }
}

function emptySentence({ list, filter }: ModelPickerProps, { more }: PaneGlyphs): string {
  if (filter !== '') return 'no model matches'
  return list.kind === 'asking' ? `asking the gateway${more}` : 'the gateway has no models'
}
