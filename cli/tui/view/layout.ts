import type { Size } from '../state/state.js'
import type { Rect } from '../terminal/rect.js'

/** Where everything is. The panes tile the screen; overlays lie on top. */
export interface Layout {
  readonly header: Rect
  /** The side panes; undefined: there is no room, or they are not wanted. */
  readonly side:
    | { readonly sessions: Rect; readonly roles: Rect; readonly divider: Rect }
    | undefined
  readonly transcript: Rect
  readonly banner: Rect | undefined
  readonly composer: Rect
  readonly status: Rect
  /** A row over the end of the transcript. */
  readonly mark: Rect
  /** Above the composer, over the transcript. */
  readonly menu: Rect
  /** In the middle, for pickers, forms and questions. */
  readonly overlay: Rect
}

export interface Wanted {
  readonly sidePanes: boolean
  /** Rows of text in the composer. */
  readonly composerRows: number
  readonly bannerRows: number
  /** Rows of suggestions. */
  readonly menuRows: number
  /** Rows of roles. */
  readonly roleRows: number
  /** What the overlay would like to have, its frame included. */
  readonly overlay: Size | undefined
}

export const smallest: Size = { columns: 40, rows: 10 }
/** From here on there is room for panes beside the transcript. */
const roomy: Size = { columns: 100, rows: 24 }
const frameRows = 2

/** The most rows of text that the composer may have. */
export function composerRoom(rows: number): number {
  return Math.max(1, Math.min(Math.floor(rows / 3), rows - smallest.rows + 1))
}

/** True when a terminal is too small for anything but to say so. */
export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < smallest.columns || rows < smallest.rows
}

/** True when there is room for panes beside the transcript. */
export function isRoomy({ columns, rows }: Size): boolean {
  return columns >= roomy.columns && rows >= roomy.rows
}

/** The layout for a terminal of at least the smallest size. Pure. */
export function layoutOf(size: Size, wanted: Wanted): Layout {
  const { columns, rows } = size
  const side = wanted.sidePanes && isRoomy(size) ? sideOf(size, wanted) : undefined
  const x = side === undefined ? 0 : side.divider.x + side.divider.width
  const width = columns - x
  const status: Rect = { x: 0, y: rows - 1, width: columns, height: 1 }
  const textRows = Math.min(wanted.composerRows, composerRoom(rows))
  const height = textRows + frameRows
  const composer: Rect = { x, y: status.y - height, width, height }
  const banner: Rect | undefined =
    wanted.bannerRows > 0
      ? { x, y: composer.y - wanted.bannerRows, width, height: wanted.bannerRows }
      : undefined
  const end = banner?.y ?? composer.y
  const transcript: Rect = { x, y: 1, width, height: end - 1 }
  const menuHeight = Math.min(wanted.menuRows + frameRows, transcript.height)
  return {
    header: { x: 0, y: 0, width: columns, height: 1 },
    side,
    transcript,
    banner,
    composer,
    status,
    mark: { x, y: end - 1, width, height: 1 },
    menu: { x, y: end - menuHeight, width: Math.min(width, 100), height: menuHeight },
    overlay: centred(size, wanted.overlay ?? { columns: 0, rows: 0 }),
  }
}

function sideOf({ columns, rows }: Size, { roleRows }: Wanted): NonNullable<Layout['side']> {
  const width = columns >= 160 ? 33 : 28
  const top = 1
  const height = rows - 1 - top
  // A title row above the roles; sessions get the rest, at least half of it.
  const rolesHeight = Math.min(roleRows + 1, Math.floor(height / 2))
  const sessions: Rect = { x: 0, y: top, width, height: height - rolesHeight }
  return {
    sessions,
    roles: { x: 0, y: top + sessions.height, width, height: rolesHeight },
    // A blank beside the line: text does not touch it.
    divider: { x: width, y: top, width: 2, height },
  }
}

/** With a margin where there is room for one; never over the status line. */
function centred(size: Size, wanted: Size): Rect {
  const width = Math.min(wanted.columns, size.columns)
  const height = Math.min(wanted.rows, size.rows - 1)
  return {
    x: Math.floor((size.columns - width) / 2),
    y: Math.max(0, Math.floor((size.rows - 1 - height) / 2)),
    width,
    height,
  }
}
