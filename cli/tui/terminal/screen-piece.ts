import { BLANK_ROW, fitRow, type Row } from './row.js'
import { rowChange } from './row-change.js'
import { paintChange } from './row-paint.js'
import type { Tile } from './screen-tiles.js'

/** What the terminal shows in some cells of a row. */
export interface Piece {
  readonly x: number
  readonly end: number
  readonly line: string
  /** Column of the line that its first cell shows. */
  readonly skip: number
  readonly row: Row
}

export function blankPiece(columns: number): Piece {
  return { x: 0, end: columns, line: '', skip: 0, row: BLANK_ROW }
}

/** Turns the pieces that a row shows into what its tiles ask for; `bytes` is '' if they do already. */
export function paintTiles(
  y: number,
  columns: number,
  tiles: readonly Tile[],
  shown: readonly Piece[],
): { readonly bytes: string; readonly pieces: readonly Piece[] } {
  let bytes = ''
  let isNew = shown.length !== tiles.length
  const pieces = tiles.map((tile, index) => {
    const line = lineOf(tile, y)
    const skip = tile.x - (tile.region?.rect.x ?? tile.x)
    const before = shown[index]
    if (before && isSamePlace(before, tile) && before.line === line && before.skip === skip) {
      return before
    }
    isNew = true
    const piece = { x: tile.x, end: tile.end, line, skip, row: rowFor(line, tile, skip) }
    bytes += paintPiece(piece, y, columns, shown)
    return piece
  })
  return { bytes, pieces: isNew ? pieces : shown }
}

function paintPiece(piece: Piece, y: number, columns: number, shown: readonly Piece[]): string {
  const paint = (before: Row | undefined, { x, end, row }: Piece): string => {
    const change = rowChange(before, row, end - x)
    if (change === undefined) return ''
    // What is kept behind the change must not be erased with it.
    const isRest = change.column + change.erase >= (before?.width ?? end - x)
    const isAtEdge = end === columns && isRest
    return paintChange({ x, y, isAtEdge }, change)
  }
  const same = shown.find((before) => isSamePlace(before, piece))
  if (same) return paint(same.row, piece)
  const stale = stalePart(piece, shown)
  if (stale === undefined) return ''
  const { x, end, isBlank } = stale
  const skip = piece.skip + x - piece.x
  const row = x === piece.x && end === piece.end ? piece.row : rowFor(piece.line, stale, skip)
  return paint(isBlank ? BLANK_ROW : undefined, { ...piece, x, end, skip, row })
}

// The cells between the first and the last one that do not show their part of the line yet.
function stalePart(piece: Piece, shown: readonly Piece[]) {
  let x = piece.end
  let end = piece.x
  let isBlank = true
  for (const before of shown) {
    if (before.end <= piece.x || before.x >= piece.end || showsPart(before, piece)) continue
    x = Math.min(x, Math.max(before.x, piece.x))
    end = Math.max(end, Math.min(before.end, piece.end))
  }
  for (const before of shown) {
    if (before.end > x && before.x < end) isBlank &&= before.row.width === 0
  }
  return x < end ? { x, end, isBlank } : undefined
}

// Where each character is one cell, a part of a line looks the same in every tile.
function showsPart(before: Piece, piece: Piece): boolean {
  if (before.row.width === 0 && piece.row.width === 0) return true
  if (before.line !== piece.line || before.x - before.skip !== piece.x - piece.skip) return false
  return before.row.isNarrow && piece.row.isNarrow
}

function lineOf({ region }: Tile, y: number): string {
  return region?.lines[y - region.rect.y] ?? ''
}

function rowFor(line: string, { x, end }: { x: number; end: number }, skip: number): Row {
  return line === '' ? BLANK_ROW : fitRow(line, end - x, skip)
}

function isSamePlace(a: { x: number; end: number }, b: { x: number; end: number }): boolean {
  return a.x === b.x && a.end === b.end
}
