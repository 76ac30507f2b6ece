import type { Theme } from '../../text/theme.js'
import { isPlainAscii } from '../../text/width.js'

/** Signs that tell what a line is, also without colour. */
export interface Marks {
  readonly user: string
  readonly answer: string
  readonly info: string
  readonly warn: string
  readonly error: string
  readonly stopped: string
  readonly interrupted: string
  readonly thought: string
  /** More is to come. */
  readonly more: string
  /** Stands for what was cut off; one cell. */
  readonly cut: string
  /** Between two facts in one line. */
  readonly separator: string
}

const UNICODE: Marks = {
  ...{ user: '▸', answer: '◆', info: '·', warn: '!', error: '✗' },
  ...{ stopped: '■', interrupted: '⚡', thought: '∴', more: '…', cut: '…', separator: ' · ' },
}
const ASCII: Marks = {
  ...{ user: '>', answer: '*', info: '-', warn: '!', error: 'x' },
  ...{ stopped: '#', interrupted: '!', thought: '~', more: '...', cut: '~', separator: ' - ' },
}

/** The marks that go with a theme's glyphs. */
export function marksFor({ glyphs }: Theme): Marks {
  return isPlainAscii(glyphs.quoteBar) ? ASCII : UNICODE
}
