import { chordOf } from '../terminal/chord.js'
import type { KeyboardEvent, KeyEvent } from '../terminal/event.js'
import { textOf } from '../terminal/typing.js'
import { cleanLine } from './clean-text.js'
import {
  backspace,
  deleteForward,
  type Editor,
  insert,
  killToLineEnd,
  killToLineStart,
  killWordLeft,
  killWordRight,
  newline,
  paste,
  redo,
  replaceRange,
  undo,
  yank,
} from './editor.js'
import {
  moveDown,
  moveLeft,
  moveLineEnd,
  moveLineStart,
  moveRight,
  moveTextEnd,
  moveTextStart,
  moveUp,
  moveWordLeft,
  moveWordRight,
} from './editor-move.js'

export interface KeyContext {
  /** Of the layout, in cells. */
  readonly width: number
  /** Milliseconds of any steady clock. */
  readonly now: number
  /** False for a field of one line: line breaks are not typed, and pasted ones become spaces. */
  readonly multiline: boolean
}

type Operation = (editor: Editor, context: KeyContext) => Editor | undefined

const breakLine: Operation = (editor, { multiline }) => (multiline ? newline(editor) : undefined)

const KEYS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['left', moveLeft],
  ['right', moveRight],
  ['up', (editor, { width }) => moveUp(editor, width)],
  ['down', (editor, { width }) => moveDown(editor, width)],
  ['home', moveLineStart],
  ['ctrl+a', moveLineStart],
  ['end', moveLineEnd],
  ['ctrl+e', moveLineEnd],
  ['ctrl+left', moveWordLeft],
  ['alt+left', moveWordLeft],
  ['alt+b', moveWordLeft],
  ['ctrl+right', moveWordRight],
  ['alt+right', moveWordRight],
  ['alt+f', moveWordRight],
  ['alt+<', moveTextStart],
  ['alt+>', moveTextEnd],
  ['backspace', backspace],
  ['shift+backspace', backspace],
  ['ctrl+h', backspace],
  ['delete', deleteForward],
  ['ctrl+d', (editor) => (editor.text === '' ? undefined : deleteForward(editor))],
  ['ctrl+w', killWordLeft],
  ['alt+backspace', killWordLeft],
  ['ctrl+backspace', killWordLeft],
  ['alt+d', killWordRight],
  ['alt+delete', killWordRight],
  ['ctrl+delete', killWordRight],
  ['ctrl+u', killToLineStart],
  ['ctrl+k', killToLineEnd],
  ['ctrl+y', yank],
  // Ctrl+/ and Ctrl+- are Ctrl+_ on many terminals and keyboards.
  ['ctrl+_', undo],
  ['ctrl+/', undo],
  ['ctrl+-', undo],
  ['alt+_', redo],
  ['alt+-', redo],
  ['ctrl+shift+z', redo],
  ['enter', breakAtBackslash],
  ['shift+enter', breakLine],
  ['alt+enter', breakLine],
  ['ctrl+j', breakLine],
])

/**
 * What keys or a paste make of an editor: the same editor where it has no effect, undefined where
 * it is none of the editor's keys (or a move up or down with nowhere to go), so that others get it.
 */
export function applyKey(
  editor: Editor,
  key: KeyboardEvent,
  context: KeyContext,
): Editor | undefined {
  const clean = (text: string): string => (context.multiline ? text : cleanLine(text))
  if (key.type === 'paste') return paste(editor, clean(key.text))
  if (key.type === 'typing') return insert(editor, clean(textOf(key.keys)), context.now)
  const operation = KEYS.get(chordOf(key))
  if (operation !== undefined) return operation(editor, context)
  if (key.text === undefined || key.ctrl || key.alt || isNamed(key)) return undefined
  return insert(editor, clean(key.text), context.now)
}

// For terminals that cannot tell Shift+Enter from Enter.
function breakAtBackslash(editor: Editor, { multiline }: KeyContext): Editor | undefined {
  if (!multiline || editor.text[editor.cursor - 1] !== '\\') return undefined
  return replaceRange(editor, editor.cursor - 1, editor.cursor, '\n')
}

function isNamed({ name }: KeyEvent): boolean {
  return name === 'tab' || name === 'enter' || name === 'escape'
}
