import { afterEach, describe, expect, it, vi } from 'vitest'
import { backspace, type Editor, editorOf, insert, killWordLeft, moveTo, undo } from './editor.js'
import {
  moveDown,
  moveLeft,
  moveRight,
  moveUp,
  moveWordLeft,
  moveWordRight,
} from './editor-move.js'
import { layoutEditor } from './layout.js'

const WIDTH = 81

/** The UTF-16 units that segmenters are given. */
function unitsSegmented(work: () => unknown): number {
  const spy = vi.spyOn(Intl.Segmenter.prototype, 'segment')
  work()
  const units = spy.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
  spy.mockRestore()
  return units
}

afterEach(() => vi.restoreAllMocks())

// Emoji need the segmenter everywhere.
const texts: readonly (readonly [string, string])[] = [
  ['lines of words', 'a few words of a line\n'],
  ['lines of emoji', 'a few 😀👩‍👩‍👧 of a line\n'],
  ['one line of words and emoji', 'some words 😀👍🏽 and '],
  ['one line of Chinese', '中文字符'],
  ['one line of Thai', 'ภาษาไทย'],
]

const operations: readonly (readonly [string, (editor: Editor) => unknown])[] = [
  ['an insert', (editor) => insert(editor, 'x', 0)],
  ['a backspace', backspace],
  ['a kill of a word', killWordLeft],
  ['a move left', moveLeft],
  ['a move right', moveRight],
  ['a move by a word left', moveWordLeft],
  ['a move by a word right', moveWordRight],
  ['an undo of an insert', (editor) => undo(insert(editor, 'x', 0))],
]

describe.each(texts)('in %s of a megabyte', (_, part) => {
  const text = part.repeat(Math.ceil(1_000_000 / part.length))
  const middle = moveTo(editorOf(text), 500_000)

  it.each(operations)('%s looks at the neighbourhood of the cursor only', (_name, operation) => {
    expect(unitsSegmented(() => operation(middle))).toBeLessThan(20_000)
  })

  it('a key costs the layout some rows around the cursor, not the text', () => {
    const before = layoutEditor(middle, WIDTH, 10)
    const typed = insert(middle, 'x', 0)
    const units = unitsSegmented(() => {
      const after = layoutEditor(typed, WIDTH, 10, before.firstRow)
      expect(after.totalRows).toBeGreaterThanOrEqual(before.totalRows)
      moveUp(typed, WIDTH)
      moveDown(typed, WIDTH)
    })
    expect(units).toBeLessThan(300_000)
  })
})

describe('the first layout of a text', () => {
  it.each([...texts, ['one line of emoji', '😀👩‍👩‍👧'] as const])(
    'costs %s in proportion to the size',
    (_, part) => {
      const costOf = (size: number) =>
        unitsSegmented(() => layoutEditor(editorOf(part.repeat(size)), WIDTH, 10))
      const [small, large] = [costOf(1_000), costOf(4_000)]
      expect(large).toBeLessThanOrEqual(small * 5)
    },
  )
})
