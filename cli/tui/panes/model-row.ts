import { abilityLegend, formatPrice, formatTokens } from '../../output/model-figures.js'
import { cutMiddle } from '../../output/table.js'
import type { Theme } from '../../text/theme.js'
import { textWidth } from '../../text/width.js'
import { paneGlyphs } from './glyphs.js'
import { cutLine, padRow, rowOf, type Segment, safeLine, segmentsWidth } from './line.js'

export interface ModelItem {
  readonly id: string
  readonly provider: string | null
  /** Tokens a prompt may have. */
  readonly window: number | null
  /** US dollars per million tokens. */
  readonly prices: { readonly input: number | null; readonly output: number | null }
  /** What it can do, as marks of one width. */
  readonly abilities: string
  /** Used by the session at hand. */
  readonly current: boolean
  /** For what, where that is not everything: `planner`, `answerer`. */
  readonly use?: string | undefined
}

const PROVIDER = 12
const WINDOW = 6
const PRICE = 13
/** The pointer and the mark of the current one. */
const MARKS = 3
/** So much of a name is there, whatever else has to go. */
const LEAST_NAME = 8
/** A column is there from this row width on, so that the name keeps most of a narrow row. */
const FROM = { window: 34, price: 50, provider: 64, abilities: 70 }

/** A model in columns: its name has what the others leave. */
export function modelRow(theme: Theme, width: number, model: ModelItem, marked: boolean): string {
  const glyphs = paneGlyphs(theme)
  const columns: string[] = []
  if (width >= FROM.provider) columns.push(leftCell(theme, model.provider ?? '-', PROVIDER))
  if (width >= FROM.window) columns.push(rightCell(theme, formatTokens(model.window), WINDOW))
  if (width >= FROM.price) columns.push(rightCell(theme, pricesOf(model), PRICE))
  if (width >= FROM.abilities) columns.push(model.abilities)
  const right: Segment[] =
    columns.length === 0 ? [] : [{ text: ` ${columns.join('  ')} `, token: 'dim' }]
  const use: Segment = { text: model.use === undefined ? '' : ` ${model.use}`, token: 'accent' }
  const room = width - MARKS - segmentsWidth([use, ...right]) - Math.min(1, right.length)
  return rowOf(
    theme,
    width,
    [
      { text: marked ? glyphs.pointer : ' ', token: 'accent' },
      { text: model.current ? `${glyphs.current} ` : '  ', token: 'accent' },
      {
        text: cutMiddle(safeLine(model.id), Math.max(room, LEAST_NAME), glyphs.cut),
        token: marked ? 'strong' : undefined,
      },
      use,
    ],
    right,
  )
}

/** What the marks of abilities mean; nothing where there are none. */
export function modelLegend(width: number): string {
  return width >= FROM.abilities ? `${abilityLegend} ` : ''
}

function pricesOf({ prices: { input, output } }: ModelItem): string {
  if (input === null && output === null) return '-'
  return `${dollars(input)}/${dollars(output)}`
}

function dollars(price: number | null): string {
  return price === null ? '-' : `$${formatPrice(price).replace(/\.00$/, '')}`
}

function leftCell(theme: Theme, text: string, width: number): string {
  return padRow(cutLine(theme, text, width), width)
}

function rightCell(theme: Theme, text: string, width: number): string {
  const cut = cutLine(theme, text, width)
  return ' '.repeat(Math.max(0, width - textWidth(cut))) + cut
}
