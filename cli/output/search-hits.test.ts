import { expect, test } from 'vitest'
import type { SearchHit } from '../../shared/contract/search.js'
import { themeFor } from '../text/theme.js'
import { textWidth } from '../text/width.js'
import { hitLines } from './search-hits.js'

const now = Date.parse('2026-11-29T12:00:00Z')

function hit(more: Partial<SearchHit> = {}): SearchHit {
  return {
    session_id: '11111111-0000-4000-8000-000000000000',
    session_title: 'Sorting',
    message_id: '22222222-0000-4000-8000-000000000000',
    variant_of: null,
    role: 'user',
    kind: 'chat',
    model: null,
    created_at: '2026-11-29T10:00:00Z',
    snippet: 'how to sort it',
    matches: [[7, 11]],
    ...more,
  }
}
const answer = { role: 'assistant', model: 'gpt-4o' } as const
const title = { role: null, kind: null, message_id: null } as const

const lines = (hits: readonly SearchHit[], width = 60, level: 'none' | 'truecolor' = 'none') =>
  hitLines(hits, { theme: themeFor(level), width, now })

test('hits stand under their session, which stands where its first one is', () => {
  const other = '33333333-0000-4000-8000-000000000000'
  const hits = [
    hit(),
    hit({ session_id: other, session_title: 'Lists', ...title, snippet: 'Lists' }),
    hit({ ...answer, snippet: 'use sort()' }),
  ]
  expect(lines(hits)).toEqual([
    'Sorting  11111111  2 h',
    '  You     how to sort it',
    '  gpt-4o  use sort()',
    '',
    'Lists  33333333  2 h',
  ])
})

test('what was found is marked, and a long snippet wraps under its beginning', () => {
  const snippet = 'a long way to sort it, which takes more than one line of this terminal'
  const [, first, second] = lines([hit({ snippet, matches: [[14, 18]] })], 40, 'truecolor')
  expect(first).toContain('a long way to \x1b[1;4;38;5;221msort\x1b[0m it')
  expect(second).toBe('       takes more than one line of this')
})

test('nothing of it is wider than the terminal, however narrow', () => {
  const long = hit({
    session_title: '長い題名'.repeat(30),
    snippet: '長い文'.repeat(60),
    ...answer,
  })
  for (const width of [40, 60, 120]) {
    for (const line of lines([long], width)) expect(textWidth(line)).toBeLessThanOrEqual(width)
  }
})

test('what came from outside does nothing in a terminal', () => {
  const hostile = '\x1b]52;c;aGk=\x07\u202esort\r\x9b2J'
  const hits = [hit({ session_title: hostile, snippet: hostile, matches: [[3, 14]] })]
  hits.push(hit({ ...answer, model: hostile }))
  const text = lines(hits, 80, 'truecolor').join('\n')
  expect(text.replaceAll(/\x1b\[[\d;]*m/g, '')).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
  expect(text).toContain('␛')
})
