import {
  type Column,
  distance,
  down,
  endOf,
  isBefore,
  linesFrom,
  type Position,
  TOP,
  up,
} from './position.js'

/** What of a column is seen, and where that is. */
interface View {
  /** As many as fit, fewer where there are no more. */
  readonly lines: readonly string[]
  readonly following: boolean
  /** Lines below the window that came since it does not follow. */
  readonly newLines: number
  readonly atTop: boolean
}

/** How the line of a position moves when its block is drawn in another way. */
export type Remap = (line: number, before: number, after: number) => number

/** A window over a column: it follows the end, or stays with the line at its top. */
export interface Window {
  view(): View
  /** The block that is looked at: at the end the last, else the first that begins in view. */
  atHand(): number
  scroll(lines: number): void
  page(direction: 1 | -1): void
  toTop(): void
  toTail(): void
  /** Brings the first line of a block into sight, if it is not. */
  toBlock(index: number): void
  /** Shows the beginning of a block with some of what is before it; a line far below it, where that was found. */
  toFound(index: number, line: number): void
  /** Older blocks came in front; a move up that the top had stopped goes on into them. */
  prepend(count: number): void
  /** Blocks came in front of (`count` more) or went away at an index (negative). */
  shift(at: number, count: number): void
  /** Changes how blocks are drawn; what is at the top stays there. */
  redraw(change: () => void, remap: Remap): void
  setHeight(height: number): void
}

/** Lines that a window goes on at once while an answer grows out of it: text holds still to be read. */
const STEP = 4

/** Makes a window that follows; `isGrowing` says whether more lines are about to come. */
export function createWindow(column: Column, height: number, isGrowing: () => boolean): Window {
  let rows = height
  // Where nobody has looked yet, and after a jump to it, it is the tail's.
  let top: Position | undefined
  let following = true
  // Where the end was when following stopped.
  let seen = TOP
  // Lines up that were asked for at the very top: a page at most.
  let owed = 0

  const tailTop = (blanks = 0) => up(column, endOf(column), Math.max(0, rows - blanks))
  const step = () => (isGrowing() ? Math.max(1, Math.min(STEP, Math.floor(rows / 4))) : 0)

  const followed = (): Position => {
    if (!top) return tailTop()
    const left = distance(column, top, endOf(column), 3 * rows)
    if (left > 2 * rows) return tailTop()
    if (left > rows) return down(column, top, Math.max(left - rows, Math.min(step(), left - 1)))
    const tail = tailTop()
    if (tail.block === 0 && tail.line === 0) return TOP
    const blanks = rows - left
    return blanks > Math.max(step(), STEP - 1) ? tailTop(step()) : top
  }
  const settled = (): Position => {
    if (following) {
      top = followed()
      return top
    }
    const anchor = top ?? TOP
    const isShort = distance(column, anchor, endOf(column), rows) < rows
    if (!isShort) return anchor
    const tail = tailTop()
    return isBefore(tail, anchor) ? tail : anchor
  }
  const leave = (to: Position) => {
    if (following) {
      const last = Math.max(0, column.count - 1)
      seen = { block: last, line: column.count > 0 ? column.lines(last).length : 0 }
    }
    following = false
    top = to
  }
  const follow = () => {
    following = true
    owed = 0
    top = undefined
  }
  const pageRows = () => Math.max(1, rows - 2)
  const shift = (at: number, count: number) => {
    if (top) top = moved(top, at, count)
    seen = moved(seen, at, count)
  }
  const scroll = (lines: number) => {
    const from = settled()
    if (lines < 0) {
      const to = up(column, from, -lines)
      if (isBefore(to, from)) leave(to)
      else owed = Math.min(owed - lines, pageRows())
      return
    }
    owed = 0
    if (following) return
    const to = down(column, from, lines)
    if (isBefore(to, tailTop())) top = to
    else follow()
  }
  const countNew = (from: Position): number => {
    const bottom = down(column, from, rows)
    return Math.max(0, distance(column, isBefore(seen, bottom) ? bottom : seen, endOf(column)))
  }
  const moved = (position: Position, at: number, count: number): Position => {
    if (position.block < at) return position
    // What is looked at went away: what comes after it is next.
    if (count < 0 && position.block < at - count) return { block: at, line: 0 }
    return { ...position, block: position.block + count }
  }
  return {
    view() {
      const from = settled()
      return {
        lines: linesFrom(column, from, rows),
        following,
        newLines: following ? 0 : countNew(from),
        atTop: from.block === 0 && from.line === 0,
      }
    },
    atHand() {
      const from = settled()
      if (following) return column.count - 1
      const next = { block: from.line === 0 ? from.block : from.block + 1, line: 0 }
      return isBefore(next, down(column, from, rows)) ? next.block : from.block
    },
    scroll,
    page: (direction) => scroll(direction * pageRows()),
    toTop() {
      if (isBefore(TOP, settled())) leave(TOP)
    },
    toTail: follow,
    toBlock(index) {
      const from = settled()
      const to = { block: index, line: 0 }
      const isAbove = isBefore(to, from)
      if (isAbove || !isBefore(to, down(column, from, rows))) leave(to)
    },
    toFound(index, line) {
      const above = Math.floor(rows / 3)
      const isNear = line < rows - above - 1
      const to = isNear
        ? up(column, { block: index, line: 0 }, above)
        : up(column, { block: index, line }, Math.floor(rows / 2))
      owed = 0
      // What is still being written would push it out of sight.
      if (isGrowing() || isBefore(to, tailTop())) leave(to)
      else follow()
    },
    prepend(count) {
      shift(0, count)
      const lines = owed
      owed = 0
      if (lines > 0) scroll(-lines)
    },
    shift,
    redraw(change, remap) {
      if (following) {
        top = undefined
        return change()
      }
      const before = [settled(), seen].map((position) => ({
        ...position,
        length: position.block < column.count ? column.lines(position.block).length : 0,
      }))
      change()
      const [newTop = TOP, newSeen = TOP] = before.map(({ block, line, length }) => {
        if (length === 0) return { block, line }
        const now = column.lines(block).length
        return { block, line: line >= length ? now : clamp(remap(line, length, now), now - 1) }
      })
      top = newTop
      seen = newSeen
    },
    setHeight(next) {
      rows = next
      if (following) top = undefined
    },
  }
}

function clamp(line: number, most: number): number {
  return Math.max(0, Math.min(line, most))
}
