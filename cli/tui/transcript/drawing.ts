import { wrapAnsi } from '../../text/wrap.js'

/** What is to be seen of a transcript. */
export interface Drawing {
  /** Exactly `height` lines of at most `width` cells, each with its SGR closed. */
  readonly lines: readonly string[]
  readonly following: boolean
  /** Lines below the window that came since it stopped following. */
  readonly newLines: number
  /** The first line of the first entry is at the top: time to load older ones. */
  readonly atTop: boolean
}

/** Markdown is not wrapped into less than this; narrower lines are cut. */
const NARROWEST = 12

export function cutLine(line: string, width: number): string {
  return width >= NARROWEST ? line : (wrapAnsi(line, width, { hard: true })[0] ?? '')
}

export function isSameLines(lines: readonly string[], before: readonly string[]): boolean {
  return lines.length === before.length && lines.every((line, index) => line === before[index])
}

export function isSameDrawing(one: Drawing, other: Drawing): boolean {
  return (
    one.lines === other.lines &&
    one.following === other.following &&
    one.newLines === other.newLines &&
    one.atTop === other.atTop
  )
}
