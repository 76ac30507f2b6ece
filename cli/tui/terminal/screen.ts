import type { Point, Rect } from './rect.js'
import { moveTo } from './row-paint.js'
import { blankPiece, type Piece, paintTiles } from './screen-piece.js'
import { findShift, scrollRows } from './screen-scroll.js'
import { type Region, type Tile, tileRow } from './screen-tiles.js'

/** What stands on a terminal, and the bytes that bring it there. Nothing else writes to it. */
export interface Screen {
  /** The terminal has another size now. The next frame clears it and paints everything. */
  resize(columns: number, rows: number): void
  /**
   * Makes a region or moves it. It hides what is below it: regions of a lower `z` (by default 0)
   * and those of the same `z` that were made before it. What is outside the screen is not shown.
   */
  place(id: string, rect: Rect, z?: number): void
  /**
   * What a region shows, a line for each of its rows; missing ones are blank. Lines may hold SGR,
   * which ends with the line. They are clipped, and read when the frame is made.
   */
  setLines(id: string, lines: readonly string[]): void
  remove(id: string): void
  /** Where the cursor blinks; hidden without a point or with one outside the screen. */
  cursor(at: Point | undefined): void
  /** Something else wrote to the terminal: the next frame clears it and paints everything. */
  repaint(): void
  /** The bytes of one frame, to be written as they are in one piece; '' when nothing changed. */
  flush(): string
}

export interface ScreenOptions {
  readonly columns: number
  readonly rows: number
  /** Marks frames, so that a terminal that can shows each one whole. By default true. */
  readonly synchronised?: boolean
}

const BEGIN = '\x1b[?2026h'
const END = '\x1b[?2026l'
const SHOW_CURSOR = '\x1b[?25h'
const HIDE_CURSOR = '\x1b[?25l'
// Also undoes the margins and the style that another program may have left.
const CLEAR = '\x1b[m\x1b[r\x1b[2J'

/** A screen that begins blank, as the alternate one of a terminal is when it is entered. */
export function createScreen({ columns, rows, synchronised = true }: ScreenOptions): Screen {
  const regions = new Map<string, Region>()
  const changed = new Set<Region>()
  let stack: readonly Region[] | undefined
  let tiles: (readonly Tile[] | undefined)[] = []
  let shown = blankRows()
  let dirty = new Set<number>()
  let mustClear = false
  let wanted: Point | undefined
  let cursor: Point | 'hidden' | 'unknown' = 'unknown'

  function blankRows(): (readonly Piece[])[] {
    const blank = [blankPiece(columns)]
    return Array.from({ length: rows }, () => blank)
  }

  function rowsOf(rect: Rect): { top: number; bottom: number } {
    return { top: Math.max(0, rect.y), bottom: Math.min(rows, rect.y + rect.height) }
  }

  function markLayout(rect: Rect): void {
    stack = undefined
    const { top, bottom } = rowsOf(rect)
    for (let y = top; y < bottom; y++) {
      tiles[y] = undefined
      dirty.add(y)
    }
  }

  function tilesOf(y: number): readonly Tile[] {
    stack ??= [...regions.values()].sort((a, b) => a.z - b.z)
    const made = tiles[y] ?? tileRow(y, columns, stack)
    tiles[y] = made
    return made
  }

  function clear(): string {
    shown = blankRows()
    mustClear = false
    cursor = 'unknown'
    for (let y = 0; y < rows; y++) dirty.add(y)
    return CLEAR
  }

  // Rows that a region has for itself can be moved by the terminal.
  function scroll(region: Region): string {
    const { top, bottom } = rowsOf(region.rect)
    const before: string[] = []
    const after: string[] = []
    for (let y = top; y < bottom; y++) {
      const [piece, ...more] = shown[y] ?? []
      const [tile] = tilesOf(y)
      const isAlone = tile?.region === region && tile.x === 0 && tile.end === columns
      if (!isAlone || piece === undefined || more.length > 0) return ''
      before.push(piece.line)
      after.push(region.lines[y - region.rect.y] ?? '')
    }
    const shift = findShift(before, after)
    if (shift === 0) return ''
    const old = shown.slice(top, bottom)
    const blank = [blankPiece(columns)]
    for (let y = top; y < bottom; y++) shown[y] = old[y - top + shift] ?? blank
    return scrollRows(top, bottom - 1, shift)
  }

  function paint(): string {
    let bytes = mustClear ? clear() : ''
    for (const region of changed) bytes += scroll(region)
    changed.clear()
    for (const y of dirty) {
      const painted = paintTiles(y, columns, tilesOf(y), shown[y] ?? [])
      bytes += painted.bytes
      shown[y] = painted.pieces
    }
    dirty = new Set()
    return bytes
  }

  function placeCursor(isPainted: boolean): string {
    const at = wanted && isOnScreen(wanted) ? wanted : undefined
    const before = cursor
    cursor = at ?? 'hidden'
    if (at === undefined) return before === 'hidden' ? '' : HIDE_CURSOR
    if (before === 'hidden' || before === 'unknown') return moveTo(at.x, at.y) + SHOW_CURSOR
    return isPainted || before.x !== at.x || before.y !== at.y ? moveTo(at.x, at.y) : ''
  }

  function isOnScreen({ x, y }: Point): boolean {
    return x >= 0 && x < columns && y >= 0 && y < rows
  }

  return {
    resize(newColumns, newRows) {
      columns = newColumns
      rows = newRows
      tiles = []
      dirty = new Set()
      mustClear = true
    },
    place(id, rect, z = 0) {
      const region = regions.get(id)
      if (region === undefined) {
        regions.set(id, { id, rect, z, lines: [] })
        markLayout(rect)
        return
      }
      if (region.z === z && isSameRect(region.rect, rect)) return
      markLayout(region.rect)
      region.rect = rect
      region.z = z
      markLayout(rect)
    },
    setLines(id, lines) {
      const region = regions.get(id)
      if (region === undefined) return
      region.lines = lines
      changed.add(region)
      const { top, bottom } = rowsOf(region.rect)
      for (let y = top; y < bottom; y++) dirty.add(y)
    },
    remove(id) {
      const region = regions.get(id)
      if (region === undefined) return
      regions.delete(id)
      changed.delete(region)
      markLayout(region.rect)
    },
    cursor(at) {
      wanted = at
    },
    repaint() {
      mustClear = true
    },
    flush() {
      const painted = paint()
      if (painted === '') return placeCursor(false)
      if (synchronised) return BEGIN + painted + placeCursor(true) + END
      // Else it would be seen at each place that is written to.
      const hide = cursor === 'hidden' ? '' : HIDE_CURSOR
      cursor = 'hidden'
      return hide + painted + placeCursor(true)
    },
  }
}

function isSameRect(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height
}
