import type { IBufferCell, Terminal } from '@xterm/headless'

/** What stands on a terminal, cell by cell. */
export interface Grid {
  readonly columns: number
  readonly rows: readonly (readonly Cell[])[]
  /** Undefined: it is hidden. */
  readonly cursor: { readonly column: number; readonly row: number } | undefined
}

export interface Cell {
  /** Empty where nothing was written, and behind a wide character. */
  readonly text: string
  /** 1 or 2; 0 behind a wide character. */
  readonly width: number
  readonly style: Style
}

/** Inverse is resolved: what is drawn with which colour. */
export interface Style {
  readonly ink: Colour
  readonly ground: Colour
  readonly bold: boolean
  readonly dim: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly strike: boolean
}

/** `ink` and `ground` are the terminal's own; a number is of the 256-colour table, `#rrggbb` itself. */
export type Colour = 'ink' | 'ground' | number | `#${string}`

/** Reads the visible screen. */
export function readGrid(screen: Terminal, isCursorShown: boolean): Grid {
  const { active } = screen.buffer
  const rows = Array.from({ length: screen.rows }, (_, row) => {
    const line = active.getLine(active.baseY + row)
    return Array.from({ length: screen.cols }, (_, column) => {
      const cell = line?.getCell(column)
      if (cell === undefined) throw new Error(`the screen has no cell ${column} in row ${row}`)
      return { text: cell.getChars(), width: cell.getWidth(), style: styleOf(cell) }
    })
  })
  const cursor = isCursorShown ? { column: active.cursorX, row: active.cursorY } : undefined
  return { columns: screen.cols, rows, cursor }
}

function styleOf(cell: IBufferCell): Style {
  const ink = colourOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()) ?? 'ink'
  const ground = colourOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()) ?? 'ground'
  const isInverse = cell.isInverse() !== 0
  return {
    ink: isInverse ? ground : ink,
    ground: isInverse ? ink : ground,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    strike: cell.isStrikethrough() !== 0,
  }
}

function colourOf(isDefault: boolean, isRgb: boolean, value: number): Colour | undefined {
  if (isDefault) return undefined
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : value
}

/** True when the text is on the screen in a colour of its own. */
export function isColoured({ rows }: Grid, text: string): boolean {
  return rows.some((row) => {
    // Of the characters before it each has one cell: no wide one stands there.
    const column = row
      .map((cell) => cell.text || ' ')
      .join('')
      .indexOf(text)
    return column >= 0 && row[column]?.style.ink !== 'ink'
  })
}
