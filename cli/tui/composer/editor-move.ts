import { nextBoundary, previousBoundary } from '../../text/grapheme-boundary.js'
import { type Editor, lineEnd, lineStart, moveTo } from './editor.js'
import { columnOf, offsetAt, rowAt, rowLimit, rowStarts } from './rows.js'
import { wordEndAfter, wordStartBefore } from './word-boundary.js'

export function moveLeft(editor: Editor): Editor {
  return moveTo(editor, previousBoundary(editor.text, editor.cursor))
}

export function moveRight(editor: Editor): Editor {
  return moveTo(editor, nextBoundary(editor.text, editor.cursor))
}

export function moveWordLeft(editor: Editor): Editor {
  return moveTo(editor, wordStartBefore(editor.text, editor.cursor))
}

export function moveWordRight(editor: Editor): Editor {
  return moveTo(editor, wordEndAfter(editor.text, editor.cursor))
}

/** To the start of the line between line breaks, however many rows it fills. */
export function moveLineStart(editor: Editor): Editor {
  return moveTo(editor, lineStart(editor.text, editor.cursor))
}

export function moveLineEnd(editor: Editor): Editor {
  return moveTo(editor, lineEnd(editor.text, editor.cursor))
}

export function moveTextStart(editor: Editor): Editor {
  return moveTo(editor, 0)
}

export function moveTextEnd(editor: Editor): Editor {
  return moveTo(editor, editor.text.length)
}

/**
 * One row up as `layoutEditor` shows it at this width (cells); on the first row to its start.
 * Undefined where there is nothing further up.
 */
export function moveUp(editor: Editor, width: number): Editor | undefined {
  return moveRows(editor, width, -1) ?? (editor.cursor === 0 ? undefined : moveTextStart(editor))
}

/** One row down; on the last row to its end. Undefined where there is nothing further down. */
export function moveDown(editor: Editor, width: number): Editor | undefined {
  const atEnd = editor.cursor === editor.text.length
  return moveRows(editor, width, 1) ?? (atEnd ? undefined : moveTextEnd(editor))
}

function moveRows(editor: Editor, width: number, by: 1 | -1): Editor | undefined {
  const { text, cursor } = editor
  const limit = rowLimit(width)
  const starts = rowStarts(text, limit)
  const row = rowAt(starts, cursor)
  const start = starts[row + by]
  if (start === undefined) return undefined
  const goal = editor.goal ?? columnOf(text, starts[row] ?? 0, cursor, limit)
  return moveTo(editor, offsetAt(text, { start, next: starts[row + by + 1] }, goal, limit), goal)
}
