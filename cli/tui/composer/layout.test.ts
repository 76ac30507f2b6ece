import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sanitise } from '../../text/sanitise.js'
import { textWidth } from '../../text/width.js'
import { type Editor, editorOf, moveTo } from './editor.js'
import { moveDown, moveUp } from './editor-move.js'
import { layoutEditor } from './layout.js'

const PARTS = [
  ...[
    'word',
    'a',
    ' ',
    '  ',
    '\n',
    '中文',
    '，',
    '😀',
    '👩‍👩‍👧',
    'e\u0301',
    '\u0301',
    'ｶﾞ',
    'ｶﾞﾞﾞ',
    'क्षि',
    '-',
  ],
  ...['🇩🇪', 'longerthanthewidth'],
]
const textOf = (parts: readonly string[]) =>
  fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((found) => found.join(''))
const plain = textOf(PARTS)
const text = textOf([...PARTS, '\t', '\t'])
const width = fc.integer({ min: 3, max: 24 })

function rowsOf(value: string, cells: number): readonly string[] {
  return layoutEditor(editorOf(value), cells, 1_000).rows
}

function at(value: string, cursor: number, cells: number, height = 1_000, firstRow = 0) {
  return layoutEditor(moveTo(editorOf(value), cursor), cells, height, firstRow)
}

describe('the rows of an editor', () => {
  it('give the text when joined', () => {
    fc.assert(
      fc.property(plain, width, (value, cells) => {
        const wide = Math.max(cells, 10)
        const joined = rowsOf(value, wide).join('')
        expect(joined).toBe(value.replaceAll('\n', ''))
      }),
      { numRuns: 500 },
    )
  })

  it('are never wider than the width and hold no control character', () => {
    fc.assert(
      fc.property(text, width, (value, cells) => {
        for (const row of rowsOf(value, cells)) {
          expect(textWidth(row)).toBeLessThanOrEqual(cells)
          expect(row).not.toMatch(/\p{Cc}/u)
          expect(row).toBe(sanitise(row))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('have the cursor inside, in another cell for every place', () => {
    fc.assert(
      fc.property(text, width, fc.integer({ min: 1, max: 5 }), (value, cells, height) => {
        const seen = new Set<string>()
        let firstRow = 0
        for (const offset of offsetsOf(value)) {
          const layout = at(value, offset, cells, height, firstRow)
          firstRow = layout.firstRow
          expect(layout.cursor.x).toBeGreaterThanOrEqual(0)
          expect(layout.cursor.x).toBeLessThan(cells)
          expect(layout.cursor.y).toBeGreaterThanOrEqual(0)
          expect(layout.cursor.y).toBeLessThan(layout.rows.length)
          expect(layout.rows.length).toBe(Math.min(height, layout.totalRows))
          seen.add(`${layout.cursor.x},${layout.cursor.y + layout.firstRow}`)
        }
        if (!/^\p{M}|[\s]\p{M}/u.test(value)) expect(seen.size).toBe(offsetsOf(value).length)
      }),
      { numRuns: 300 },
    )
  })

  it('are the same whether or not a text before was like it', () => {
    const edits = fc.array(fc.tuple(fc.nat(100), fc.nat(8), textOf(PARTS)), { maxLength: 5 })
    let fresh = 0
    fc.assert(
      fc.property(text, edits, fc.integer({ min: 3, max: 9 }), (start, changes, cells) => {
        let value = start.repeat(6)
        for (const [offset, removed, inserted] of changes) {
          rowsOf(value, cells)
          value = value.slice(0, offset) + inserted + value.slice(offset + removed)
          value = value.toWellFormed()
          const taken = rowsOf(value, cells)
          // Five unlike texts push out of memory what could be taken over.
          for (let i = 0; i < 5; i += 1) {
            fresh += 1
            rowsOf(`#${fresh}`, cells)
          }
          expect(taken).toEqual(rowsOf(value, cells))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('break behind spaces, which may stand in the cell of the cursor', () => {
    expect(rowsOf('hello world foo', 12)).toEqual(['hello world ', 'foo'])
    expect(rowsOf('hello world foo', 11)).toEqual(['hello ', 'world foo'])
    expect(rowsOf('hello  world', 6)).toEqual(['hello ', ' ', 'world'])
    expect(rowsOf('abcdefgh', 4)).toEqual(['abc', 'def', 'gh'])
  })

  it('break beside wide characters and never in one', () => {
    expect(rowsOf('中文字符', 6)).toEqual(['中文', '字符'])
    expect(rowsOf('see 中文 ok', 8)).toEqual(['see 中', '文 ok'])
    expect(rowsOf('a中b', 4)).toEqual(['a中', 'b'])
  })

  it('show tabs as spaces to the next multiple of four', () => {
    expect(rowsOf('\ta\tbcde\tf', 40)).toEqual(['    a   bcde    f'])
    expect(rowsOf('abcdef\tg', 8)).toEqual(['abcdef ', 'g'])
  })

  it('show a mark for what is wider than a row', () => {
    expect(rowsOf('xｶﾞﾞﾞy', 3)).toEqual(['x�', 'y'])
  })
})

describe('the cursor of an editor', () => {
  it('stands in the last cell behind a full row', () => {
    expect(at('abc', 3, 4)).toMatchObject({ rows: ['abc'], cursor: { x: 3, y: 0 } })
    expect(at('abc\nd', 3, 4).cursor).toEqual({ x: 3, y: 0 })
  })

  it('stands on the next row behind a soft break', () => {
    expect(at('abc ', 4, 4)).toMatchObject({ rows: ['abc ', ''], cursor: { x: 0, y: 1 } })
    expect(at('abcd', 3, 4)).toMatchObject({ rows: ['abc', 'd'], cursor: { x: 0, y: 1 } })
  })

  it('counts cells', () => {
    expect(at('中\tx', 2, 20).cursor).toEqual({ x: 4, y: 0 })
    expect(at('', 0, 20)).toEqual({ rows: [''], cursor: { x: 0, y: 0 }, firstRow: 0, totalRows: 1 })
  })

  it('scrolls the rows no further than it has to', () => {
    const lines = 'a\nb\nc\nd\ne'
    expect(at(lines, 8, 10, 2)).toMatchObject({ rows: ['d', 'e'], firstRow: 3, totalRows: 5 })
    expect(at(lines, 6, 10, 2, 3)).toMatchObject({ firstRow: 3, cursor: { x: 0, y: 0 } })
    expect(at(lines, 4, 10, 2, 3)).toMatchObject({ firstRow: 2, cursor: { x: 0, y: 0 } })
    expect(at('a\nb', 2, 10, 3, 9)).toMatchObject({ rows: ['a', 'b'], firstRow: 0 })
  })
})

describe('up and down', () => {
  it('move by visual rows', () => {
    const editor = editorOf('hello world')
    expect(moveUp(editor, 8)?.cursor).toBe(5)
    expect(moveDown(moveTo(editor, 2), 8)?.cursor).toBe(8)
  })

  it('keep the column over shorter rows, until something else is done', () => {
    const editor = moveTo(editorOf('abcdef\nab\nabcdef'), 5)
    const down = must(moveDown(must(moveDown(editor, 20)), 20))
    expect(down.cursor).toBe(15)
    expect(moveUp(must(moveUp(down, 20)), 20)?.cursor).toBe(5)
    const short = moveTo(must(moveDown(editor, 20)), 9)
    expect(moveDown(short, 20)?.cursor).toBe(12)
  })

  it('stay left of a wide character that the column is in', () => {
    expect(moveDown(moveTo(editorOf('abc\n中中'), 3), 20)?.cursor).toBe(5)
  })

  it('go to the ends of the text, then nowhere', () => {
    const editor = moveTo(editorOf('abc'), 1)
    expect(moveUp(editor, 20)?.cursor).toBe(0)
    expect(moveDown(editor, 20)?.cursor).toBe(3)
    expect(moveUp(moveTo(editor, 0), 20)).toBeUndefined()
    expect(moveDown(moveTo(editor, 3), 20)).toBeUndefined()
  })

  it('visit every row once', () => {
    fc.assert(
      fc.property(text, width, (value, cells) => {
        const rows: number[] = []
        for (let editor: Editor | undefined = moveTo(editorOf(value), 0); editor; ) {
          const { cursor, firstRow, totalRows } = layoutEditor(editor, cells, 3)
          if (rows.at(-1) !== cursor.y + firstRow) rows.push(cursor.y + firstRow)
          editor = rows.length > totalRows ? undefined : moveDown(editor, cells)
        }
        expect(rows).toEqual(Array.from(rowsOf(value, cells), (_, row) => row))
      }),
      { numRuns: 300 },
    )
  })
})

function offsetsOf(value: string): number[] {
  return [...[...new Intl.Segmenter().segment(value)].map(({ index }) => index), value.length]
}

function must(editor: Editor | undefined): Editor {
  if (editor === undefined) throw new Error('it did not move')
  return editor
}
