import { frameInside, frameRows } from './frame.js'
import type { KeyHint } from './key-hint.js'
import { centreRow, rowOf, segmentsWidth } from './line.js'
import type { PaneProps } from './rows.js'

export interface EmptyStateProps extends PaneProps {
  readonly name: string
  /** The session's model, or in Plan Mode both. */
  readonly model: string | undefined
  readonly hints: readonly KeyHint[]
}

const CARD_WIDTH = 48

/** Exactly `height` rows for a transcript without messages: a card in their middle. */
export function emptyStateRows(props: EmptyStateProps): string[] {
  const { theme, width, height } = props
  const cardWidth = Math.min(CARD_WIDTH, width)
  const content = contentRows(props, frameInside(cardWidth, height).width)
  const cardHeight = Math.min(height, content.length + 2)
  const card = frameRows({
    ...{ theme, width: cardWidth, height: cardHeight, rows: content, border: 'border' },
  })
  const above = Math.floor((height - cardHeight) / 2)
  return Array.from({ length: height }, (_, row) => {
    const line = card[row - above]
    return line === undefined ? '' : centreRow(line, width)
  })
}

function contentRows({ theme, name, model, hints }: EmptyStateProps, width: number): string[] {
  const keys = Math.max(0, ...hints.map((hint) => segmentsWidth([{ text: hint.keys }])))
  const hintRows = hints.map(({ keys: text, what }) => {
    const gap = ' '.repeat(keys - segmentsWidth([{ text }]) + 2)
    return rowOf(theme, width, [{ text: `  ${text}` }, { text: `${gap}${what}`, token: 'dim' }])
  })
  const head = [
    rowOf(theme, width, [{ text: name, token: 'strong' }]),
    rowOf(theme, width, [{ text: model ?? 'no model yet', token: 'dim' }]),
  ]
  return [...head.map((row) => centreRow(row, width)), '', ...hintRows]
}
