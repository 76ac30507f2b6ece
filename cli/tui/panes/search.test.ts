import { createElement } from 'react'
import { expect, test } from 'vitest'
import { parseAnsi } from '../../text/sgr.js'
import { themeFor } from '../../text/theme.js'
import { drawPlain, sized } from './fixtures/draw.js'
import { hitsInView, SearchPane, type SearchProps, searchField } from './search.js'
import { type HitItem, hitRows } from './search-hit.js'

const now = Date.parse('2026-05-01T12:00:00Z')

function hit(change: Partial<HitItem> = {}): HitItem {
  return {
    ...{ title: 'Index bloat', isOpen: false, author: 'gpt-4o' },
    ...{ createdAt: '2026-05-01T09:00:00Z', snippet: 'the needle here', matches: [[4, 10]] },
    ...change,
  }
}

function props(width: number, height: number, change: Partial<SearchProps> = {}): SearchProps {
  return {
    ...{ ...sized(width, height), words: 'needle', isSelected: false, selected: 0, now },
    ...{ hits: [hit(), hit({ title: 'Other', author: 'You', isOpen: true })], hasMore: false },
    ...{ scope: 'all', order: 'rank', state: { kind: 'found' } },
    ...change,
  }
}

const draw = (...args: Parameters<typeof props>) =>
  drawPlain(createElement(SearchPane, props(...args)), args[0])
const row = (change: Partial<SearchProps>) => draw(60, 6, change)[2]?.slice(1, -1).trim()

test('hits stand in two rows: title, author and age; and the text', () => {
  expect(draw(72, 8)).toEqual([
    '╭─ SEARCH (2) ───────────────────────────── all sessions · best first ─╮',
    '│ / needle                                                             │',
    '│▌  Index bloat                                            gpt-4o · 3h │',
    '│▌  the needle here                                                    │',
    '│ ● Other                                                     You · 3h │',
    '│   the needle here                                                    │',
    '│                                                                      │',
    '╰─ enter open · tab this session · shift+tab newest first · esc close ─╯',
  ])
})

test('of one session the title is not said again and again', () => {
  const hits = [hit({ title: undefined })]
  const rows = draw(70, 6, { hits, scope: 'session', order: 'time' })
  expect(rows[0]).toContain('this session · newest first')
  expect(rows[2]).toMatch(/^│▌ {2}gpt-4o +3h │$/)
  expect(rows.at(-1)).toContain('tab all sessions · shift+tab best first')
})

/** The texts of a snippet that stand out. */
function found(snippet: string, matches: HitItem['matches']): string[] {
  const theme = themeFor('ansi256')
  const [, text] = hitRows({ theme, width: 60, now }, hit({ snippet, matches }), false)
  return parseAnsi(text).flatMap((span) => (span.sgr === theme.tokens.match ? [span.text] : []))
}

test('what was found stands out', () => {
  expect(
    found('the needle, the needles', [
      [4, 10],
      [16, 22],
    ]),
  ).toEqual(['needle', 'needle'])
})

test('a character is not parted where a match begins or ends', () => {
  expect(found('น้ำ here', [[0, 1]])).toEqual(['น้ำ'])
  expect(found('a 👍🏽 b', [[2, 3]])).toEqual(['👍🏽'])
})

test('matches that make no sense are left out', () => {
  expect(
    found('one two', [
      [4, 99],
      [0, 3],
    ]),
  ).toEqual(['two'])
  expect(
    found('one two', [
      [3, 1],
      [Number.NaN, 2],
      [9, 12],
    ]),
  ).toEqual([])
})

test('of a long text before it the end is kept, so that what was found is in view', () => {
  const before = 'many words before it '.repeat(5)
  const snippet = `${before}needle and what follows`
  const matches: HitItem['matches'] = [[before.length, before.length + 6]]
  const text = draw(60, 6, { hits: [hit({ snippet, matches })] })[3]
  expect(text).toContain('…s before it needle and what follows')
})

test('it says what is not in view, and that there is more', () => {
  const hits = Array.from({ length: 20 }, (_, index) => hit({ title: `hit ${index}` }))
  const end = (selected: number, hasMore: boolean) =>
    draw(60, 10, { hits, selected, hasMore }).at(-2)?.slice(1, -1).trim()
  expect(hitsInView({ width: 60, height: 10 })).toBe(3)
  expect(end(0, false)).toBe('↓ 17 more')
  expect(end(10, true)).toBe('↑ 9 · ↓ 8+ more')
  expect(end(19, true)).toBe('↑ 17 · ↓ more')
  expect(end(19, false)).toBe('↑ 17')
  expect(draw(60, 10, { hits, selected: 10 }).join()).toContain('▌  hit 10')
})

test('without hits it says why', () => {
  const none = { hits: [] }
  expect(row({ ...none, words: '', state: { kind: 'empty' } })).toContain('"in this order"')
  expect(row({ ...none, state: { kind: 'short' } })).toContain('single letter')
  expect(row({ ...none, state: { kind: 'asked' } })).toBe('')
  expect(row({ ...none, state: { kind: 'searching' } })).toBe('searching…')
  expect(row(none)).toBe('nothing found')
  expect(row({ ...none, scope: 'session' })).toContain('tab looks in all')
  expect(row({ ...none, state: { kind: 'problem', text: 'too old' } })).toBe('too old')
})

test('with hits a problem, or that it takes a while, is said under them', () => {
  const end = (state: SearchProps['state']) => draw(60, 8, { state }).at(-2)?.slice(1, -1).trim()
  expect(end({ kind: 'problem', text: 'too long' })).toBe('too long')
  expect(end({ kind: 'searching' })).toBe('searching…')
  expect(end({ kind: 'asked' })).toBe('')
})

test('the words are where the cursor is', () => {
  expect(searchField({ width: 60, height: 9 })).toEqual({ x: 4, y: 1, width: 54, height: 1 })
})
