import type { Theme } from '../../text/theme.js'

/** The marks and corners of panes; each is one cell wide unless it is a word. */
export interface PaneGlyphs {
  readonly topLeft: string
  readonly topRight: string
  readonly bottomLeft: string
  readonly bottomRight: string
  readonly horizontal: string
  readonly vertical: string
  /** The row or pane that has the focus. */
  readonly pointer: string
  readonly current: string
  readonly live: string
  readonly plan: string
  readonly idle: string
  readonly failed: string
  readonly to: string
  readonly up: string
  readonly down: string
  readonly upDown: string
  readonly dot: string
  /** More is to come. */
  readonly more: string
  /** Stands for what was cut off; one cell. */
  readonly cut: string
}

const UNICODE: PaneGlyphs = {
  ...{ topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯' },
  ...{ horizontal: '─', vertical: '│', pointer: '▌', current: '●', live: '↻', plan: '⚑' },
  ...{ idle: '○', failed: '✗', to: '→', up: '↑', down: '↓', upDown: '↑↓', dot: '·' },
  ...{ more: '…', cut: '…' },
}
const ASCII: PaneGlyphs = {
  ...{ topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+' },
  ...{ horizontal: '-', vertical: '|', pointer: '>', current: '*', live: '~', plan: '!' },
  ...{ idle: 'o', failed: 'x', to: '->', up: '^', down: 'v', upDown: 'up/down', dot: '-' },
  ...{ more: '...', cut: '~' },
}

/** ASCII for a theme that draws its own lines in ASCII. */
export function paneGlyphs(theme: Theme): PaneGlyphs {
  return theme.glyphs.rule === '-' ? ASCII : UNICODE
}
