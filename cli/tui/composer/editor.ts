import { boundaryAtOrAfter, nextBoundary, previousBoundary } from '../../text/grapheme-boundary.js'
import { cleanText } from './clean-text.js'
import { wordEndAfter, wordStartBefore } from './word-boundary.js'

const TYPING_GAP_MS = 300
const UNDO_LIMIT = 1_000

/** A text being edited. A value: every operation gives a new one, or the same where nothing changes. */
export interface Editor {
  /** Clean (`cleanText`). */
  readonly text: string
  /** UTF-16 offset into the text, always at a grapheme boundary. */
  readonly cursor: number
  /** Newest last. */
  readonly undos: readonly Change[]
  readonly redos: readonly Change[]
  /** What the last kills took; `yank` puts it back. */
  readonly killed: string
  /** The column that moves up and down aim at, in cells; undefined after any other operation. */
  readonly goal: number | undefined
  /** What the next operation may continue: a run of typing (its last time in ms), or of kills. */
  readonly streak: { readonly kind: 'typing'; readonly at: number } | { kind: 'kill' } | undefined
}

interface Change {
  readonly at: number
  readonly removed: string
  readonly inserted: string
  readonly cursorBefore: number
  readonly cursorAfter: number
}

export const emptyEditor: Editor = {
  text: '',
  cursor: 0,
  undos: [],
  redos: [],
  killed: '',
  goal: undefined,
  streak: undefined,
}

/** An editor of this text (made clean), the cursor at its end, nothing to undo. */
export function editorOf(text: string): Editor {
  const clean = cleanText(text)
  return { ...emptyEditor, text: clean, cursor: clean.length }
}

/** The cursor somewhere else (moved on to a grapheme boundary); ends every streak. */
export function moveTo(editor: Editor, offset: number, goal?: number): Editor {
  const cursor = boundaryAtOrAfter(editor.text, offset)
  if (cursor === editor.cursor && goal === editor.goal && editor.streak === undefined) return editor
  return { ...editor, cursor, goal, streak: undefined }
}

/** Replaces text[from, to) as one undo step; the cursor goes behind what is new. */
export function replaceRange(editor: Editor, from: number, to: number, text: string): Editor {
  const inserted = cleanText(text)
  const removed = editor.text.slice(from, to)
  if (removed === inserted) return moveTo(editor, to)
  const whole = editor.text.slice(0, from) + inserted + editor.text.slice(to)
  const cursor = boundaryAtOrAfter(whole, from + inserted.length)
  const change = {
    at: from,
    removed,
    inserted,
    cursorBefore: editor.cursor,
    cursorAfter: cursor,
  }
  return {
    ...editor,
    text: whole,
    cursor,
    undos: [...editor.undos, change].slice(-UNDO_LIMIT),
    redos: [],
    goal: undefined,
    streak: undefined,
  }
}

/**
 * Types `text` at the cursor. Keys typed within 300 ms (`now` is in ms) of each other are one undo
 * step until a new word begins.
 */
export function insert(editor: Editor, text: string, now: number): Editor {
  if (text === '') return editor
  const next = replaceRange(editor, editor.cursor, editor.cursor, text)
  const undos = continuesTyping(editor, text, now) ? joinLastTwo(next.undos) : next.undos
  return { ...next, undos, streak: { kind: 'typing', at: now } }
}

/** Inserts a paste as one undo step. */
export function paste(editor: Editor, text: string): Editor {
  return replaceRange(editor, editor.cursor, editor.cursor, text)
}

export function newline(editor: Editor): Editor {
  return paste(editor, '\n')
}

/** Deletes the grapheme before the cursor. */
export function backspace(editor: Editor): Editor {
  return replaceRange(editor, previousBoundary(editor.text, editor.cursor), editor.cursor, '')
}

/** Deletes the grapheme after the cursor. */
export function deleteForward(editor: Editor): Editor {
  return replaceRange(editor, editor.cursor, nextBoundary(editor.text, editor.cursor), '')
}

export function killWordLeft(editor: Editor): Editor {
  return kill(editor, wordStartBefore(editor.text, editor.cursor), editor.cursor)
}

export function killWordRight(editor: Editor): Editor {
  return kill(editor, editor.cursor, wordEndAfter(editor.text, editor.cursor))
}

/** Kills to the start of the line; at the start, the line break before it. */
export function killToLineStart(editor: Editor): Editor {
  const start = lineStart(editor.text, editor.cursor)
  return kill(editor, start === editor.cursor ? Math.max(0, start - 1) : start, editor.cursor)
}

/** Kills to the end of the line; at the end, the line break. */
export function killToLineEnd(editor: Editor): Editor {
  const end = lineEnd(editor.text, editor.cursor)
  const to = end === editor.cursor ? Math.min(editor.text.length, end + 1) : end
  return kill(editor, editor.cursor, to)
}

/** Inserts what was killed last. */
export function yank(editor: Editor): Editor {
  return paste(editor, editor.killed)
}

export function undo(editor: Editor): Editor {
  const change = editor.undos.at(-1)
  if (change === undefined) return moveTo(editor, editor.cursor)
  const { at, removed, inserted, cursorBefore } = change
  return {
    ...editor,
    text: editor.text.slice(0, at) + removed + editor.text.slice(at + inserted.length),
    cursor: cursorBefore,
    undos: editor.undos.slice(0, -1),
    redos: [...editor.redos, change],
    goal: undefined,
    streak: undefined,
  }
}

export function redo(editor: Editor): Editor {
  const change = editor.redos.at(-1)
  if (change === undefined) return moveTo(editor, editor.cursor)
  const { at, removed, inserted, cursorAfter } = change
  return {
    ...editor,
    text: editor.text.slice(0, at) + inserted + editor.text.slice(at + removed.length),
    cursor: cursorAfter,
    undos: [...editor.undos, change],
    redos: editor.redos.slice(0, -1),
    goal: undefined,
    streak: undefined,
  }
}

/** The start of the line (between line breaks) that holds the offset. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end === -1 ? text.length : end
}

function kill(editor: Editor, from: number, to: number): Editor {
  if (from === to) return moveTo(editor, editor.cursor)
  const taken = editor.text.slice(from, to)
  const before = editor.streak?.kind === 'kill' ? editor.killed : ''
  const killed = from < editor.cursor ? taken + before : before + taken
  return { ...replaceRange(editor, from, to, ''), killed, streak: { kind: 'kill' } }
}

function continuesTyping(editor: Editor, text: string, now: number): boolean {
  const last = editor.undos.at(-1)
  if (last === undefined || editor.streak?.kind !== 'typing') return false
  if (now - editor.streak.at > TYPING_GAP_MS) return false
  // The cursor can be further on: the text joined with a mark behind it.
  if (last.at + last.inserted.length !== editor.cursor) return false
  return /^\s/.test(text) || !/\s$/.test(last.inserted)
}

function joinLastTwo(changes: readonly Change[]): readonly Change[] {
  const [first, second] = changes.slice(-2)
  if (first === undefined || second === undefined) return changes
  const joined = {
    ...first,
    inserted: first.inserted + second.inserted,
    cursorAfter: second.cursorAfter,
  }
  return [...changes.slice(0, -2), joined]
}
