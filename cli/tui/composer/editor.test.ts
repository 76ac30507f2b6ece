import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  backspace,
  deleteForward,
  type Editor,
  editorOf,
  emptyEditor,
  insert,
  killToLineEnd,
  killToLineStart,
  killWordLeft,
  killWordRight,
  moveTo,
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

const PARTS = [
  ...[
    'word',
    'a',
    ' ',
    '  ',
    '\n',
    '\t',
    '中文',
    '😀',
    '👩‍👩‍👧',
    'e\u0301',
    '\u0301',
    '🇩🇪',
    '🇩',
    '\u200d',
  ],
  ...['\x1b[2J', '\r\n', '\r', '\u202e', '\ud800', 'क्षि', 'longerthanthewidth'],
]
const text = fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join(''))

type Step = (editor: Editor, now: number) => Editor

const operation: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: text.map(
      (typed): Step =>
        (editor, now) =>
          insert(editor, typed, now),
    ),
  },
  {
    weight: 2,
    arbitrary: text.map(
      (pasted): Step =>
        (editor) =>
          paste(editor, pasted),
    ),
  },
  fc.nat(40).map(
    (offset): Step =>
      (editor) =>
        moveTo(editor, offset),
  ),
  fc.constantFrom<Step>(
    ...[newline, backspace, deleteForward, killWordLeft, killWordRight, killToLineStart],
    ...[killToLineEnd, yank, undo, redo, moveLeft, moveRight, moveWordLeft, moveWordRight],
    ...[moveLineStart, moveLineEnd, moveTextStart, moveTextEnd],
    (editor) => moveUp(editor, 9) ?? editor,
    (editor) => moveDown(editor, 9) ?? editor,
  ),
)
const operations = fc.array(operation, { maxLength: 40 })

function typed(editor: Editor, keys: string, from = 0, gap = 10): Editor {
  return [...keys].reduce((next, key, index) => insert(next, key, from + index * gap), editor)
}

describe('an editor', () => {
  it('keeps its cursor at a grapheme boundary of a clean text, whatever is done', () => {
    fc.assert(
      fc.property(text, operations, (start, steps) => {
        let editor = editorOf(start)
        for (const step of steps) {
          editor = step(editor, 0)
          const boundaries = [...new Intl.Segmenter().segment(editor.text)].map((s) => s.index)
          expect([...boundaries, editor.text.length]).toContain(editor.cursor)
          expect(editor.text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/)
          expect(editor.text.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('undoes every operation, and does it again', () => {
    fc.assert(
      fc.property(text, operations, (start, steps) => {
        let editor = editorOf(start)
        for (const [index, step] of steps.entries()) {
          const next = step(editor, index * 1_000)
          if (step !== undo && step !== redo && next.text !== editor.text) {
            const back = undo(next)
            expect([back.text, back.cursor]).toEqual([editor.text, editor.cursor])
            const again = redo(back)
            expect([again.text, again.cursor]).toEqual([next.text, next.cursor])
          }
          editor = next
        }
      }),
      { numRuns: 300 },
    )
  })

  it('undoes to the beginning and redoes to the end, however typing was joined', () => {
    fc.assert(
      fc.property(text, operations, fc.nat(400), (start, steps, gap) => {
        const edited = steps.reduce(
          (editor, step, index) => step(editor, index * gap),
          editorOf(start),
        )
        let editor = edited
        const redone = edited.redos.length
        while (editor.undos.length > 0) editor = undo(editor)
        expect(editor.text).toBe(editorOf(start).text)
        while (editor.redos.length > redone) editor = redo(editor)
        expect(editor.text).toBe(edited.text)
      }),
      { numRuns: 300 },
    )
  })

  it('moves and deletes by graphemes', () => {
    const editor = editorOf('a👩‍👩‍👧e\u0301')
    expect(moveLeft(editor).cursor).toBe(9)
    expect(moveLeft(moveLeft(editor)).cursor).toBe(1)
    expect(backspace(editor).text).toBe('a👩‍👩‍👧')
    expect(deleteForward(moveTo(editor, 1)).text).toBe('ae\u0301')
    expect(moveRight(moveTo(editor, 1)).cursor).toBe(9)
    expect(moveLeft(emptyEditor)).toBe(emptyEditor)
  })

  it('moves the cursor behind a grapheme that an edit joins', () => {
    const editor = insert(moveTo(editorOf('\u0301'), 0), 'e', 0)
    expect(editor).toMatchObject({ text: 'e\u0301', cursor: 2 })
  })

  it('moves to the ends of the line and of the text', () => {
    const editor = moveTo(editorOf('one\ntwo\nthree'), 5)
    expect(moveLineStart(editor).cursor).toBe(4)
    expect(moveLineEnd(editor).cursor).toBe(7)
    expect(moveTextStart(editor).cursor).toBe(0)
    expect(moveTextEnd(editor).cursor).toBe(13)
  })

  it('replaces a range', () => {
    const editor = replaceRange(editorOf('/mo x'), 0, 3, '/model')
    expect(editor).toMatchObject({ text: '/model x', cursor: 6 })
    expect(undo(editor)).toMatchObject({ text: '/mo x', cursor: 5 })
  })
})

describe('a paste', () => {
  it('is one undo step', () => {
    const editor = paste(typed(emptyEditor, 'a'), 'one\ntwo\n')
    expect(editor.text).toBe('aone\ntwo\n')
    expect(undo(editor).text).toBe('a')
  })

  it('keeps line breaks and tabs and shows what a terminal must not get', () => {
    expect(paste(emptyEditor, 'a\r\nb\rc\n\td').text).toBe('a\nb\nc\n\td')
    expect(paste(emptyEditor, '\x1b[31m\u202ex\x07').text).toBe('␛[31m�x␇')
  })
})

describe('undo of typing', () => {
  it('takes back a word at a time', () => {
    const editor = typed(emptyEditor, 'one  two')
    expect(undo(editor).text).toBe('one  ')
    expect(undo(undo(editor)).text).toBe('')
  })

  it('ends a step after a pause of more than 300 ms', () => {
    expect(undo(typed(typed(emptyEditor, 'ab'), 'cd', 310)).text).toBe('')
    expect(undo(typed(typed(emptyEditor, 'ab'), 'cd', 311)).text).toBe('ab')
  })

  it('ends a step when the cursor moves, even back to where it was', () => {
    const editor = moveRight(moveLeft(typed(emptyEditor, 'ab')))
    expect(undo(typed(editor, 'cd', 20)).text).toBe('ab')
  })

  it('ends a step with another kind of edit', () => {
    expect(undo(typed(newline(typed(emptyEditor, 'ab')), 'cd', 20)).text).toBe('ab\n')
    expect(undo(typed(backspace(typed(emptyEditor, 'ab')), 'cd', 20)).text).toBe('a')
    expect(undo(typed(undo(typed(emptyEditor, 'a b')), 'cd', 20)).text).toBe('a ')
  })

  it('is gone for redo once something else is typed', () => {
    const editor = typed(undo(typed(emptyEditor, 'ab')), 'c')
    expect(redo(editor).text).toBe('c')
  })
})

describe('kill and yank', () => {
  it('join what follows in a row, in the order of the text', () => {
    const forward = killToLineEnd(killToLineEnd(moveTo(editorOf('one\ntwo'), 1)))
    expect(forward).toMatchObject({ text: 'otwo', killed: 'ne\n' })
    const both = killWordRight(killWordLeft(moveTo(editorOf('one two three'), 8)))
    expect(both).toMatchObject({ text: 'one ', killed: 'two three' })
    expect(yank(both).text).toBe('one two three')
  })

  it('begin anew after another operation', () => {
    const editor = killWordLeft(moveLeft(killWordLeft(editorOf('one two'))))
    expect(editor).toMatchObject({ text: ' ', killed: 'one' })
  })

  it('take the line break at the edge of a line', () => {
    expect(killToLineStart(moveTo(editorOf('one\ntwo'), 6)).text).toBe('one\no')
    expect(killToLineStart(moveTo(editorOf('one\ntwo'), 4)).text).toBe('onetwo')
    expect(killToLineEnd(moveTo(editorOf('one\ntwo'), 3)).text).toBe('onetwo')
    expect(killToLineEnd(editorOf('one')).text).toBe('one')
  })
})
